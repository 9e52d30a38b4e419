"""The Content-Disposition that names a download (RFC 6266)."""

from urllib.parse import quote


def disposition(filename: str) -> str:
    """Return a header value that old and new clients read; control signs and quotes cannot leave their place."""
    plain = "".join(sign if 32 <= ord(sign) < 127 and sign not in '"\\%' else "_" for sign in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
