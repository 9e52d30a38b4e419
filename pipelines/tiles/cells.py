"""Dyadic cells of time: what tiles, chunks and pages cover."""

from dataclasses import dataclass
from math import floor, inf, ldexp, nextafter

import numpy as np

from pipelines.tiles.values import Floats, Ints

ROOT_LEVEL = 53  # the cells -1 and 0 of this level hold every time; see values.TIME_LIMIT


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """The times from offset * 2**level up to but not including (offset + 1) * 2**level, in seconds.

    A time t is in the cell floor(t * 2**-level): multiplying by a power of two is exact, so no rounding decides.
    """

    level: int
    offset: int

    @property
    def start(self) -> float:
        """The first float64 in the cell."""
        return boundary(self.offset, self.level)

    @property
    def end(self) -> float:
        """The first float64 after the cell."""
        return boundary(self.offset + 1, self.level)

    def halves(self) -> tuple["Cell", "Cell"]:
        """Give the earlier and the later half."""
        return Cell(self.level - 1, 2 * self.offset), Cell(self.level - 1, 2 * self.offset + 1)

    def holds(self, other: "Cell") -> bool:
        """Say whether the other cell is this one or a part of it."""
        return self.level >= other.level and other.offset >> (self.level - other.level) == self.offset


ROOTS = (Cell(ROOT_LEVEL, -1), Cell(ROOT_LEVEL, 0))


def boundary(offset: int, level: int) -> float:
    """Give the smallest float64 that is not below offset * 2**level, whatever the size of `offset`."""
    whole = float(offset)
    if int(whole) < offset:
        whole = nextafter(whole, inf)
    return ldexp(whole, level)


def cell_of(seconds: float, level: int) -> Cell:
    """Give the cell of this level that holds a time."""
    return Cell(level, floor(ldexp(seconds, -level)))


def numbers(t: Floats, level: int) -> Ints:
    """Give the numbers of the cells of this level that hold times; they must fit in int64."""
    return np.floor(np.ldexp(t, -level)).astype(np.int64)


def span(t: Floats, cell: Cell) -> slice:
    """Give which of these rising times are in the cell."""
    first, last = np.searchsorted(t, [cell.start, cell.end]).tolist()
    return slice(first, last)
