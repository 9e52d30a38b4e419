"""Rulers in the picture, and the scale they give."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.track.analysis.result import Scale

RULER = re.compile(r"Ruler\s*(\d{1,9})mm")  # as Plant Tracer's client names them
NO_RULERS = "not calibrated: it takes two points named as 'Ruler 0mm' and 'Ruler 10mm'"
NEVER_BOTH = "not calibrated: no frame shows both rulers apart"
UNMOVED = "not calibrated: a ruler is where it was put at first"

Calibration = tuple[Scale | None, NDArray[np.float64], str | None]
Places = Mapping[str, tuple[float, float]]


def ruler_mm(label: str) -> int | None:
    """Give the millimetres that a ruler's label tells, None for other points."""
    found = RULER.fullmatch(label)
    return int(found[1]) if found else None


def calibrate(
    labels: Sequence[str], frames: NDArray[np.int64], places_px: NDArray[np.float64], unmoved: Places
) -> Calibration:
    """Give the scale, the millimetres per pixel on each frame (f,), NaN where unknown, and why there is none.

    places_px: (f, n, 2), NaN where not used. unmoved: the places, in the same pixels, at which a client puts rulers
    before a person moves them; a ruler that is still there measures nothing.
    Source: Plant Tracer's client: (highest - lowest) / their distance.
    """
    unknown = np.full(len(frames), np.nan)
    rulers = sorted((mm, at) for at, label in enumerate(labels) if (mm := ruler_mm(label)) is not None)
    if len(rulers) < 2 or rulers[0][0] == rulers[-1][0]:
        return None, unknown, NO_RULERS
    (low_mm, low), (high_mm, high) = rulers[0], rulers[-1]
    length_px = np.hypot(*(places_px[:, high] - places_px[:, low]).T)
    seen = np.flatnonzero(length_px > 0)
    if not len(seen):
        return None, unknown, NEVER_BOTH
    first = seen[0]
    if any(_rests(places_px[first, at], unmoved.get(labels[at])) for at in (low, high)):
        return None, unknown, UNMOVED
    by_frame = unknown.copy()
    by_frame[seen] = (high_mm - low_mm) / length_px[seen]
    scale = Scale(
        mm_per_px=float(by_frame[first]),
        lowest=labels[low],
        highest=labels[high],
        distance_mm=float(high_mm - low_mm),
        distance_px=float(length_px[first]),
        frame=int(frames[first]),
        spread_percent=float(np.ptp(by_frame[seen]) / by_frame[first] * 100),
    )
    return scale, by_frame, None


def _rests(place: NDArray[np.float64], at_first: tuple[float, float] | None) -> bool:
    return at_first is not None and bool(np.allclose(place, at_first, atol=1e-6))
