"""Watches over one attempt: renews its lease, passes progress on, and ends it on cancel, lost lease or limit."""

import time
from collections.abc import Callable

import msgspec
import sqlalchemy as sa
import structlog
from msgspec import Struct

from darkroom.errors import Fenced, Unavailable
from darkroom.jobs import Cause, Failure, Progress
from darkroom.settings import Settings
from storage import leases
from storage.engine import write
from storage.leases import Claim, Ending
from workers.children import Child
from workers.terms import terms_of
from workers.work import Ended, Ticked

log = structlog.get_logger()

LOOK_SECONDS = 0.1  # how often limits are checked


class Lost(Struct, frozen=True):
    """The lease is gone: somebody else has the part, and nothing that we did counts."""


def watch(
    child: Child,
    claim: Claim,
    engine: sa.Engine,
    settings: Settings,
    must_leave: Callable[[], bool],
) -> Ending | Lost:
    """Stay with an attempt until it ends, by itself or by us; the child is dead after anything but its own ending."""
    watcher = Watcher(child, claim, engine, settings)
    while True:
        try:
            message = child.receive(LOOK_SECONDS)
        except EOFError:
            return ending_of(child.death())
        if isinstance(message, Ended):
            return msgspec.structs.replace(ending_of(message), progress=watcher.said())
        if isinstance(message, Ticked):
            watcher.hear(message)
        verdict = watcher.judge() or (_handed_back() if must_leave() else None)
        if verdict is not None:
            child.kill()
            return verdict


class Watcher:
    """What is known of a running attempt."""

    def __init__(self, child: Child, claim: Claim, engine: sa.Engine, settings: Settings) -> None:
        self.child, self.claim, self.engine, self.settings = child, claim, engine, settings
        self.terms = terms_of(settings)
        self.started_at = self.ticked_at = self.renewed_at = time.monotonic()
        self.beat_at = self.started_at + settings.beat_seconds
        self.progress = Progress()

    def hear(self, tick: Ticked) -> None:
        progress = Progress(tick.done, tick.total, tick.phase)
        if progress != self.progress:
            self.progress, self.ticked_at = progress, time.monotonic()

    def said(self) -> Progress | None:
        """Return how far the work was when it last told, None if it never did."""
        return self.progress if self.progress.total else None

    def judge(self) -> Ending | Lost | None:
        """Return why the attempt must end now, None while it may go on."""
        at = time.monotonic()
        return self._limit(at) or (self._beat(at) if at >= self.beat_at else None)

    def _limit(self, at: float) -> Ending | None:
        settings = self.settings
        if at - self.started_at > settings.wall_limit_seconds:
            return _over(
                "wall_limit", f"the work took longer than its limit of {settings.wall_limit_seconds:g} s"
            )
        if at - self.ticked_at > settings.stall_limit_seconds:
            return _over("stall_limit", f"the work made no progress for {settings.stall_limit_seconds:g} s")
        if self.child.memory_bytes() > settings.memory_limit_bytes:
            limit = settings.memory_limit_bytes
            failure = Failure(
                "out_of_memory", f"the work took more than its limit of {limit} bytes of memory"
            )
            return Ending(Cause.OOM, failure=failure, retry=True)
        return None

    def _beat(self, at: float) -> Ending | Lost | None:
        self.beat_at = at + self.settings.beat_seconds
        try:
            with write(self.engine) as db:
                cancelled = leases.beat(db, self.claim, self.progress, self.terms)
        except Fenced:
            return Lost()
        except Unavailable as error:
            # Until the lease has run out by our own count nobody else can have the part.
            log.warning("beat missed", job_id=self.claim.job_id, error=error.message)
            return Lost() if time.monotonic() - self.renewed_at > self.terms.lease_seconds else None
        self.renewed_at = at
        return (
            Ending(Cause.CANCELLED, failure=Failure("cancelled", "the job was cancelled"))
            if cancelled
            else None
        )


def ending_of(ended: Ended) -> Ending:
    """Return what the ledger is told of an attempt that ended by itself."""
    machine = msgspec.json.encode(ended.machine).decode() if ended.machine else None
    return Ending(
        ended.cause,
        result=ended.result,
        failure=ended.failure,
        retry=ended.retry,
        free=ended.free,
        machine=machine,
        edition=ended.edition,
    )


def _over(code: str, message: str) -> Ending:
    return Ending(Cause.LIMIT, failure=Failure(code, message, "the limits are settings of the worker"))


def _handed_back() -> Ending:
    failure = Failure("handed_back", "the worker was asked to stop")
    return Ending(Cause.HANDED_BACK, failure=failure, retry=True, free=True, delay_seconds=0.0)
