"""The figures that are written onto a traced movie: how long ago it began, and how long a millimetre is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.track.analysis.rulers import ruler_mm
from pipelines.track.columns import Row

_SHARE = 0.25  # of the picture's width that a scale bar takes at most
_LEAST_PX = 8
_STEPS = (5, 2, 1)
_MM_IN_M = 1000


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of a round length. length_px: in pixels of the drawn picture."""

    length_px: float
    text: str


def mm_per_px(labels: Sequence[str], places: NDArray[np.floating]) -> float | None:
    """Give the millimetres of a pixel from the lowest and the highest mark of a ruler.

    places: (n, 2), (x, y) in pixels. None without two marks, or where they lie on one another or nowhere.
    """
    marks = sorted((mm, row) for row, label in enumerate(labels) if (mm := ruler_mm(label)) is not None)
    if len(marks) < 2 or marks[0][0] == marks[-1][0]:
        return None
    (low, first), (high, last) = marks[0], marks[-1]
    apart = float(np.hypot(*(places[last] - places[first]).astype(np.float64)))
    return (high - low) / apart if apart > 0 and math.isfinite(apart) else None


def scale_bar(mm_per_px: float, width_px: int) -> ScaleBar | None:
    """Give the longest bar of 1, 2 or 5 times a power of ten millimetres that fits; None where that is but a dot."""
    most = mm_per_px * width_px * _SHARE
    power = 10.0 ** math.floor(math.log10(most))
    mm = next(step * power for step in _STEPS if step * power <= most * (1 + 1e-9))
    if mm / mm_per_px < _LEAST_PX:
        return None
    return ScaleBar(mm / mm_per_px, _length(mm))


def _length(mm: float) -> str:
    if mm >= _MM_IN_M:
        return f"{mm / _MM_IN_M:g} m"
    return f"{mm:g} mm" if mm >= 1 else f"{mm * 1000:g} um"  # OpenCV's letters have no Greek


def elapsed(first: Row, row: Row, frames_per_minute: float | None) -> str:
    """Give the time since a movie's first frame: of the experiment where its pace is known, of the movie else."""
    if frames_per_minute:
        return clock_text((row.index - first.index) / frames_per_minute * 60)
    return clock_text(row.seconds - first.seconds)


def clock_text(seconds: float) -> str:
    """Write 12.3 s, 2:05 or 3:02:05."""
    if seconds < 60:
        return f"{math.floor(seconds * 10) / 10:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
