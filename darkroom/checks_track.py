"""What must be true of an order to track points, keep frames or analyse a track before it is accepted."""

import math
from collections.abc import Sequence

from darkroom.checks_movie import check_encryption
from darkroom.errors import Invalid
from darkroom.facts import Facts, MovieFacts
from darkroom.params import (
    AnalysisParams,
    ArchiveParams,
    Correction,
    Drawing,
    Point,
    Smoothing,
    TrackParams,
)
from darkroom.settings import Settings

FPM_LIMIT = 6000
ROWS_LIMIT = 2_000_000  # of a table, frames times points, that an analysis reads
SHEET_LIMIT = 1_048_575  # frames on a sheet of a workbook
WAYS_LIMIT = 100_000_000  # frames times points that are held in memory between corrections: 1.6 GB
FIGURES = {"xlsx", "analysis", "plot"}  # outputs that are told from the table as a whole


def check_track(params: TrackParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid, naming the field and the limit, unless the points and the range fit the movie."""
    movie = facts["movie"]
    check_encryption(movie)
    if len(params.points) > settings.points_limit:
        raise Invalid(
            f"{len(params.points)} points; the limit is {settings.points_limit}",
            where="/params/points",
            limit=settings.points_limit,
        )
    end = _check_range(params, movie.frames)
    size = _marked_size(params, movie)
    _check_points(params.points, size)
    _check_corrections(params, end, size, settings)
    _check_drawing(params.drawing, end, {point.label for point in params.points})
    _check_fpm(params.frames_per_minute)
    _check_outputs(params.outputs)
    _check_amount(params, (end - params.start) * len(params.points))


def check_archive(params: ArchiveParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid for a movie that nobody here can decode, or whose pictures would be too large."""
    movie = facts["movie"]
    check_encryption(movie)
    width, height = movie.width, movie.height
    pixels = params.longest_side**2 * min(width, height) // max(width, height)
    if pixels > settings.picture_pixels_limit:
        raise Invalid(
            f"pictures of {width}x{height} made {params.longest_side} long have more than"
            f" {settings.picture_pixels_limit:,} pixels",
            where="/params/longest_side",
            limit=settings.picture_pixels_limit,
        )


def check_analysis(params: AnalysisParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid, naming the field and the limit, unless the params go together."""
    _check_fpm(params.frames_per_minute)
    _check_smoothing(params.smoothing)
    if params.origin == "bottom-left" and params.size is None:
        raise Invalid("an origin at the bottom needs the size of the picture", where="/params/size")
    _check_outputs(params.outputs)


def _check_smoothing(smoothing: Smoothing) -> None:
    if smoothing.method == "none":
        return
    if smoothing.window % 2 == 0:
        raise Invalid(
            f"a window has an odd number of frames, not {smoothing.window}",
            where="/params/smoothing/window",
            limit=smoothing.window - 1,
        )
    if smoothing.method == "savitzky-golay" and smoothing.order >= smoothing.window:
        raise Invalid(
            f"a polynomial of order {smoothing.order} does not fit {smoothing.window} frames",
            where="/params/smoothing/order",
            limit=smoothing.window - 1,
        )


def _check_range(params: TrackParams, frames: int) -> int:
    """Return the frame before which tracking stops."""
    if frames < 2:
        raise Invalid(
            f"the movie has {frames} frame; tracking needs at least 2", where="/inputs/movie", limit=2
        )
    if params.start > frames - 2:
        raise Invalid(
            f"start {params.start} leaves nothing to track: the movie has {frames} frames",
            where="/params/start",
            limit=frames - 2,
        )
    if params.end is not None and params.end > frames:
        raise Invalid(f"end {params.end} is past the last frame", where="/params/end", limit=frames)
    if params.end is not None and params.end < params.start + 2:
        raise Invalid("end must be at least start + 2", where="/params/end", limit=params.start + 2)
    return params.end or frames


def _marked_size(params: TrackParams, movie: MovieFacts) -> tuple[int, int]:
    """Return the size of the picture on which points were marked."""
    if params.points_size is not None:
        return params.points_size.width, params.points_size.height
    return (movie.height, movie.width) if params.rotation in {90, 270} else (movie.width, movie.height)


def _check_points(points: list[Point], size: tuple[int, int]) -> None:
    labels: set[str] = set()
    for i, point in enumerate(points):
        if point.label in labels:
            raise Invalid(f"label {point.label!r} is given twice", where=f"/params/points/{i}/label")
        labels.add(point.label)
        _check_place(f"point {point.label!r}", point, size, f"/params/points/{i}")


def _check_corrections(params: TrackParams, end: int, size: tuple[int, int], settings: Settings) -> None:
    limit = settings.corrections_limit
    if len(params.corrections) > limit:
        raise Invalid(
            f"{len(params.corrections)} corrections; the limit is {limit}",
            where="/params/corrections",
            limit=limit,
        )
    labels = {point.label for point in params.points}
    seen: set[tuple[str, int]] = set()
    for i, correction in enumerate(params.corrections):
        where = f"/params/corrections/{i}"
        named = f"correction of {correction.label!r}"
        if correction.label not in labels:
            raise Invalid(f"{named}: no point has this label", where=f"{where}/label")
        _check_frame(named, correction.frame, (params.start + 1, end - 1), f"{where}/frame")
        if (correction.label, correction.frame) in seen:
            raise Invalid(f"{named}: frame {correction.frame} is corrected twice", where=f"{where}/frame")
        seen.add((correction.label, correction.frame))
        _check_place(named, correction, size, where)


def _check_amount(params: TrackParams, rows: int) -> None:
    """Refuse before tracking what could not be told afterwards. rows: frames times points."""
    if FIGURES.intersection(params.outputs) and rows > ROWS_LIMIT:
        raise Invalid(
            f"{rows:,} places are more than an analysis reads",
            where="/params/outputs",
            limit=ROWS_LIMIT,
            hint="leave out analysis, xlsx and plot, or track fewer points or frames",
        )
    if "xlsx" in params.outputs and rows > SHEET_LIMIT * len(params.points):
        raise Invalid(
            f"{rows // len(params.points):,} frames are more than a workbook's sheet holds",
            where="/params/outputs",
            limit=SHEET_LIMIT,
            hint="leave out xlsx, or track fewer frames",
        )
    if params.corrections and rows > WAYS_LIMIT:
        raise Invalid(
            f"{rows:,} places are more than can be corrected at once",
            where="/params/corrections",
            limit=WAYS_LIMIT,
            hint="track fewer points or frames at once",
        )


def _check_frame(named: str, frame: int, within: tuple[int, int], where: str) -> None:
    first, last = within
    if not first <= frame <= last:
        raise Invalid(
            f"{named}: frame {frame} is outside of what is tracked ({first} to {last})",
            where=where,
            limit=first if frame < first else last,
        )


def _check_place(named: str, place: Point | Correction, size: tuple[int, int], where: str) -> None:
    for axis, value, limit in (("x", place.x, size[0]), ("y", place.y, size[1])):
        if not 0 <= value <= limit - 1:
            raise Invalid(
                f"{named}: {axis} = {value:g} is outside the picture (0 to {limit - 1})",
                where=f"{where}/{axis}",
                limit=limit - 1,
            )


def _check_drawing(drawing: Drawing, end: int, labels: set[str]) -> None:
    if drawing.first is not None and drawing.first >= end:
        raise Invalid(
            f"the traced movie would begin at frame {drawing.first}, behind {end - 1}, where tracking ends",
            where="/params/drawing/first",
            limit=end - 1,
        )
    for label in drawing.colours.keys() - labels:
        raise Invalid(f"colour of {label!r}: no point has this label", where="/params/drawing/colours")
    if drawing.fps is not None and not math.isfinite(drawing.fps):
        raise Invalid("fps is a number", where="/params/drawing/fps", limit=240)


def _check_fpm(frames_per_minute: float | None) -> None:
    """Refuse what is no number: every comparison with it is false, so its range does not."""
    if frames_per_minute is not None and not math.isfinite(frames_per_minute):
        raise Invalid("frames_per_minute is a number", where="/params/frames_per_minute", limit=FPM_LIMIT)


def _check_outputs(outputs: Sequence[str]) -> None:
    if len(set(outputs)) != len(outputs):
        raise Invalid("an output is named twice", where="/params/outputs")
