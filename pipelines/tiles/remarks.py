"""Texts among the rows of a tile."""

import numpy as np

from pipelines.tiles.breaks import Rows
from pipelines.tiles.cells import numbers
from pipelines.tiles.values import Bins, Floats, Ints, Texts

MULTIPLE = "<multiple>"  # as clients know it: several texts that differ


def with_texts(rows: Rows, texts: Texts) -> Rows:
    """Give the rows with these texts: beside a number of the same time, else in a row of their own.

    A text's own row has mean 0 and count 1, as clients of Fluxtream expect.
    """
    at = np.searchsorted(rows.time, texts.t)
    has_row = at < len(rows)
    has_row[has_row] = rows.time[at[has_row]] == texts.t[has_row]
    both = rows.inserted(at[~has_row], texts.t[~has_row], 0.0, 1)
    text = np.full(len(both), None, object)
    text[np.searchsorted(both.time, texts.t)] = texts.text
    return both.labelled(text)


def binned_texts(texts: Texts, level: int, bins: Bins | None) -> Texts:
    """Give one text per bin: the one that all its texts are, or MULTIPLE.

    It stands at the bin's row of numbers where `bins` has one, else at the mean of the texts' times.
    """
    cell = np.floor(np.ldexp(texts.t, -level))
    starts = np.append(0, np.flatnonzero(cell[1:] != cell[:-1]) + 1)
    ends = np.append(starts[1:], len(cell))
    begin = np.ldexp(cell[starts], level)
    inside = np.add.reduceat(texts.t - np.repeat(begin, ends - starts), starts) / (ends - starts)
    time = begin + inside
    if bins is not None and len(bins):
        time = _beside(numbers(texts.t[starts], level), time, bins)
    text = np.empty(len(starts), object)
    text[:] = [_joint(set(texts.text[a:b])) for a, b in zip(starts, ends, strict=True)]
    return Texts(time, text, np.zeros(len(starts), np.int64))


def _beside(cell: Ints, time: Floats, bins: Bins) -> Floats:
    at = np.minimum(np.searchsorted(bins.bin, cell), len(bins) - 1)
    of_numbers = Rows.of_bins(bins).time[at]
    beside: Floats = np.where(bins.bin[at] == cell, of_numbers, time)
    return beside


def _joint(words: set[str]) -> str:
    return words.pop() if len(words) == 1 else MULTIPLE
