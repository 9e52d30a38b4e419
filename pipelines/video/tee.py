"""A reader that remembers what was read last, so that packets can be compared with the file's own bytes."""

from collections import deque

from pipelines.source import Reader

WINDOW_BYTES = 1 << 25  # a packet and what a demuxer reads ahead of it


class Tee:
    """Passes reads on to another reader and keeps the last `window` bytes."""

    def __init__(self, reader: Reader, window: int = WINDOW_BYTES) -> None:
        self._reader = reader
        self._window = window
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._held = 0

    def read(self, size: int = -1, /) -> bytes:
        start = self._reader.tell()
        data = self._reader.read(size)
        self._pieces.append((start, data))
        self._held += len(data)
        while self._held > self._window and len(self._pieces) > 1:
            self._held -= len(self._pieces.popleft()[1])
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()

    def recall(self, start: int, length: int) -> bytes:
        """Give the bytes of a range as far as they are remembered in one stretch; latest reads first."""
        found = b""
        for at, data in self._pieces_from(start):
            if at <= start + len(found) < at + len(data):
                found += data[start + len(found) - at :][: length - len(found)]
        return found

    def _pieces_from(self, start: int) -> list[tuple[int, bytes]]:
        return sorted(piece for piece in self._pieces if piece[0] + len(piece[1]) > start)
