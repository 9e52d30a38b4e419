"""What an analysis says, as plain values."""

from dataclasses import dataclass, fields, is_dataclass
from math import isfinite
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

DIGITS = 9  # significant, of every number that is told: more is noise of the arithmetic
Origin = Literal["top-left", "bottom-left"]
Direction = Literal["x", "y", "principal"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit, e.g. 7.03 `mm` or 0.2 `px/min`."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Units:
    """What amounts are told in: a `length` is `per_px` times the pixels."""

    length: Literal["mm", "px"]
    time: Literal["min", "s"]
    per_px: float

    def long(self, length_px: float) -> Amount:
        return Amount(length_px * self.per_px, self.length)

    def lasting(self, time: float) -> Amount:
        return Amount(time, self.time)

    def fast(self, speed_px: float) -> Amount:
        return Amount(speed_px * self.per_px, f"{self.length}/{self.time}")


@dataclass(frozen=True, slots=True)
class Scale:
    """Millimetres per pixel, from the lowest and the highest ruler on `frame`, the first that shows both.

    spread_percent: how far the scale wanders over the other frames, (largest - smallest) / this one.
    """

    mm_per_px: float
    lowest: str
    highest: str
    distance_mm: float
    distance_px: float
    frame: int
    spread_percent: float


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How places are smoothed within each run of frames without a gap.

    method: `savitzky-golay` fits a polynomial of `order` to `window` frames round each frame; `moving-average`
    takes their mean; `none`. window: odd number of frames; near the ends of a run, and in short runs, fewer.
    """

    method: Literal["savitzky-golay", "moving-average", "none"] = "savitzky-golay"
    window: int = 11
    order: int = 2


@dataclass(frozen=True, slots=True)
class SmoothingUsed:
    """The smoothing that was used; window_time: what its window spans on the time axis, None without one."""

    method: str
    window_frames: int | None
    window_time: Amount | None
    order: int | None


@dataclass(frozen=True, slots=True)
class Period:
    """The period of one point in one direction, or the reason why none can be told.

    value: the length of a cycle, on the time axis, with its standard error for white noise. amplitude: half of the
    way from crest to trough. strongest: the highest peak of the spectrum, whether it is believed, and then is the
    value, or not. power: share, 0 to 1, of the variance over the trend that it explains. false_alarm: the chance that
    white noise shows such a peak anywhere in the band. cycles: how many the record shows, gaps taken off. shortest, longest: the band
    that was searched. degrees: of the principal direction, from the x axis towards the y axis.
    """

    method: str
    source: Direction
    degrees: float | None = None
    value: Amount | None = None
    standard_error: Amount | None = None
    amplitude: Amount | None = None
    strongest: Amount | None = None
    power: float | None = None
    false_alarm: float | None = None
    cycles: float | None = None
    shortest: Amount | None = None
    longest: Amount | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """On how many frames a point was what. used: share of frames whose place enters the statistics.

    gaps: stretches of frames that do not, between two that do; longest_gap: frames of the longest.
    """

    frames: int
    counts: dict[str, int]
    used: float
    tracked: float
    uncertain: float
    gaps: int
    longest_gap: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a point is on a frame, in pixels from the analysis' origin."""

    frame: int
    time: float
    x_px: float
    y_px: float


@dataclass(frozen=True, slots=True)
class PointAnalysis:
    """One point's way from its first used place to its last; None where there is none.

    displacement_x, _y: last less first. distance: how far apart they are. extent_x, _y: largest less smallest.
    path: length of the way from place to place, straight over gaps. path_smoothed: the same of the smoothed way,
    without most of the jitter. mean_speed: path_smoothed over its time. top_speed: on frame `top_speed_frame`.
    """

    label: str
    role: Literal["ruler", "tip", "inflection", "marker"]
    coverage: Coverage
    periods: tuple[Period, ...]
    first: Place | None = None
    last: Place | None = None
    displacement_x: Amount | None = None
    displacement_y: Amount | None = None
    distance: Amount | None = None
    extent_x: Amount | None = None
    extent_y: Amount | None = None
    path: Amount | None = None
    path_smoothed: Amount | None = None
    mean_speed: Amount | None = None
    top_speed: Amount | None = None
    top_speed_frame: int | None = None


@dataclass(frozen=True, slots=True)
class Gravitropism:
    """How far the tip went, how fast, and by what angle it bent, as Plant Tracer tells it.

    angle_degrees: by the law of cosines, without a sign; turn_degrees: between the arms from inflection point to
    tip, clockwise as seen positive. They agree where the inflection point rests. None: see `reason`.
    """

    tip: str | None = None
    distance: Amount | None = None
    rate: Amount | None = None
    inflection: str | None = None
    angle_degrees: float | None = None
    turn_degrees: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Circumnutation:
    """How far the tip swings sideways, and that over the time between both extremes, as Plant Tracer tells it."""

    tip: str | None = None
    max_amplitude: Amount | None = None
    leftmost_frame: int | None = None
    rightmost_frame: int | None = None
    rate: Amount | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WorstStretch:
    """Frames, `end` not included, on which a person should look at a point; `frame` is the worst of them."""

    label: str
    start: int
    end: int
    frame: int
    status: str
    score: float | None
    err_px: float | None


@dataclass(frozen=True, slots=True)
class Curves:
    """What the numbers were taken from, on f frames for n points; NaN where a place is not used.

    time: (f,) in `time_unit`. places, smooth: (f, n, 2) float64, (x, y) px from the origin. displacement: (f, n, 2)
    px from each point's first used place. velocity: (f, n, 2) px per time unit; speed: (f, n). status: (f, n) uint8.
    scale: (f,) millimetres per pixel for displacements; NaN when not calibrated.
    """

    frames: NDArray[np.int64]
    seconds: NDArray[np.float64]
    time: NDArray[np.float64]
    labels: tuple[str, ...]
    status: NDArray[np.uint8]
    places: NDArray[np.float64]
    smooth: NDArray[np.float64]
    displacement: NDArray[np.float64]
    velocity: NDArray[np.float64]
    speed: NDArray[np.float64]
    scale: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Analysis:
    """All of it. length_unit: `mm` when calibrated, else `px`. time_unit: `min` of the recorded scene, from
    frames_per_minute, or `s` of the movie. size: (width, height) of the picture, when it was told. places_from: which places were used.
    """

    frames: int
    first_frame: int
    last_frame: int
    length_unit: Literal["mm", "px"]
    time_unit: Literal["min", "s"]
    frames_per_minute: float | None
    origin: Origin
    size: tuple[int, int] | None
    places_from: Literal["x, y", "x_stable, y_stable"]
    scale: Scale | None
    smoothing: SmoothingUsed
    tip: str | None
    gravitropism: Gravitropism
    circumnutation: Circumnutation
    points: tuple[PointAnalysis, ...]
    worst: tuple[WorstStretch, ...]
    notes: tuple[str, ...]
    curves: Curves

    def as_dict(self) -> dict[str, Any]:
        """Give all but the curves as values that JSON knows: no NaN, numbers of DIGITS digits."""
        return {
            field.name: _plain(getattr(self, field.name)) for field in fields(self) if field.name != "curves"
        }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    match value:
        case float():
            return float(f"{value:.{DIGITS}g}") if isfinite(value) else None
        case tuple():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
    return value
