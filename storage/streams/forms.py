"""The forms in which uploads come: how their bytes are to be read."""

from typing import Literal

from msgspec import Struct

Format = Literal["json", "rows", "csv", "arrow", "parquet", "track"]
Encoding = Literal["", "gzip", "zstd"]


class Tracked(Struct, frozen=True, kw_only=True):
    """How the table of a track becomes channels.

    start: seconds since 1970 of frame 0. frames_per_minute: of real time; None where the movie's own time is that. names:
    of points by label, where it is not the label itself.
    """

    start: float = 0.0
    frames_per_minute: float | None = None
    names: dict[str, str] = {}


class Form(Struct, frozen=True, kw_only=True):
    """How the bytes of an upload are to be read.

    json: {"channel_names": […], "data": [[…], …]} or an array of such blocks. rows: the value of `data` alone, with the
    names here. csv, arrow, parquet: the first column is time, the others are named after channels. track: what a job of
    that kind found, as `track` says.
    """

    format: Format
    channel_names: list[str] = []
    encoding: Encoding = ""
    track: Tracked | None = None
