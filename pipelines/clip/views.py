"""Let several readers share one: each keeps a place of its own."""

import os
import threading

from pipelines.source import RangeReader, Reader, Source, size_bytes


class View:
    """Reads a reader's bytes from its own place; see `shared`."""

    def __init__(self, reader: Reader, lock: threading.Lock, size: int) -> None:
        self._reader, self._lock, self._size, self._at = reader, lock, size, 0

    def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes."""
        with self._lock:
            self._reader.seek(self._at)
            data = self._reader.read(size)
        self._at += len(data)
        return data

    def read_range(self, start: int, length: int, /) -> bytes:
        """Give exactly a range, in one go where the reader can."""
        with self._lock:
            if isinstance(self._reader, RangeReader):
                return self._reader.read_range(start, length)
            self._reader.seek(start)
            return self._reader.read(length)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        """Give the place."""
        return self._at


class Shared:
    """A source of which as many views can be had as are needed; a path is opened anew by whoever reads it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        if not isinstance(source, str | os.PathLike):
            self._lock, self._size = threading.Lock(), size_bytes(source)

    def view(self) -> Source:
        """Give a source that moves nobody else's place."""
        if isinstance(self._source, str | os.PathLike):
            return self._source
        return View(self._source, self._lock, self._size)
