"""The native JSON, field for field: what comes in, and what goes out. Times are RFC 3339 in UTC."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from darkroom.jobs import Cause, Failure, JobState, Queue
from darkroom.params import FrameLayout, ImageFormat, Quality, Side

Time = Annotated[datetime, Meta(tz=True)]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Priority = Annotated[int, Meta(ge=-100, le=100, description="higher goes first")]
Seconds = Annotated[
    float,
    Meta(ge=0, le=3600, description="hold the answer until something changes, for at most so many seconds"),
]
# (?!\n): Python's $ also stands before a last newline, which no header can carry.
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="64 lower-case hex digits")]
Name = Annotated[
    str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)", description="a file's name")
]
Cursor = Annotated[str, Meta(max_length=100, description="`next_cursor` of the page before")]
PageSize = Annotated[int, Meta(ge=1, le=200, description="how many at most")]


# ---- what comes in: a field that nobody knows is refused, not passed over


class WaitQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """wait: beyond the server's own limit it is that limit."""

    wait: Seconds = 0.0


class PageQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: PageSize = 50
    cursor: Cursor | None = None


class JobsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: Annotated[str, Meta(max_length=100)] | None = None
    state: JobState | None = None
    since: Time | None = None


class ResultQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """output: go straight to the file of this name."""

    output: Name | None = None


class MediaQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a body of plain bytes: its name, and its digest if it is to be checked."""

    name: Name | None = None
    sha256: Sha256 | None = None


class FramesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which frames of a movie (frame 0 if none are named), and how they are to come."""

    frames: (
        Annotated[str, Meta(max_length=200_000, description="numbers from 0, with commas: 0,12,500")] | None
    ) = None
    seconds: Annotated[str, Meta(max_length=200_000, description="times, with commas: 0,1.5")] | None = None
    count: Annotated[int, Meta(ge=1, description="so many, spread evenly over the movie")] | None = None
    layout: FrameLayout | None = None
    format: ImageFormat | None = None
    quality: Quality | None = None
    roi: (
        Annotated[str | list[str], Meta(description="x,y,width,height in pixels; once, or once per frame")]
        | None
    ) = None
    width: Side | None = None
    height: Side | None = None
    columns: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    rows: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    fps: Annotated[float, Meta(gt=0, le=100, description="of an animation")] | None = None
    upright: Annotated[bool, Meta(description="false: as stored, not turned")] | None = None
    wait: (
        Annotated[float, Meta(ge=0, le=3600, description="seconds before the answer is a job to watch")]
        | None
    ) = None


class UploadOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Begin an upload in parts, each sent to a signed link."""

    upload: Literal["multipart"]
    name: Name
    size: Annotated[int, Meta(ge=1, le=2**63 - 1, description="in bytes")]
    sha256: Sha256 | None = None
    content_type: Annotated[str, Meta(max_length=255, pattern=r"^[ -~]*$(?!\n)")] = "application/octet-stream"


class KeepOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep a file that a job of yours made as a medium, beyond the job's own time. name: that of the file if not said."""

    job: Id
    output: Name
    name: Name | None = None


class JobOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do with which media. reuse: an identical job of yours that runs or succeeded may be the answer."""

    kind: Annotated[str, Meta(max_length=100)]
    inputs: Annotated[dict[str, Id], Meta(description="media id by role")] = {}
    params: Annotated[dict[str, Any], Meta(description="as GET /v1/kinds describes them")] = {}
    priority: Priority = 0
    reuse: bool = True


class RerunOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """params: in place of all of the old ones."""

    params: dict[str, Any] | None = None
    priority: Priority | None = None


# ---- what goes out


class JobProgress(Struct, frozen=True, kw_only=True):
    """fraction is None while nobody knows the total; eta_seconds while nothing was measured."""

    done: int
    total: int
    phase: str
    fraction: float | None = None
    eta_seconds: float | None = None


class JobWaiting(Struct, frozen=True, kw_only=True):
    """Why a job has not started: parts ahead of it on its queue, and the live workers and their slots there."""

    ahead: int
    workers: int
    slots: int
    reason: str


class Job(Struct, frozen=True, kw_only=True):
    """One job; progress, waiting and attempts only where one job is asked for."""

    id: int
    kind: str
    state: JobState
    version: int
    queue: Queue
    priority: int
    params: dict[str, Any]
    created_at: Time
    started_at: Time | None = None
    ended_at: Time | None = None
    cancel_requested_at: Time | None = None
    expires_at: Time | None = None
    progress: JobProgress | None = None
    waiting: JobWaiting | None = None
    attempts: int | None = None
    failure: Failure | None = None
    rerun_of: int | None = None
    reused_from: int | None = None
    links: dict[str, str]


class JobPage(Struct, frozen=True, kw_only=True):
    jobs: list[Job]
    next_cursor: str | None = None


class JobEvent(Struct, frozen=True, kw_only=True):
    """One server-sent event; data is a Job in JSON, id its version."""

    event: Literal["job"]
    id: str
    data: str


class ResultFile(Struct, frozen=True, kw_only=True):
    """One file; url is a signed link that needs no token and works for a while."""

    name: str
    size: int
    sha256: str
    content_type: str
    url: str


class JobResult(Struct, frozen=True, kw_only=True):
    job: int
    state: JobState
    summary: dict[str, Any]
    outputs: list[ResultFile]
    failure: Failure | None = None
    expires_at: Time | None = None


class Attempt(Struct, frozen=True, kw_only=True):
    """One try at one part. cause is None while it runs; machine: versions and processor that computed it."""

    part: int
    number: int
    worker: str
    started_at: Time
    ended_at: Time | None = None
    cause: Cause | None = None
    failure: Failure | None = None
    machine: dict[str, Any] | None = None


class Attempts(Struct, frozen=True, kw_only=True):
    attempts: list[Attempt]


class UsedInput(Struct, frozen=True, kw_only=True):
    role: str
    media: int
    sha256: str


class MadeOutput(Struct, frozen=True, kw_only=True):
    name: str
    size: int
    sha256: str
    content_type: str


class Difference(Struct, frozen=True, kw_only=True):
    """An output whose digest is not that of the other job; None where one of them has no such output."""

    name: str
    sha256: str | None
    other_sha256: str | None


class Comparison(Struct, frozen=True, kw_only=True):
    """How the outputs compare, digest by digest, with those of the job that was run again."""

    job: int
    verdict: Literal["identical", "differs"]
    differences: list[Difference]


class Provenance(Struct, frozen=True, kw_only=True):
    """What a result was made from, by what, and how it compares with the job that it repeats."""

    job: int
    kind: str
    pipeline_version: int
    cache_key: str
    state: JobState
    params: dict[str, Any]
    inputs: list[UsedInput]
    outputs: list[MadeOutput]
    attempts: list[Attempt]
    created_at: Time
    started_at: Time | None = None
    ended_at: Time | None = None
    reused_from: int | None = None
    rerun_of: int | None = None
    comparison: Comparison | None = None


class Media(Struct, frozen=True, kw_only=True):
    """One upload, or one kept output. state: whether it was looked into yet; probe: what was found, or failure: why
    nothing was. What is no movie, and was kept from a job, is `ready` as it is, and its probe null.
    """

    id: int
    name: str
    size: int
    sha256: str
    content_type: str
    created_at: Time
    state: Literal["probing", "ready", "unusable"]
    probe: dict[str, Any] | None = None
    failure: Failure | None = None
    links: dict[str, str]


class MediaPage(Struct, frozen=True, kw_only=True):
    media: list[Media]
    next_cursor: str | None = None


class PartLink(Struct, frozen=True, kw_only=True):
    """A part that is still to be sent, by exactly this request."""

    number: int
    size: int
    method: str
    url: str
    headers: dict[str, str]


class PartReceived(Struct, frozen=True, kw_only=True):
    number: int
    size: int


class Upload(Struct, frozen=True, kw_only=True):
    """An upload in parts: those still missing with their links, and those received."""

    id: int
    name: str
    size: int
    part_size: int
    parts: list[PartLink]
    received: list[PartReceived]
    media: int | None = None
    expires_at: Time
    links: dict[str, str]


class KindRow(Struct, frozen=True, kw_only=True):
    """inputs: the roles that must be filled; optional_inputs: those that may be. params: JSON Schema of a job's params."""

    name: str
    summary: str
    queue: Queue
    version: int
    inputs: list[str]
    optional_inputs: list[str]
    params: dict[str, Any]


class Kinds(Struct, frozen=True, kw_only=True):
    kinds: list[KindRow]


class Worker(Struct, frozen=True, kw_only=True):
    id: str
    queues: list[Queue]
    slots: int
    busy: int
    numerics: str
    started_at: Time
    seen_at: Time


class Workers(Struct, frozen=True, kw_only=True):
    workers: list[Worker]


class Limits(Struct, frozen=True, kw_only=True):
    open_jobs: int
    requests_per_second: float
    upload_bytes: int
    body_bytes: int
    wait_seconds: float


class Me(Struct, frozen=True, kw_only=True):
    """Whose token this is, what it may, and how much."""

    id: int
    name: str
    is_admin: bool
    scopes: list[str]
    open_jobs: int
    limits: Limits


class Problem(Struct, frozen=True, kw_only=True):
    """RFC 9457. pointer: the field of the body that is wrong; parameter: that of the query, or the header."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    pointer: str | None = None
    parameter: str | None = None
    limit: float | str | None = None
    hint: str | None = None
