"""Where a native client puts its token: `Authorization: Bearer <token>`."""

from falcon import Request


def credential(req: Request) -> str | None:
    """Return the token that came with the request, None when none did."""
    scheme, _, token = (req.get_header("Authorization") or "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None
