"""The native JSON of sensor streams, field for field: channels, uploads of samples, tiles, shares."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from api.dialects.native.wire import PageQuery, Seconds, Time
from darkroom.jobs import Failure

# (?!\n): Python's $ also stands before a last newline.
Device = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"^[0-9A-Za-z_]+$(?!\n)",
        description="letters, digits, underscores",
    ),
]
ChannelName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"^[0-9A-Za-z_]+(\.[0-9A-Za-z_]+)*$(?!\n)",
        description="letters, digits, underscores, and dots between them",
    ),
]
FullName = Annotated[
    str,
    Meta(
        max_length=401,
        pattern=r"^[0-9A-Za-z_]+(\.[0-9A-Za-z_]+)+$(?!\n)",
        description="device and channel: strap.heart",
    ),
]
Unit = Annotated[str, Meta(max_length=100)]
UserName = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Owner = Annotated[int, Meta(ge=1, le=2**63 - 1, description="whose channels: a user's id; without it yours")]
AsOf = Annotated[
    int, Meta(ge=1, le=2**63 - 1, description="as it was after this upload, and those before it")
]
TimeLimit = Annotated[float, Meta(ge=-(2.0**53), le=2.0**53)]


# ---- what comes in


class ChannelsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    device: Annotated[str, Meta(max_length=200)] | None = None
    owner: Owner | None = None


class OwnerQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    owner: Owner | None = None


class ChannelTold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a channel, in place of all that was said before. metadata, style: any JSON, at most 64 KiB each."""

    unit: Unit | None = None
    metadata: dict[str, Any] = {}
    style: dict[str, Any] | None = None


class ChannelOrder(ChannelTold, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An empty channel. Uploads make the channels that they name; this says something of one before."""

    device: Device
    name: ChannelName


class SamplesBlock(Struct, frozen=True, kw_only=True):
    """Rows of samples. data: rows, each a time in seconds and a cell for each of `channel_names`: a number, a text, null
    (nothing) or false (delete). An array of such blocks is taken, too.
    """

    channel_names: list[str]
    data: list[list[float | str | bool | None]]


class SamplesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    wait: Annotated[Seconds, Meta(description="before the answer is 202")] | None = None


class TileQuery(OwnerQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    stats: (
        Annotated[str, Meta(max_length=100, description="more columns, with commas: min,max,first,last")]
        | None
    ) = None
    beside: (
        Annotated[
            str | list[str],
            Meta(description="other channels of the same owner for the same tile: strap.b,strap.c"),
        ]
        | None
    ) = field(name="with", default=None)
    asof: AsOf | None = None


class RangeQuery(OwnerQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Samples with from <= seconds < to."""

    start: TimeLimit = field(name="from", default=-(2.0**53))
    end: TimeLimit = field(name="to", default=2.0**53)
    limit: Annotated[int, Meta(ge=1, le=1_000_000, description="how many at most")] = 10_000
    what: Literal["numbers", "texts"] = "numbers"
    asof: AsOf | None = None


class ShareOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """reader: a user's name. channel: one of yours; without it every one, those to come too."""

    reader: UserName
    channel: FullName | None = None


class TrackChannelsOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a track becomes channels. device: `track_<job>` if not said. start: seconds since 1970 of frame 0.

    frames_per_minute: of real time, where the movie is a time lapse; the job's own, if it has any. names: by label, where
    a label does not make a fit name.
    """

    device: Device | None = None
    start: TimeLimit = 0.0
    frames_per_minute: Annotated[float, Meta(gt=0, le=6000)] | None = None
    names: dict[str, ChannelName] = {}


# ---- what goes out


class Bounds(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of times in seconds since 1970, and of numbers; those that there are."""

    min_time: float | None = None
    max_time: float | None = None
    min_value: float | None = None
    max_value: float | None = None


class Channel(Struct, frozen=True, kw_only=True):
    """One channel. version: rises with every change. numbers, texts: how many samples it has."""

    id: int
    owner: int
    device: str
    name: str
    version: int
    numbers: int
    texts: int
    bounds: Bounds
    unit: str | None
    metadata: dict[str, Any]
    style: Any
    created_at: Time
    changed_at: Time
    links: dict[str, str]


class ChannelPage(Struct, frozen=True, kw_only=True):
    channels: list[Channel]
    next_cursor: str | None = None


class Imported(Struct, frozen=True, kw_only=True):
    """channel_bounds: of the whole channel once the upload was in it; imported_bounds: of what was uploaded."""

    channel_bounds: Bounds
    imported_bounds: Bounds


class SampleUpload(Struct, frozen=True, kw_only=True):
    """One upload of samples; its id decides: of two that write one time, the higher wins.

    state: `pending` until everybody can read it. undoes: the upload that this one takes back. failure: why it was refused.
    """

    id: int
    device: str
    state: Literal["pending", "published", "undone", "refused"]
    job: int
    size: int
    rows: int | None = None
    samples: int | None = None
    channels: dict[str, Imported] = {}
    undoes: int | None = None
    failure: Failure | None = None
    created_at: Time
    published_at: Time | None = None
    links: dict[str, str]


class SampleUploadPage(Struct, frozen=True, kw_only=True):
    uploads: list[SampleUpload]
    next_cursor: str | None = None


class Tile(Struct, frozen=True, kw_only=True):
    """512 bins of 2**level seconds, from offset * 512 bins after 1970 on; or the samples themselves where they are few.

    data: rows, whose columns `fields` names. A mean of -1e308 with a count of 0 breaks the line. sample_width: seconds of
    a bin, where anything was aggregated.
    """

    fields: list[str]
    data: list[list[float | str | None]]
    level: int
    offset: int
    type: Literal["value"]
    sample_width: float | None = None


class Tiles(Struct, frozen=True, kw_only=True):
    """Tiles of several channels, by their names."""

    tiles: dict[str, Tile]


class SampleRange(Struct, frozen=True, kw_only=True):
    """Samples in the order of time. next_from: where the rest begins, if there is any."""

    fields: list[str]
    data: list[list[float | str]]
    next_from: float | None = None


class Reader(Struct, frozen=True, kw_only=True):
    id: int
    name: str


class Share(Struct, frozen=True, kw_only=True):
    """channel: null stands for every one."""

    reader: Reader
    channel: str | None


class Shares(Struct, frozen=True, kw_only=True):
    """given: what you let others read. received: who lets you read something; list theirs with `owner`."""

    given: list[Share]
    received: list[Reader]
