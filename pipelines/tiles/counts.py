"""Where a channel's live entries are: what its manifest and its chunks know together."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import accumulate
from typing import Generic, TypeVar

from pipelines.tiles.cells import Cell, span
from pipelines.tiles.layout import ChunkFacts
from pipelines.tiles.values import Timed

HELD = 2  # chunks: a walk along the pages asks for each one several times in a row

T = TypeVar("T", bound=Timed)


class Counts(Generic[T]):
    """The live entries of a channel, of one type; chunks are asked for one at a time, and only when needed."""

    def __init__(self, type: type[T], chunks: Iterable[ChunkFacts], load: Callable[[Cell], T]) -> None:
        self._type = type
        self._chunks = sorted((chunk for chunk in chunks if chunk.n), key=lambda chunk: chunk.cell.start)
        self._starts = [chunk.cell.start for chunk in self._chunks]
        self._before = list(accumulate((chunk.n for chunk in self._chunks), initial=0))
        self._load_live: Callable[[Cell], T] = lru_cache(HELD)(lambda cell: load(cell).live())

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The times of the first and the last entry."""
        if not self._chunks:
            return None
        first, last = self._chunks[0].t_min, self._chunks[-1].t_max
        return None if first is None or last is None else (first, last)

    def within(self, cell: Cell) -> int:
        """Give the number of entries in the chunks that begin in a cell."""
        first, last = self._places(cell)
        return self._before[last] - self._before[first]

    def entries(self, cell: Cell) -> T:
        """Give the live entries in a cell."""
        first, last = self._places(cell)
        around = self._chunks[max(first - 1, 0) : last]  # the one before may reach into the cell
        parts = [self._load_live(chunk.cell) for chunk in around if _overlap(chunk, cell)]
        return self._type.joined([part.take(span(part.t, cell)) for part in parts])

    def _places(self, cell: Cell) -> tuple[int, int]:
        return bisect_left(self._starts, cell.start), bisect_left(self._starts, cell.end)


def _overlap(chunk: ChunkFacts, cell: Cell) -> bool:
    if chunk.t_min is None or chunk.t_max is None:
        return False
    return chunk.t_min < cell.end and cell.start <= chunk.t_max
