"""One frozen Struct per job kind; a request's params become one of these or are refused with the field's name."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Label = Annotated[str, Meta(min_length=1, max_length=100)]
Finite = Annotated[float, Meta(ge=-1e9, le=1e9)]


class Point(Struct, frozen=True, forbid_unknown_fields=True):
    """A named place on the picture: (x, y) in pixels, origin top left, x to the right, y down."""

    label: Label
    x: Finite
    y: Finite


class PictureSize(Struct, frozen=True, forbid_unknown_fields=True):
    """The size in pixels of the picture on which points were marked."""

    width: Annotated[int, Meta(ge=1, le=1_000_000)]
    height: Annotated[int, Meta(ge=1, le=1_000_000)]


class ProbeParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="probe"):
    """Look into a movie: container, codec, size, rotation, rate, true frame count, audio, colour."""


TrackOutput = Literal["csv", "parquet", "movie"]


class TrackParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="track"):
    """Follow points through a movie, from frame `start` up to but not including frame `end`.

    points are marked on frame `start`, in source pixels of the upright picture, or in pixels of a picture
    of `points_size`, from which they are scaled. Results are in source pixels.
    """

    points: Annotated[list[Point], Meta(min_length=1)]
    points_size: PictureSize | None = None
    start: Annotated[int, Meta(ge=0)] = 0
    end: Annotated[int, Meta(ge=1)] | None = None
    mode: Literal["baseline"] = "baseline"
    outputs: Annotated[list[TrackOutput], Meta(min_length=1)] = field(
        default_factory=lambda: ["csv", "parquet", "movie"]
    )
    keep_partial: bool = False  # when decoding breaks: keep what was computed and end as `partial`


class DrillParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="drill"):
    """Rehearse: take `seconds`, then do as `ending` says. Off unless DARKROOM_DRILLS is true."""

    seconds: Annotated[float, Meta(ge=0, le=86400)] = 0.0
    ending: Literal["succeed", "fail", "raise", "spin", "stall", "exhaust", "abort"] = "succeed"
    output_bytes: Annotated[int, Meta(ge=0, le=1 << 30)] = 0
    parts: Annotated[int, Meta(ge=1, le=1000)] = 1
    queue: Literal["quick", "cpu", "io", "gpu"] = "quick"


Params = ProbeParams | TrackParams | DrillParams
