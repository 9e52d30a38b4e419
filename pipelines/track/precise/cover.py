"""Tell a thing that has changed from a thing that is being covered."""

import numpy as np
from numpy.typing import NDArray

_PARTS = 3  # a window is looked at in 3 x 3 parts
_STAYS, _GONE = 0.75, 0.3  # likeness of the parts that are as they were, and of those that are hidden
_TELLS = 0.15  # variance of a part, the window's being 1, that can tell something


def is_covered(then: NDArray[np.float32], now: NDArray[np.float32], side: int) -> bool:
    """Tell whether some parts of a window (side * side,) look as before while others do not at all.

    then, now: the window on two frames, mean 0, deviation 1. Parts with nothing to see on both say nothing.
    """
    likeness = [
        _correlation(before, after)
        for before, after in zip(_parts(then, side), _parts(now, side), strict=True)
        if max(before.var(), after.var()) > _TELLS
    ]
    return bool(likeness) and max(likeness) > _STAYS and min(likeness) < _GONE


def _parts(window: NDArray[np.float32], side: int) -> list[NDArray[np.float32]]:
    rows = np.array_split(window.reshape(side, side), _PARTS, axis=0)
    return [part for row in rows for part in np.array_split(row, _PARTS, axis=1)]


def _correlation(then: NDArray[np.float32], now: NDArray[np.float32]) -> float:
    then, now = then - then.mean(), now - now.mean()
    length = float(np.sqrt(np.sum(then * then) * np.sum(now * now)))
    return float(np.sum(then * now)) / max(length, 1e-6)
