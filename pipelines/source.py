"""Where a pipeline reads its bytes from: a file of this machine, or any seekable reader it is handed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class Reader(Protocol):
    """Bytes that can be read from any place, such as an open file or a ranged reader over an object store."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


Source = str | Path | Reader


@contextmanager
def open_source(source: Source) -> Iterator[Reader]:
    """Give a reader at its first byte; a file that was opened here is closed here.

    A path is always opened as a file, never handed to FFmpeg, which would take `http://…` or `concat:…` at
    their word.
    """
    if isinstance(source, str | Path):
        with Path(source).open("rb") as reader:
            yield reader
        return
    source.seek(0)
    yield source


def size_bytes(reader: Reader) -> int:
    """Count the bytes of a reader, leaving it at its first byte."""
    size = reader.seek(0, os.SEEK_END)
    reader.seek(0)
    return size
