"""Sum up each point's way."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.track.analysis.motion import path_length
from pipelines.track.analysis.movements import inflection_of
from pipelines.track.analysis.periods import periods
from pipelines.track.analysis.quality import coverage
from pipelines.track.analysis.result import Amount, Curves, Period, Place, PointAnalysis, Units
from pipelines.track.analysis.rulers import ruler_mm
from pipelines.track.record import Tracks

Role = Literal["ruler", "tip", "inflection", "marker"]


def point_analyses(
    tracks: Tracks, curves: Curves, is_used: NDArray[np.bool_], tip: int | None, units: Units
) -> tuple[PointAnalysis, ...]:
    """Give the sums of all n points; is_used: (f, n), tip: which of them is the tip."""
    swings = periods(curves.places, curves.time, units)
    roles = [_role(curves.labels, point, tip) for point in range(len(curves.labels))]
    return tuple(
        _point(tracks, curves, point, is_used=is_used[:, point], units=units, role=role, swings=swings[point])
        for point, role in enumerate(roles)
    )


def _role(labels: tuple[str, ...], point: int, tip: int | None) -> Role:
    if point == tip:
        return "tip"
    if ruler_mm(labels[point]) is not None:
        return "ruler"
    return "inflection" if point == inflection_of(labels) else "marker"


def _point(
    tracks: Tracks,
    curves: Curves,
    point: int,
    *,
    is_used: NDArray[np.bool_],
    units: Units,
    role: Role,
    swings: tuple[Period, ...],
) -> PointAnalysis:
    label, covered = curves.labels[point], coverage(tracks, point, is_used)
    if not is_used.any():
        return PointAnalysis(label=label, role=role, coverage=covered, periods=swings)
    first, last = np.flatnonzero(is_used)[[0, -1]].tolist()
    way = curves.places[:, point]
    moved, extent = way[last] - way[first], np.nanmax(way, axis=0) - np.nanmin(way, axis=0)
    smoothed_px = path_length(curves.smooth[:, point])
    top, top_frame = _top_speed(curves, point, units)
    return PointAnalysis(
        label=label,
        role=role,
        coverage=covered,
        first=_place(curves, first, point),
        last=_place(curves, last, point),
        displacement_x=units.long(float(moved[0])),
        displacement_y=units.long(float(moved[1])),
        distance=units.long(float(np.hypot(*moved))),
        extent_x=units.long(float(extent[0])),
        extent_y=units.long(float(extent[1])),
        path=units.long(path_length(way)),
        path_smoothed=units.long(smoothed_px),
        mean_speed=_mean_speed(smoothed_px, float(curves.time[last] - curves.time[first]), units),
        top_speed=top,
        top_speed_frame=top_frame,
        periods=swings,
    )


def _place(curves: Curves, at: int, point: int) -> Place:
    x, y = curves.places[at, point].tolist()
    return Place(frame=int(curves.frames[at]), time=float(curves.time[at]), x_px=x, y_px=y)


def _mean_speed(path_px: float, time: float, units: Units) -> Amount | None:
    return units.fast(path_px / time) if time > 0 else None


def _top_speed(curves: Curves, point: int, units: Units) -> tuple[Amount | None, int | None]:
    speed = curves.speed[:, point]
    if not np.isfinite(speed).any():
        return None, None
    top = int(np.nanargmax(speed))
    return units.fast(float(speed[top])), int(curves.frames[top])
