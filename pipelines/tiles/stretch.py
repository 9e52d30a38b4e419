"""Read a channel's entries between two times, a chunk at a time."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

from pipelines.tiles.cells import Cell
from pipelines.tiles.layout import ChunkFacts
from pipelines.tiles.values import Timed

T = TypeVar("T", bound=Timed)


def read_samples(
    chunks: Iterable[ChunkFacts], load: Callable[[Cell], T], start: float, end: float
) -> Iterator[T]:
    """Give the live entries with start <= t < end in the order of time, one chunk's at a time."""
    for chunk in sorted(chunks, key=lambda chunk: chunk.cell.start):
        if chunk.t_min is None or chunk.t_max is None or chunk.t_max < start or chunk.t_min >= end:
            continue
        live = load(chunk.cell).live()
        first, last = np.searchsorted(live.t, [start, end]).tolist()
        yield live.take(slice(first, last))
