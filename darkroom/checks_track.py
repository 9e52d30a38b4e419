"""What must be true of an order to track points before it is accepted."""

from darkroom.checks_movie import check_encryption
from darkroom.errors import Invalid
from darkroom.facts import Facts, MovieFacts
from darkroom.params import Point, TrackParams
from darkroom.settings import Settings


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
    _check_range(params, movie.frames)
    labels: set[str] = set()
    for i, point in enumerate(params.points):
        if point.label in labels:
            raise Invalid(f"label {point.label!r} is given twice", where=f"/params/points/{i}/label")
        labels.add(point.label)
        _check_point(i, point, params, movie)
    if len(set(params.outputs)) != len(params.outputs):
        raise Invalid("an output is named twice", where="/params/outputs")


def _check_range(params: TrackParams, frames: int) -> None:
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


def _check_point(i: int, point: Point, params: TrackParams, movie: MovieFacts) -> None:
    width, height = movie.width, movie.height
    if params.points_size is not None:
        width, height = params.points_size.width, params.points_size.height
    for axis, value, limit in (("x", point.x, width), ("y", point.y, height)):
        if not 0 <= value <= limit - 1:
            raise Invalid(
                f"point {point.label!r}: {axis} = {value:g} is outside the picture (0 to {limit - 1})",
                where=f"/params/points/{i}/{axis}",
                limit=limit - 1,
            )
