"""Runs: consecutive frames on which a point's place is used."""

import numpy as np
from numpy.typing import NDArray


def runs(frames: NDArray[np.int64], used: NDArray[np.bool_]) -> list[slice]:
    """Give the runs of a point as slices of the (f,) frames; a frame number that is missing ends a run too."""
    at = np.flatnonzero(used)
    if not len(at):
        return []
    breaks = np.flatnonzero((np.diff(at) > 1) | (np.diff(frames[at]) > 1)) + 1
    return [slice(int(part[0]), int(part[-1]) + 1) for part in np.split(at, breaks)]
