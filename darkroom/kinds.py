"""The table of job kinds: each kind's queue, pipeline version, inputs, and what must be true before it is accepted."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from darkroom.checks_classify import check_classify, check_vet
from darkroom.checks_frames import check_frames, check_thumbnail
from darkroom.checks_movie import check_clip, check_rotate, check_transcode
from darkroom.checks_track import check_analysis, check_archive, check_track
from darkroom.errors import Invalid
from darkroom.facts import Facts
from darkroom.jobs import Queue
from darkroom.params import (
    AnalysisParams,
    ArchiveParams,
    ClipParams,
    DrillParams,
    FramesParams,
    Params,
    PhotoParams,
    ProbeParams,
    RotateParams,
    ThumbnailParams,
    TrackParams,
    TranscodeParams,
)
from darkroom.params_classify import ClassifyParams, FeaturesParams, TrainParams, VetParams
from darkroom.params_streams import AggregateParams, CompactParams
from darkroom.pointers import locate
from darkroom.settings import Settings
from darkroom.splits import Parts, split_clip, split_transcode
from darkroom.splits_classify import split_classify, split_features, split_train

Check = Callable[[Any, Facts, Settings], None]
Split = Callable[[Any, Facts, Settings], Parts]


def _whole(params: Params, facts: Facts, settings: Settings) -> Parts:
    """Leave the work in one piece."""
    return Parts()


class Kind(Struct, frozen=True):
    """One row of the table. `version` is raised by hand whenever the numbers that the pipeline gives change.

    inputs: roles of media that it needs; optional: of those that it may be given besides. needs_probe: what it needs are
    movies, which must have been looked into; so must an optional `movie`. is_inner: it comes with something else, and is
    ordered by nobody; may_rerun: but its jobs may be done again. has_named: its params name content that it reads besides
    its inputs. uses_networks: it runs where there is a GPU if a worker has one, and its children stay warm.
    """

    name: str
    params: type[Params]
    queue: Queue
    version: int
    inputs: tuple[str, ...]
    check: Check
    needs_probe: bool = False
    split: Split = _whole
    optional: tuple[str, ...] = ()
    is_inner: bool = False
    may_rerun: bool = False
    has_named: bool = False
    uses_networks: bool = False

    def reads_nothing(self) -> bool:
        """Whether its jobs have no content to read from the store by role."""
        return not (self.inputs or self.optional or self.has_named)

    def roles(self) -> tuple[str, ...]:
        """Return every role that an input may have, in the order in which they decide the result."""
        return self.inputs + self.optional


def _check_nothing(params: Params, facts: Facts, settings: Settings) -> None:
    """Accept: every rule of this kind is in its Struct."""


def _check_drill(params: DrillParams, facts: Facts, settings: Settings) -> None:
    if not settings.drills:
        raise Invalid(
            "unknown kind 'drill'", where="/kind", hint="set DARKROOM_DRILLS=true to rehearse failures"
        )


def _split_drill(params: DrillParams, facts: Facts, settings: Settings) -> Parts:
    return Parts(params.parts + 1, joins=True) if params.joins else Parts(params.parts)


_MOVIE, _LABELS = ("movie",), ("labels",)
TABLES = {"earlier", "track"}  # roles of tables, which are read as a whole

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("probe", ProbeParams, Queue.QUICK, 1, _MOVIE, _check_nothing),
        Kind(
            "track",
            TrackParams,
            Queue.CPU,
            2,
            _MOVIE,
            check_track,
            needs_probe=True,
            optional=("earlier", "traced"),
        ),
        Kind("archive", ArchiveParams, Queue.CPU, 1, _MOVIE, check_archive, needs_probe=True),
        Kind("analysis", AnalysisParams, Queue.QUICK, 1, ("track",), check_analysis),
        Kind("frames", FramesParams, Queue.QUICK, 1, _MOVIE, check_frames, needs_probe=True),
        Kind("thumbnail", ThumbnailParams, Queue.QUICK, 1, _MOVIE, check_thumbnail, needs_probe=True),
        Kind("clip", ClipParams, Queue.CPU, 1, _MOVIE, check_clip, needs_probe=True, split=split_clip),
        Kind("rotate", RotateParams, Queue.IO, 1, _MOVIE, check_rotate, needs_probe=True),
        Kind(
            "transcode",
            TranscodeParams,
            Queue.CPU,
            1,
            _MOVIE,
            check_transcode,
            needs_probe=True,
            split=split_transcode,
        ),
        Kind("photo", PhotoParams, Queue.QUICK, 1, ("photo",), _check_nothing),
        Kind("aggregate", AggregateParams, Queue.QUICK, 1, (), _check_nothing, is_inner=True),
        Kind("compact", CompactParams, Queue.IO, 1, (), _check_nothing, is_inner=True),
        Kind(
            "features",
            FeaturesParams,
            Queue.CPU,
            1,
            _LABELS,
            _check_nothing,
            split=split_features,
            is_inner=True,
            may_rerun=True,
            has_named=True,
            uses_networks=True,
        ),
        Kind(
            "train",
            TrainParams,
            Queue.CPU,
            1,
            _LABELS,
            _check_nothing,
            split=split_train,
            is_inner=True,
            may_rerun=True,
            has_named=True,
            uses_networks=True,
        ),
        Kind(
            "classify",
            ClassifyParams,
            Queue.CPU,
            1,
            (),
            check_classify,
            needs_probe=True,
            split=split_classify,
            optional=_MOVIE,
            has_named=True,
            uses_networks=True,
        ),
        Kind("vet", VetParams, Queue.QUICK, 1, ("network",), check_vet, is_inner=True, may_rerun=True),
        Kind("drill", DrillParams, Queue.QUICK, 1, (), _check_drill, split=_split_drill),
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


def queue_of(kind: Kind, params: Params, facts: Facts, settings: Settings, *, table_bytes: int = 0) -> Queue:
    """Return the queue that work of this kind and size waits in. table_bytes: of the tables among the inputs."""
    match params:
        case DrillParams():
            return Queue(params.queue)
        case FramesParams() | ArchiveParams() | AnalysisParams():
            return Queue.QUICK if _is_quick(params, facts, settings, table_bytes) else Queue.CPU
        case AggregateParams():
            return Queue.QUICK if params.size_bytes <= settings.streams_quick_bytes else Queue.IO
        case ClipParams():
            return Queue.IO if params.mode == "copy" else Queue.CPU
        case RotateParams():
            return Queue.IO if params.method == "metadata" else Queue.CPU
        case _:
            return kind.queue


def _is_quick(
    params: FramesParams | ArchiveParams | AnalysisParams, facts: Facts, settings: Settings, table_bytes: int
) -> bool:
    match params:
        case FramesParams():
            count = params.count or len(params.frames or params.seconds or [])
            return count <= settings.quick_frames_limit
        case ArchiveParams():
            return facts["movie"].frames <= settings.quick_frames_limit
        case AnalysisParams():
            return table_bytes <= settings.quick_table_bytes


def parts_of(kind: Kind, params: Params, facts: Facts, settings: Settings) -> Parts:
    """Return into how many parts work of this kind and size splits, and whether the last of them joins."""
    return kind.split(params, facts, settings)
