"""Turn a track into the numbers of an experiment."""

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.track.analysis import smoothing as smoother
from pipelines.track.analysis.motion import displacement, velocity
from pipelines.track.analysis.movements import Tip, inflection_of, tip_of
from pipelines.track.analysis.quality import used_frames, worst
from pipelines.track.analysis.result import (
    Analysis,
    Circumnutation,
    Curves,
    Gravitropism,
    Origin,
    Scale,
    Smoothing,
    SmoothingUsed,
    Units,
)
from pipelines.track.analysis.rulers import calibrate
from pipelines.track.analysis.ways import point_analyses
from pipelines.track.points import Size
from pipelines.track.record import Tracks

FPM_LIMIT = 6000.0  # frames per minute, as Plant Tracer has it
NOT_USED = "frames on which a point is lost, occluded, cut or out of frame are not used"
MOVIE_TIME = "times are the movie's own: give frames_per_minute to have those of a time-lapse's scene"
NO_TIP = "there is no point but rulers and the inflection point"
DEFAULT = Smoothing()


def analyse(
    tracks: Tracks,
    *,
    frames_per_minute: float | None = None,
    smoothing: Smoothing = DEFAULT,
    size: Size | None = None,
    origin: Origin = "top-left",
    scale: Literal["first", "frame"] = "first",
    unmoved: Mapping[str, tuple[float, float]] = MappingProxyType({}),
) -> Analysis:
    """Give displacements, rates, angles, periods and what can be trusted of them.

    Uses the steady places when the track has them. size: (width, height) of the picture in whose pixels the places
    are; origin `bottom-left` needs it, and turns y into height - y, upwards. scale: displacements of the curves in
    millimetres use the scale of the `first` frame, or of each `frame`; all other numbers use the first's. unmoved:
    see `calibrate`, in pixels from the top left.
    Raises BadInput: frames_per_minute, size_missing, no_frames, smoothing_window, smoothing_order.
    """
    _check(tracks, frames_per_minute, size, origin)
    smoother.check(smoothing)
    places, is_used = _used_places(tracks)
    ruled, by_frame, uncalibrated = calibrate(tracks.labels, tracks.frames, places, unmoved)
    if origin == "bottom-left" and size is not None:
        places[..., 1] = size[1] - places[..., 1]
    time = tracks.seconds if frames_per_minute is None else tracks.frames / frames_per_minute
    curves = _curves(tracks, places, time, smoothing, _scales(ruled, by_frame, scale))
    units = _units(ruled, frames_per_minute)
    tip = tip_of(tracks.labels)
    bent, swung = _movements(curves, tip, units, frames_per_minute, 1 if origin == "top-left" else -1)
    notes = (NOT_USED, uncalibrated, MOVIE_TIME if frames_per_minute is None else None)
    return Analysis(
        frames=len(tracks.frames),
        first_frame=int(tracks.frames[0]),
        last_frame=int(tracks.frames[-1]),
        length_unit=units.length,
        time_unit=units.time,
        frames_per_minute=frames_per_minute,
        origin=origin,
        size=size,
        places_from="x, y" if tracks.stable is None else "x_stable, y_stable",
        scale=ruled,
        smoothing=_told(smoothing, time, units),
        tip=None if tip is None else tracks.labels[tip],
        gravitropism=bent,
        circumnutation=swung,
        points=point_analyses(tracks, curves, is_used, tip, units),
        worst=worst(tracks),
        notes=tuple(note for note in notes if note),
        curves=curves,
    )


def _check(tracks: Tracks, frames_per_minute: float | None, size: Size | None, origin: Origin) -> None:
    if not len(tracks.frames) or not tracks.labels:
        raise BadInput("the track has no frames or no points", code="no_frames")
    if frames_per_minute is not None and not 0 < frames_per_minute <= FPM_LIMIT:  # NaN is neither
        raise BadInput(
            f"frames_per_minute is {frames_per_minute:g}; it must be above 0 and at most {FPM_LIMIT:g}",
            code="frames_per_minute",
        )
    if origin == "bottom-left" and size is None:
        raise BadInput("origin 'bottom-left' needs the size of the picture", code="size_missing")


def _used_places(tracks: Tracks) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the places (f, n, 2) that enter the numbers, NaN elsewhere, and which (f, n) they are."""
    places = tracks.places if tracks.stable is None else tracks.stable
    is_used = used_frames(tracks, places)
    return np.where(is_used[..., None], places, np.nan), is_used


def _scales(
    ruled: Scale | None, by_frame: NDArray[np.float64], scale: Literal["first", "frame"]
) -> NDArray[np.float64]:
    if ruled is None or scale == "frame":
        return by_frame
    return np.full(len(by_frame), ruled.mm_per_px)


def _units(ruled: Scale | None, frames_per_minute: float | None) -> Units:
    return Units(
        length="mm" if ruled else "px",
        time="s" if frames_per_minute is None else "min",
        per_px=ruled.mm_per_px if ruled else 1.0,
    )


def _curves(
    tracks: Tracks,
    places: NDArray[np.float64],
    time: NDArray[np.float64],
    smoothing: Smoothing,
    scale: NDArray[np.float64],
) -> Curves:
    smooth = smoother.smoothed(places, tracks.frames, smoothing)
    speeds = velocity(smooth, tracks.frames, time)
    return Curves(
        frames=tracks.frames,
        seconds=tracks.seconds,
        time=time,
        labels=tracks.labels,
        status=tracks.status,
        places=places,
        smooth=smooth,
        displacement=displacement(places),
        velocity=speeds,
        speed=np.hypot(speeds[..., 0], speeds[..., 1]),
        scale=scale,
    )


def _movements(
    curves: Curves, tip: int | None, units: Units, frames_per_minute: float | None, clockwise: int
) -> tuple[Gravitropism, Circumnutation]:
    if tip is None:
        return Gravitropism(reason=NO_TIP), Circumnutation(reason=NO_TIP)
    inflection = inflection_of(curves.labels)
    moved = Tip(
        curves.labels[tip],
        curves.places[:, tip],
        curves.frames,
        units=units,
        frames_per_minute=frames_per_minute,
        clockwise=clockwise,
    )
    if inflection is None:
        return moved.gravitropism(None, None), moved.circumnutation()
    bent = moved.gravitropism(curves.labels[inflection], curves.places[:, inflection])
    return bent, moved.circumnutation()


def _told(smoothing: Smoothing, time: NDArray[np.float64], units: Units) -> SmoothingUsed:
    if smoothing.method == "none":
        return SmoothingUsed("none", None, None, None)
    steps = np.diff(time)
    step = float(np.median(steps)) if len(steps) else None
    return SmoothingUsed(
        method=smoothing.method,
        window_frames=smoothing.window,
        window_time=units.lasting(smoothing.window * step) if step is not None and isfinite(step) else None,
        order=smoothing.order if smoothing.method == "savitzky-golay" else None,
    )
