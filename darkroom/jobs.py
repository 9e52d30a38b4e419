"""What a job is: its states, its moves, how an attempt can end, and the frozen values that cross rooms."""

from enum import StrEnum
from typing import Any

from msgspec import Struct


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    QUARANTINED = "quarantined"


ENDED = frozenset(
    {JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED, JobState.CANCELLED, JobState.QUARANTINED}
)


class Cause(StrEnum):
    """How one attempt ended."""

    SUCCEEDED = "succeeded"
    ERROR = "error"  # our code or its input raised
    OOM = "oom"
    SIGNAL = "signal"
    LIMIT = "limit"  # wall time, stall, output size
    LEASE_LOST = "lease_lost"
    HANDED_BACK = "handed_back"
    CANCELLED = "cancelled"


class Queue(StrEnum):
    QUICK = "quick"
    CPU = "cpu"
    GPU = "gpu"
    IO = "io"


class Failure(Struct, frozen=True):
    """Why a job did not succeed: a stable code, one calm line, and what to do about it."""

    code: str
    message: str
    hint: str | None = None


class Output(Struct, frozen=True):
    """One file a job made; `key` is where the store keeps it."""

    name: str
    key: str
    sha256: str
    size: int
    content_type: str


class Input(Struct, frozen=True):
    """One file a job reads: its role in the kind, the record it came from, and its content."""

    role: str
    media_id: int
    sha256: str


class Result(Struct, frozen=True):
    """What a job answers: small values inline, files by name."""

    outputs: list[Output] = []
    summary: dict[str, Any] = {}


class Progress(Struct, frozen=True):
    done: int = 0
    total: int = 0
    phase: str = ""
