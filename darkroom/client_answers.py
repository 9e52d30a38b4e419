"""What the server answers, as frozen values; fields that this client does not know are passed over."""

from typing import Any

from msgspec import Struct, field

from darkroom.jobs import ENDED, Failure, JobState


class Media(Struct, frozen=True, kw_only=True):
    """One upload. state: `probing`, `ready` or `unusable`; probe: what the look into it found."""

    id: int
    sha256: str
    size: int
    name: str = ""
    content_type: str = ""
    state: str = "ready"
    probe: dict[str, Any] | None = None
    failure: Failure | None = None


class JobProgress(Struct, frozen=True, kw_only=True):
    done: int = 0
    total: int = 0
    phase: str = ""
    fraction: float | None = None
    eta_seconds: float | None = None


class JobWaiting(Struct, frozen=True, kw_only=True):
    """Why a job has not started: parts ahead of it, and the workers on its queue."""

    ahead: int = 0
    workers: int = 0
    slots: int = 0
    reason: str = ""


class Job(Struct, frozen=True, kw_only=True):
    """One job. Times are RFC 3339."""

    id: int
    kind: str
    state: JobState
    queue: str = ""
    params: dict[str, Any] = {}
    progress: JobProgress | None = None
    waiting: JobWaiting | None = None
    failure: Failure | None = None
    rerun_of: int | None = None
    reused_from: int | None = None
    created_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None

    def has_ended(self) -> bool:
        return self.state in ENDED

    def has_result(self) -> bool:
        """Return whether the job ended with something to download, the whole or a part."""
        return self.state in {JobState.SUCCEEDED, JobState.PARTIAL}


class Output(Struct, frozen=True, kw_only=True):
    """One file of a result; `url` is a signed link that needs no token."""

    name: str
    url: str
    sha256: str
    size: int
    content_type: str = ""


class Result(Struct, frozen=True, kw_only=True):
    summary: dict[str, Any] = {}
    outputs: list[Output] = []


class SampleUpload(Struct, frozen=True, kw_only=True):
    """One upload of samples. state: `pending`, `published`, `undone` or `refused`; channels: bounds, by name."""

    id: int
    device: str
    state: str
    job: int
    rows: int | None = None
    samples: int | None = None
    channels: dict[str, Any] = {}
    failure: Failure | None = None


class UploadPart(Struct, frozen=True, kw_only=True):
    """A part that is still to be sent, and the signed request that takes it."""

    number: int
    size: int
    url: str
    method: str = "PUT"
    headers: dict[str, str] = {}


class Upload(Struct, frozen=True, kw_only=True):
    """A transfer in parts; `parts` are those still missing."""

    id: int
    part_size: int
    parts: list[UploadPart] = []


class Attempt(Struct, frozen=True, kw_only=True):
    number: int
    part: int = 0
    worker: str = ""
    cause: str | None = None
    failure: Failure | None = None
    started_at: str | None = None
    ended_at: str | None = None


class Me(Struct, frozen=True, kw_only=True):
    """Whose token this is."""

    name: str
    is_admin: bool = False
    scopes: list[str] = field(default_factory=list)


class Source(Struct, frozen=True, kw_only=True):
    """A set of labels, images, and points on them; the latter three as counts."""

    id: int
    name: str
    description: str = ""
    is_public: bool = False
    may_edit: bool = False
    labels: int = 0
    images: int = 0
    points: int = 0


class Label(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    code: str
    points: int = 0


class SourceImage(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    media: int
    sha256: str
    points: int = 0


class Classifier(Struct, frozen=True, kw_only=True):
    """One classifier. state: `training`, `ready` or `failed`; figures: what its evaluation found."""

    id: int
    source: int
    name: str
    state: str
    backbone: int | None = None
    figures: dict[str, Any] | None = None
    threshold: float | None = None
    sha256: str | None = None
    job: int | None = None
    failure: Failure | None = None
