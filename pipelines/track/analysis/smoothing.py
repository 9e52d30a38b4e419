"""Smooth places within runs, by polynomials or means."""

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.track.analysis.result import Smoothing
from pipelines.track.analysis.runs import runs

WINDOW_LIMIT = 1001  # frames
ORDER_LIMIT = 5  # higher ones follow the noise


def check(smoothing: Smoothing) -> None:
    """Raise BadInput (smoothing_window, smoothing_order) unless the smoothing can be done."""
    if smoothing.method == "none":
        return
    if not 3 <= smoothing.window <= WINDOW_LIMIT or smoothing.window % 2 == 0:
        raise BadInput(
            f"smoothing.window is {smoothing.window}; it must be odd, 3 to {WINDOW_LIMIT} frames",
            code="smoothing_window",
        )
    highest = min(ORDER_LIMIT, smoothing.window - 1)
    if smoothing.method == "savitzky-golay" and not 1 <= smoothing.order <= highest:
        raise BadInput(
            f"smoothing.order is {smoothing.order}; with this window it must be 1 to {highest}",
            code="smoothing_order",
        )


def smoothed(
    places: NDArray[np.float64], frames: NDArray[np.int64], smoothing: Smoothing
) -> NDArray[np.float64]:
    """Give smoothed places (f, n, 2), NaN where `places` is.

    No frame beyond a gap counts. Frames weigh by their order, not their times.
    Source: Savitzky & Golay 1964; towards the ends of a run the polynomial of its first or last window is used,
    as by scipy's `savgol_filter(mode="interp")`, and the mean's window shrinks evenly on both sides.
    """
    if smoothing.method == "none":
        return places
    result = places.copy()
    for point in range(places.shape[1]):
        for run in runs(frames, np.isfinite(places[:, point, 0])):
            result[run, point] = _smoothed_run(places[run, point], smoothing)
    return result


def _smoothed_run(values: NDArray[np.float64], smoothing: Smoothing) -> NDArray[np.float64]:
    half = min(smoothing.window, len(values) - 1 + len(values) % 2) // 2
    if half == 0:
        return values
    if smoothing.method == "moving-average":
        return _means(values, half)
    return _polynomials(values, half, min(smoothing.order, 2 * half))


def _polynomials(values: NDArray[np.float64], half: int, order: int) -> NDArray[np.float64]:
    width = 2 * half + 1
    powers = np.vander(np.arange(-half, half + 1) / half, order + 1, increasing=True)
    fit = powers @ np.linalg.pinv(powers)  # (width, width): a window's values to its polynomial's
    windows = np.lib.stride_tricks.sliding_window_view(values, width, axis=0)  # (m, 2, width)
    return np.concatenate(
        [fit[:half] @ values[:width], windows @ fit[half], fit[half + 1 :] @ values[-width:]]
    )


def _means(values: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    count = len(values)
    at = np.arange(count)
    reach = np.minimum(half, np.minimum(at, count - 1 - at))
    offset = values[0]  # sums stay small, so that a point far from the origin loses no digits
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values - offset, axis=0)])
    means: NDArray[np.float64] = (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)[:, None] + offset
    return means
