"""A far blob as a seekable file: whole blocks by ranged GETs, kept a while, read ahead when read in order."""

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1 << 20
READ_AHEAD = 4  # blocks per request once reading is sequential; measured best for containers without an index
KEPT = 16  # blocks in memory at most
REQUEST = 8  # blocks per request at most, so that a huge read stays within KEPT


class RangeReader(io.RawIOBase):
    """Reads through `fetch(start, length)`, which must return exactly so many bytes."""

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._expected = 0  # the block that reading in order would need next
        self._ahead = 1

    @property
    def size(self) -> int:
        return self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("a file has nothing before its start")
        self._position = origin + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes, fewer than `size` only at the end."""
        left = max(0, self._size - self._position)
        length = left if size is None or size < 0 else min(size, left)
        if self.closed:
            raise ValueError("read of a closed file")
        if length == 0:
            return b""
        first, last = self._position // BLOCK, (self._position + length - 1) // BLOCK
        blocks = [memoryview(self._block(number, last)) for number in range(first, last + 1)]
        blocks[-1] = blocks[-1][: self._position + length - last * BLOCK]
        blocks[0] = blocks[0][self._position - first * BLOCK :]
        self._position += length
        return b"".join(blocks)

    def read_range(self, start: int, length: int) -> bytes:
        """Return exactly these bytes of the blob, past all blocks: for a caller that knows what it needs.

        Fewer come only where the blob ends. The position stays; any thread may call it.
        """
        if self.closed:
            raise ValueError("read of a closed file")
        end = min(start + length, self._size)
        return self._fetch(start, end - start) if end > start else b""

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        return self.read()

    def close(self) -> None:
        self._blocks.clear()
        super().close()

    def _block(self, number: int, last: int) -> bytes:
        if number not in self._blocks:
            self._load(number, last)
        self._blocks.move_to_end(number)
        return self._blocks[number]

    def _load(self, number: int, last: int) -> None:
        """Fetch a run of missing blocks in one request: what this read needs, and further in sequential reading."""
        self._ahead = min(self._ahead * 2, READ_AHEAD) if number == self._expected else 1
        stop = number + min(max(last - number + 1, self._ahead), REQUEST)
        run = range(number, next((n for n in range(number + 1, stop) if n in self._blocks), stop))
        start, end = run.start * BLOCK, min(run.stop * BLOCK, self._size)
        data = self._fetch(start, end - start)
        for offset in range(0, end - start, BLOCK):
            self._blocks[(start + offset) // BLOCK] = data[offset : offset + BLOCK]
        self._expected = run.stop
        while len(self._blocks) > KEPT:
            self._blocks.popitem(last=False)
