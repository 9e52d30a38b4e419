"""The table of job kinds: each kind's queue, pipeline version, inputs, and what must be true before it is accepted."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from darkroom.errors import Invalid
from darkroom.jobs import Queue
from darkroom.params import DrillParams, Params, Point, ProbeParams, TrackParams
from darkroom.pointers import locate
from darkroom.settings import Settings


class MovieFacts(Struct, frozen=True):
    """What a probe found that a check needs; width and height in pixels of the upright picture."""

    width: int
    height: int
    frames: int


Check = Callable[[Any, dict[str, MovieFacts], Settings], None]


class Kind(Struct, frozen=True):
    """One row of the table. `version` is raised by hand whenever the numbers that the pipeline gives change."""

    name: str
    params: type[Params]
    queue: Queue
    version: int
    inputs: tuple[str, ...]
    check: Check
    needs_probe: bool = False


def _check_nothing(params: Params, facts: dict[str, MovieFacts], settings: Settings) -> None:
    """Accept: every rule of this kind is in its Struct."""


def _check_drill(params: DrillParams, facts: dict[str, MovieFacts], settings: Settings) -> None:
    if not settings.drills:
        raise Invalid(
            "unknown kind 'drill'", where="/kind", hint="set DARKROOM_DRILLS=true to rehearse failures"
        )


def check_track(params: TrackParams, facts: dict[str, MovieFacts], settings: Settings) -> None:
    """Raise Invalid, naming the field and the limit, unless the points and the range fit the movie."""
    movie = facts["movie"]
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


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("probe", ProbeParams, Queue.QUICK, version=1, inputs=("movie",), check=_check_nothing),
        Kind(
            "track", TrackParams, Queue.CPU, version=1, inputs=("movie",), check=check_track, needs_probe=True
        ),
        Kind("drill", DrillParams, Queue.QUICK, version=1, inputs=(), check=_check_drill),
    )
}


def read_params(kind: str, raw: Any) -> tuple[Kind, Params]:
    """Return the kind and its params with defaults filled in. Raises Invalid, naming the field."""
    row = KINDS.get(kind)
    if row is None:
        raise Invalid(f"unknown kind {kind!r}", where="/kind", limit=", ".join(sorted(KINDS)))
    if not isinstance(raw, dict):
        raise Invalid("params must be an object", where="/params")
    if "kind" in raw:
        raise Invalid("unknown field 'kind'", where="/params/kind")
    try:
        return row, msgspec.convert(raw, row.params)
    except msgspec.ValidationError as error:
        message, pointer = locate(error)
        raise Invalid(message, where=f"/params{pointer}") from error


def queue_of(kind: Kind, params: Params) -> Queue:
    """Return the queue that work of this kind waits in."""
    return Queue(params.queue) if isinstance(params, DrillParams) else kind.queue


def parts_of(params: Params) -> int:
    """Return into how many parts the work splits."""
    return params.parts if isinstance(params, DrillParams) else 1
