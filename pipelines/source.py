"""Where a pipeline reads its bytes from: a file of this machine, or any seekable reader it is handed."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable


class Reader(Protocol):
    """Bytes that can be read from any place, such as an open file or a ranged reader over an object store."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


@runtime_checkable
class RangeReader(Protocol):
    """A reader that can fetch exactly a range in one go; fewer bytes only where the file ends."""

    def read_range(self, start: int, length: int, /) -> bytes: ...


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


class Ranges:
    """Exact ranges of a reader's bytes, for several threads, one read at a time."""

    def __init__(self, reader: Reader) -> None:
        self.size = size_bytes(reader)
        self._reader = reader
        self._lock = threading.Lock()

    def read(self, start: int, length: int) -> bytes:
        """Give the bytes from `start` on; fewer than `length` where the file ends."""
        length = max(0, min(length, self.size - start))
        with self._lock:
            if isinstance(self._reader, RangeReader):
                return self._reader.read_range(start, length)
            self._reader.seek(start)
            return self._whole(length)

    def _whole(self, length: int) -> bytes:
        """Read on until all is there: a raw reader may give less than it was asked for."""
        data = self._reader.read(length)
        while len(data) < length and (more := self._reader.read(length - len(data))):
            data += more
        return data


class Cursor:
    """A reader of its own over shared ranges: several may be in use at once."""

    def __init__(self, ranges: Ranges) -> None:
        self._ranges = ranges
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._ranges.read(self._at, self._ranges.size if size < 0 else size)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._ranges.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at


@contextmanager
def open_ranges(source: Source) -> Iterator[Ranges]:
    """Give the ranges of a source; see `open_source`."""
    with open_source(source) as reader:
        yield Ranges(reader)
