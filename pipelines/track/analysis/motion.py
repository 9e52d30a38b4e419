"""How a point moves from frame to frame: displacement, velocity, length of its path."""

import numpy as np
from numpy.typing import NDArray

from pipelines.track.analysis.runs import runs


def displacement(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give (f, n, 2): each place less the point's first used one."""
    used = np.isfinite(places[..., 0])
    first = np.argmax(used, axis=0)
    start: NDArray[np.float64] = places[first, np.arange(places.shape[1])]
    return places - start


def velocity(
    places: NDArray[np.float64], frames: NDArray[np.int64], time: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give (f, n, 2) per unit of `time` (f,), by central differences; one-sided at the ends of a run.

    NaN where a run has one frame only, or where time stands still.
    """
    result = np.full(places.shape, np.nan)
    for point in range(places.shape[1]):
        for run in runs(frames, np.isfinite(places[:, point, 0])):
            result[run, point] = _differences(places[run, point], time[run])
    return result


def _differences(values: NDArray[np.float64], time: NDArray[np.float64]) -> NDArray[np.float64]:
    count = len(values)
    before, after = np.maximum(np.arange(count) - 1, 0), np.minimum(np.arange(count) + 1, count - 1)
    steps = time[after] - time[before]
    slope: NDArray[np.float64] = (values[after] - values[before]) / np.where(steps > 0, steps, np.nan)[
        :, None
    ]
    return slope


def path_length(places: NDArray[np.float64]) -> float:
    """Give the length of the way through a point's used places (f, 2), straight over gaps."""
    used = places[np.isfinite(places[:, 0])]
    return float(np.hypot(*np.diff(used, axis=0).T).sum())
