"""Samples on their way to the server: rows as they are, or a file that says by its name what it holds."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from darkroom.client_answers import SampleUpload
from darkroom.client_errors import ClientError
from darkroom.client_files import read_span, tell_nobody
from darkroom.client_transport import Transport

TYPES = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".arrow": "application/vnd.apache.arrow.stream",
    ".arrows": "application/vnd.apache.arrow.stream",
    ".parquet": "application/vnd.apache.parquet",
}
ENCODINGS = {".gz": "gzip", ".zst": "zstd"}


def send(transport: Transport, device: str, samples: str | Path | Mapping[str, Any]) -> SampleUpload:
    """Send samples and return the upload, published or pending. Raises ClientError, OSError."""
    target = f"/v1/channels/{device}/samples"
    if isinstance(samples, Mapping):
        response = transport.call("POST", target, json=samples)
        return msgspec.json.decode(response.content, type=SampleUpload)
    path = Path(samples)
    size = path.stat().st_size

    def pieces() -> Iterable[bytes]:
        return read_span(path, 0, size, tell_nobody, size)

    headers = {**_headers(path), "Content-Length": str(size)}
    response = transport.call("POST", target, body=pieces, headers=headers)
    return msgspec.json.decode(response.content, type=SampleUpload)


def _headers(path: Path) -> dict[str, str]:
    """Return what the file's name says of its content, as `strap.csv.gz` does."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    encoding = ENCODINGS.get(suffixes[-1]) if suffixes else None
    kind = suffixes[:-1] if encoding else suffixes
    if not kind or kind[-1] not in TYPES:
        raise ClientError(
            f"{path.name} does not say what it holds", hint=f"end its name in {', '.join(TYPES)}"
        )
    said = {"Content-Type": TYPES[kind[-1]]}
    return said if encoding is None else {**said, "Content-Encoding": encoding}
