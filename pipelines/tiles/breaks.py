"""Rows of a tile, and the marks between them where the line of a graph must break."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.tiles.cells import Cell
from pipelines.tiles.values import Bins, Floats, Ints, Samples

BREAK = -1e308  # a mean that no sample has; clients take all below -1e307 for it
BREAK_BINS = 4  # a distance of more bins than these is a break
BREAK_SPACINGS = 4  # and, between samples as they are, of more than so many median spacings


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of a tile in the order of time, as arrays (n,).

    time: float64, seconds. mean, stddev: float64; stddev is that of a population. count: int64; 0 marks a break.
    low, high, first, last: float64, NaN where a row has no number. text: object, None for rows without, or None if
    the tile has no texts at all.
    """

    time: Floats
    mean: Floats
    stddev: Floats
    count: Ints
    low: Floats
    high: Floats
    first: Floats
    last: Floats
    text: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def none(cls) -> "Rows":
        """Give no rows."""
        return cls.of_samples(Samples.joined([]))

    @classmethod
    def of_samples(cls, samples: Samples) -> "Rows":
        """Give a row for each sample."""
        t, v = samples.t, samples.v
        return cls(t, v, np.zeros(len(t)), np.ones(len(t), np.int64), v, v, v, v)

    @classmethod
    def of_bins(cls, bins: Bins) -> "Rows":
        """Give a row for each bin, at the mean time of its samples."""
        time = np.ldexp(bins.bin.astype(np.float64), bins.level) + bins.offset
        stddev = np.sqrt(bins.m2 / bins.n)
        return cls(time, bins.mean, stddev, bins.n, bins.low, bins.high, bins.first, bins.last)

    @property
    def is_text_only(self) -> NDArray[np.bool_]:
        """Say which rows have a text and no number."""
        return np.isnan(self.first) & (self.count > 0)

    def inserted(self, before: NDArray[np.intp], time: Floats, mean: float, count: int) -> "Rows":
        """Give the rows with others before some of them, all of one mean and count, without spread or extremes."""
        nothing: Any = None  # numpy's types know no array of None
        return Rows(
            time=np.insert(self.time, before, time),
            mean=np.insert(self.mean, before, mean),
            stddev=np.insert(self.stddev, before, 0.0),
            count=np.insert(self.count, before, count),
            low=np.insert(self.low, before, np.nan),
            high=np.insert(self.high, before, np.nan),
            first=np.insert(self.first, before, np.nan),
            last=np.insert(self.last, before, np.nan),
            text=None if self.text is None else np.insert(self.text, before, nothing),
        )

    def labelled(self, text: NDArray[np.object_]) -> "Rows":
        """Give the rows with these texts."""
        return replace(self, text=text)


def with_breaks(rows: Rows, window: Cell, level: int, sample_times: Floats | None) -> Rows:
    """Give the rows with a break halfway in each distance that is longer than usual.

    Distances are those from the window's start to the first row, between rows, and to the window's end. A text
    without a number stands alone: a break comes before it, and before the row after it, whatever the distance.
    sample_times: of the numbers, where they are shown as they are; else None.
    """
    if not len(rows):
        return rows
    edges = np.concatenate([[_edge(window.offset, window)], rows.time, [_edge(window.offset + 1, window)]])
    is_break = np.diff(edges) > _threshold(level, sample_times)
    alone = rows.is_text_only
    is_break[:-1] |= alone
    is_break[1:-1] |= alone[:-1]
    before = np.flatnonzero(is_break)
    if not len(before):
        return rows
    return rows.inserted(before, (edges[before] + edges[before + 1]) / 2, BREAK, 0)


def _threshold(level: int, sample_times: Floats | None) -> float:
    usual = BREAK_BINS * 2.0**level
    if sample_times is None or len(sample_times) < 2:
        return usual
    spacings = np.sort(np.diff(sample_times))
    upper_median = float(spacings[len(spacings) // 2])
    return max(usual, BREAK_SPACINGS * upper_median)


def _edge(offset: int, window: Cell) -> float:
    return float(np.ldexp(float(offset), window.level))
