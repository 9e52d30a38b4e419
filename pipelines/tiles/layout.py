"""Which chunk holds which times: the largest dyadic cells that hold few enough entries, whatever came first."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar

from pipelines.tiles.cells import ROOTS, Cell, span
from pipelines.tiles.merge import merge
from pipelines.tiles.values import Samples, Texts, Timed

CHUNK_LIMIT = 1 << 17  # entries, tombstones too: 2 MB raw, read in a millisecond
TEXTS_LIMIT = 1 << 13
CELL_LEVEL = -30  # the smallest cells; only near time 0 do so short ones hold more times than CHUNK_LIMIT

T = TypeVar("T", bound=Timed)


@dataclass(frozen=True, slots=True)
class ChunkFacts:
    """What the manifest knows of a chunk.

    entries: how many, tombstones too. n: how many live. t_min, t_max, v_min, v_max: over the live ones, None without.
    """

    cell: Cell
    entries: int
    n: int
    t_min: float | None
    t_max: float | None
    v_min: float | None = None
    v_max: float | None = None


def facts(cell: Cell, entries: Samples | Texts) -> ChunkFacts:
    """Give what the manifest must know of a chunk."""
    live = entries.live()
    if not len(live):
        return ChunkFacts(cell, len(entries), 0, None, None)
    first, last = float(live.t[0]), float(live.t[-1])
    if isinstance(live, Texts):
        return ChunkFacts(cell, len(entries), len(live), first, last)
    return ChunkFacts(cell, len(entries), len(live), first, last, float(live.v.min()), float(live.v.max()))


def add_samples(
    manifest: Mapping[Cell, int], load: Callable[[Cell], Samples], new: Samples
) -> dict[Cell, Samples | None]:
    """Give the chunks that change when `new` is merged in: their entries, or None for one that has been split.

    manifest: how many entries each chunk has. load: reads one. The cells depend on the entries alone, not on the
    order in which they came.
    """
    return _Layout(manifest, load, CHUNK_LIMIT).add(new)


def add_texts(
    manifest: Mapping[Cell, int], load: Callable[[Cell], Texts], new: Texts
) -> dict[Cell, Texts | None]:
    """Give the chunks of texts that change when `new` is merged in; see `add_samples`."""
    return _Layout(manifest, load, TEXTS_LIMIT).add(new)


class _Layout(Generic[T]):
    """A walk down the cells, along the entries that are new."""

    def __init__(self, manifest: Mapping[Cell, int], load: Callable[[Cell], T], limit: int) -> None:
        self._chunks = sorted(manifest, key=lambda cell: cell.start)
        self._starts = [cell.start for cell in self._chunks]
        self._before = list(accumulate((manifest[cell] for cell in self._chunks), initial=0))
        self._load = load
        self._limit = limit
        self._changes: dict[Cell, T | None] = {}

    def add(self, new: T) -> dict[Cell, T | None]:
        for root in ROOTS:
            self._visit(root, new.take(span(new.t, root)))
        return self._changes

    def _visit(self, cell: Cell, new: T) -> None:
        if not len(new):
            return
        # Chunks that begin in the cell lie in it: the walk stops at the cell of a chunk, and never goes into one.
        first, last = bisect_left(self._starts, cell.start), bisect_left(self._starts, cell.end)
        chunks = self._chunks[first:last]
        if self._before[last] - self._before[first] <= self._limit or chunks == [cell]:
            self._fill(cell, chunks, new)
            return
        for half in cell.halves():
            self._visit(half, new.take(span(new.t, half)))

    def _fill(self, cell: Cell, chunks: list[Cell], new: T) -> None:
        old = [self._load(chunk) for chunk in chunks]
        self._changes.update(dict.fromkeys(chunks))
        self._split(cell, merge(type(new).joined(old), new))

    def _split(self, cell: Cell, entries: T) -> None:
        if not len(entries):
            return
        if len(entries) <= self._limit or cell.level <= CELL_LEVEL:
            self._changes[cell] = entries
            return
        for half in cell.halves():
            self._split(half, entries.take(span(entries.t, half)))
