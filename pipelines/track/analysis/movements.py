"""Gravitropism and circumnutation of the tip, by Plant Tracer's formulas."""

from collections.abc import Sequence
from math import acos, atan2, degrees

import numpy as np
from numpy.typing import NDArray

from pipelines.track.analysis.result import Amount, Circumnutation, Gravitropism, Units
from pipelines.track.analysis.rulers import ruler_mm

TIP = "Apex"
INFLECTION = "inflection point"  # in any case

Way = NDArray[np.float64]  # (f, 2) px, NaN where not used


def inflection_of(labels: Sequence[str]) -> int | None:
    """Give the place among the labels of the point round which the plant bends."""
    return next((at for at, label in enumerate(labels) if label.strip().lower() == INFLECTION), None)


def tip_of(labels: Sequence[str]) -> int | None:
    """Give the place among the labels of `Apex`, else of the first that is no ruler and no inflection point."""
    if TIP in labels:
        return list(labels).index(TIP)
    others = (
        at
        for at, label in enumerate(labels)
        if ruler_mm(label) is None and label.strip().lower() != INFLECTION
    )
    return next(others, None)


class Tip:
    """The tip's way over numbered frames, and the units to tell it in.

    Rates are per minute of the scene when frames_per_minute is known, else per frame. clockwise: 1 when turning from
    the x axis to the y axis is clockwise as seen, else -1.
    """

    def __init__(
        self,
        label: str,
        way: Way,
        frames: NDArray[np.int64],
        *,
        units: Units,
        frames_per_minute: float | None,
        clockwise: int,
    ) -> None:
        self.label = label
        self._way = way
        self._frames = frames
        self._units = units
        self._clockwise = clockwise
        self._fpm = frames_per_minute
        self._nowhere = f"{label!r} is nowhere found"
        self._used = np.flatnonzero(np.isfinite(way[:, 0]))

    def gravitropism(self, inflection: str | None, arm: Way | None) -> Gravitropism:
        """arm: the inflection point's way, if there is one."""
        if not len(self._used):
            return Gravitropism(tip=self.label, inflection=inflection, reason=self._nowhere)
        first, last = self._used[[0, -1]].tolist()
        length_px = float(np.hypot(*(self._way[last] - self._way[first])))
        angle, turn, reason = (
            (None, None, "there is no point 'Inflection Point'") if arm is None else self._bend(arm)
        )
        distance = self._units.long(length_px)
        return Gravitropism(
            self.label, distance, self._rate(length_px, first, last), inflection, angle, turn, reason
        )

    def circumnutation(self) -> Circumnutation:
        if not len(self._used):
            return Circumnutation(tip=self.label, reason=self._nowhere)
        x = self._way[self._used, 0]
        left, right = int(self._used[np.argmin(x)]), int(self._used[np.argmax(x)])
        width_px = float(np.ptp(x))
        rate = self._rate(width_px, *sorted((left, right)))
        return Circumnutation(
            tip=self.label,
            max_amplitude=self._units.long(width_px),
            leftmost_frame=int(self._frames[left]),
            rightmost_frame=int(self._frames[right]),
            rate=rate,
            reason=None if rate else "no time passes between the extremes",
        )

    def _rate(self, length_px: float, first: int, last: int) -> Amount | None:
        frames = int(self._frames[last] - self._frames[first])
        if frames == 0:
            return None
        length = self._units.long(length_px)
        if self._fpm is None:
            return Amount(length.value / frames, f"{length.unit}/frame")
        return Amount(length.value / (frames / self._fpm), f"{length.unit}/min")

    def _bend(self, arm: Way) -> tuple[float | None, float | None, str | None]:
        """Give angle and turn between the first and the last frame that show both points."""
        both = np.flatnonzero(np.isfinite(self._way[:, 0]) & np.isfinite(arm[:, 0]))
        if len(both) < 2:
            return None, None, "fewer than two frames show the tip and the inflection point"
        first, last = both[[0, -1]].tolist()
        before, after = self._way[first] - arm[first], self._way[last] - arm[last]
        a = float(np.hypot(*(self._way[last] - self._way[first])))
        b, c = float(np.hypot(*before)), float(np.hypot(*after))
        if b == 0 or c == 0:
            return None, None, "the tip lies on the inflection point"
        turn = self._clockwise * degrees(atan2(before[0] * after[1] - before[1] * after[0], before @ after))
        cosine = (b * b + c * c - a * a) / (2 * b * c)
        if not -1 - 1e-9 <= cosine <= 1 + 1e-9:
            return None, turn, "the inflection point moves too far for the law of cosines"
        return degrees(acos(max(-1.0, min(1.0, cosine)))), turn, None
