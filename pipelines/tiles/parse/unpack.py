"""Uploads that come compressed."""

from typing import Any

import pyarrow as pa

from pipelines.errors import BadInput
from pipelines.tiles.parse.json_body import Reader

ENCODINGS = ("gzip", "zstd")


class Unpacked:
    """A reader of the unpacked bytes; see `unpacked`."""

    closed = False  # what Arrow asks of a file

    def __init__(self, stream: Any, encoding: str, limit_bytes: int) -> None:
        self._stream = stream
        self._encoding = encoding
        self._limit = limit_bytes
        self._read = 0

    def read(self, size: int, /) -> bytes:
        """Give up to `size` bytes; empty at the end. Raises BadInput: bad_encoding, too_large."""
        try:
            data: bytes = self._stream.read(size)
        except (OSError, pa.ArrowInvalid) as error:
            raise BadInput(
                f"this body is not whole {self._encoding}: {error}", code="bad_encoding"
            ) from error
        self._read += len(data)
        if self._read > self._limit:
            raise BadInput(f"the unpacked body is above the limit of {self._limit} bytes", code="too_large")
        return data


def unpacked(reader: Reader, encoding: str, limit_bytes: int) -> Unpacked:
    """Give a reader of what a body of this encoding, one of ENCODINGS, holds. Raises BadInput unknown_encoding."""
    if encoding not in ENCODINGS:
        raise BadInput(
            f"Content-Encoding {encoding!r} is not known; {' and '.join(ENCODINGS)} are",
            code="unknown_encoding",
        )
    stream = pa.CompressedInputStream(pa.PythonFile(reader, mode="r"), encoding)
    return Unpacked(stream, encoding, limit_bytes)
