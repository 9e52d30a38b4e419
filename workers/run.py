"""The bench: claim a part, run it in a child, keep its result; one thread per slot."""

import os
import secrets
import shutil
import socket
import threading
import time
from pathlib import Path

import sqlalchemy as sa
import structlog

from darkroom.errors import Fenced, Unavailable
from darkroom.jobs import Cause, Failure, Queue
from darkroom.kinds import KINDS
from darkroom.settings import Settings
from storage import leases
from storage.engine import read, write
from storage.leases import Claim, Ending
from storage.streams import editions
from workers import bell as bells
from workers.children import Child, forkserver
from workers.terms import terms_of
from workers.watch import Lost, ending_of, watch
from workers.work import Spec

log = structlog.get_logger()

WARM_ATTEMPTS = 500  # a warm child is replaced after this many attempts,
WARM_MEMORY_BYTES = (
    1 << 30
)  # or when it has grown beyond this, but for a GPU, whose libraries alone take as much
SETTLE_SECONDS = 120.0  # how long a finished attempt waits for a database that is away,
SETTLE_PAUSE_SECONDS = 0.5  # asking so often


class Bench:
    """The slots of one worker process, and what they share."""

    def __init__(self, engine: sa.Engine, settings: Settings, queues: list[str], slots: int) -> None:
        self.engine, self.settings, self.queues, self.slots = engine, settings, queues, slots
        self.terms = terms_of(settings)
        self.bell = bells.connect(settings, engine)
        self.worker_id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.context = forkserver()
        self.scratch = Path(settings.data_dir).resolve() / "scratch" / self.worker_id.replace(":", "-")
        self.stopping = threading.Event()
        self.leave_at = float("inf")  # monotonic; jobs that run on then are handed back
        self._hands = threading.Semaphore(slots)
        self._warm: list[Child] = []
        self._busy = 0
        self._lock = threading.Lock()

    def busy(self) -> int:
        return self._busy

    def is_full(self) -> bool:
        return self._busy >= self.slots or self.stopping.is_set()

    def look(self) -> None:
        """Work without having heard a bell, if something waits and a hand is free: no broker is needed to go on."""
        if self.is_full():
            return
        try:
            with read(self.engine) as db:
                waits = any(leases.is_waiting(db, queue) for queue in self.queues)
        except Unavailable as error:
            log.warning("cannot look", error=error.message)
            return
        if waits:
            threading.Thread(target=self.drain, name="look").start()

    def stop(self, grace_seconds: float) -> None:
        """Take nothing new; hand back what has not ended within the grace."""
        self.leave_at = time.monotonic() + grace_seconds
        self.stopping.set()

    def wait(self, seconds: float) -> None:
        """Return when every hand is free, those that no bell set to work included, or when the time is over."""
        until = time.monotonic() + seconds
        for _ in range(self.slots):
            self._hands.acquire(timeout=max(0.0, until - time.monotonic()))

    def drain(self) -> None:
        """Work until nothing waits on any of our queues: what a bell asks for. Does nothing when no hand is free."""
        if not self._hands.acquire(blocking=False):
            return
        with self._lock:
            self._busy += 1
        try:
            claim = self.claim()
            while claim is not None:
                claim = self.work(claim)
        finally:
            with self._lock:
                self._busy -= 1
            self._hands.release()

    def claim(self) -> Claim | None:
        """Take the next part of our queues, served in their order; None when there is none, or we are to stop."""
        try:
            with write(self.engine) as db:
                return self._next(db)
        except Unavailable as error:
            log.warning("cannot claim", error=error.message)
            return None

    def _next(self, db: sa.Connection) -> Claim | None:
        if self.stopping.is_set():
            return None
        claims = (leases.claim(db, queue, self.worker_id, self.terms) for queue in self.queues)
        return next((claim for claim in claims if claim is not None), None)

    def work(self, claim: Claim) -> Claim | None:
        """Run a claimed part to its end; return the next claim, taken in the transaction that settled this one."""
        log.info("attempt", job_id=claim.job_id, part=claim.part, kind=claim.kind, attempt=claim.attempt)
        started = time.monotonic()
        ending = self._run(claim)
        if isinstance(ending, Lost):
            log.warning("lease lost", job_id=claim.job_id, part=claim.part, attempt=claim.attempt)
            return self.claim()
        following = self._settle(claim, ending)
        seconds = round(time.monotonic() - started, 3)
        log.info("attempt ended", job_id=claim.job_id, part=claim.part, cause=ending.cause, seconds=seconds)
        return following

    def _run(self, claim: Claim) -> Ending | Lost:
        scratch = self.scratch / claim.token
        child: Child | None = None
        ending: Ending | Lost
        is_idle = False
        try:
            child = self._child(claim)
            child.assign(self._spec(claim, scratch), claim.owner)
            ending = watch(child, claim, self.engine, self.settings, self._must_leave)
            is_idle = not (isinstance(ending, Ending) and ending.cause is Cause.OOM)
        except OSError as error:  # no process, no pipe: this machine's trouble, not the job's
            log.exception("cannot start a child")
            ending = ending_of(child.death()) if child else _not_started(error)
        finally:
            if child is not None:
                self._release(
                    child, claim.queue, stays_warm=_stays_warm(claim.queue, claim.kind), is_idle=is_idle
                )
            shutil.rmtree(scratch, ignore_errors=True)
        return ending

    def _spec(self, claim: Claim, scratch: Path) -> Spec:
        # A new place for every attempt: a fenced child may write on, but never over what is published.
        prefix = f"results/{claim.job_id}/{claim.part}-{claim.attempt}-{claim.token[:8]}"
        return Spec(
            claim.kind,
            claim.params,
            claim.inputs,
            claim.part,
            claim.parts_total,
            str(scratch),
            prefix,
            is_join=claim.is_join,
            pieces=claim.pieces,
            owner=claim.owner,
        )

    def _child(self, claim: Claim) -> Child:
        warm = self._warm_child(claim) if _stays_warm(claim.queue, claim.kind) else None
        if warm is None:
            return Child(self.context, self.settings)
        if warm.is_alive():
            return warm
        warm.kill()
        return Child(self.context, self.settings)

    def _warm_child(self, claim: Claim) -> Child | None:
        """Take the owner's warm child that has the claim's movie or network open, else the one that was at work last.

        Another owner's is never taken: what a decoder makes of damaged data may hold what its memory held before.
        """
        wanted = {input_.sha256 for input_ in claim.inputs}
        with self._lock:
            mine = [child for child in reversed(self._warm) if child.owner in {None, claim.owner}]
            chosen = next((child for child in mine if wanted & set(child.opened)), mine[0] if mine else None)
            is_crowded = chosen is None and len(self._warm) >= self.slots
            leaving = chosen or (self._warm[0] if is_crowded else None)
            if leaving is not None:
                self._warm.remove(leaving)
        if is_crowded and leaving is not None:
            leaving.kill()
        return chosen

    def _release(self, child: Child, queue: str, *, stays_warm: bool, is_idle: bool) -> None:
        """Keep a child for the next attempt; one that may be at work still would answer that with what it does now."""
        limit = self.settings.memory_limit_bytes if queue == Queue.GPU else WARM_MEMORY_BYTES
        worn = child.attempts >= WARM_ATTEMPTS or child.memory_bytes() > limit
        if stays_warm and is_idle and child.is_alive() and not worn:
            with self._lock:
                self._warm.append(child)
        else:
            child.kill()  # it has nothing left to say

    def warm_up(self) -> None:
        """Load the libraries and keep a child ready, before any lease runs; what goes wrong is told, and no reason to stop."""
        try:
            child = Child(self.context, self.settings)
        except OSError:
            log.exception("cannot start a child yet")
            return
        is_ready = False
        try:
            child.greet()
            is_ready = True
        except (OSError, EOFError):
            log.exception("a child does not start yet")
        self._release(child, Queue.QUICK, stays_warm=True, is_idle=is_ready)

    def try_child(self) -> None:
        """Prove that a child can be started here. Raises OSError or EOFError when not."""
        child = Child(self.context, self.settings)
        try:
            child.greet()
        finally:
            child.kill()

    def _must_leave(self) -> bool:
        return time.monotonic() >= self.leave_at

    def _commit(self, claim: Claim, ending: Ending, *, alone: bool) -> Claim | None:
        with write(self.engine) as db:
            settled = leases.settle(db, claim, ending, self.terms)
            if ending.edition is not None:
                editions.publish(db, editions.decode(ending.edition))
            if (
                settled.releases is not None
            ):  # perhaps not our queue: it may have been brought to another meanwhile
                self.bell.ring_within(db, settled.releases)
            if not alone:
                return self._next(db)
        if settled.releases is not None:  # fairness may give us something else first
            self.bell.ring(settled.releases)
        return self.claim()

    def _settle(self, claim: Claim, ending: Ending) -> Claim | None:
        deadline = time.monotonic() + SETTLE_SECONDS
        # Two jobs in parts, each followed by a part of the other, would wait for each other; so might two editions.
        alone = claim.parts_total > 1 or ending.edition is not None
        while True:
            try:
                return self._commit(claim, ending, alone=alone)
            except Fenced:
                log.warning("fenced", job_id=claim.job_id, part=claim.part, attempt=claim.attempt)
                return self.claim()
            except editions.Overtaken as error:
                log.info("overtaken", job_id=claim.job_id, reason=str(error))
                ending = _overtaken(error)
            except Unavailable as error:
                # The token still fences us: if nobody took the part over, this settles it late but well.
                log.warning("cannot settle yet", job_id=claim.job_id, error=error.message)
                if time.monotonic() > deadline:
                    log.exception("gave up settling", job_id=claim.job_id)
                    return None
                time.sleep(SETTLE_PAUSE_SECONDS)
            except Exception:
                if alone:
                    raise
                log.exception("cannot claim behind a settle", job_id=claim.job_id)
                alone = True  # what was done is kept, whatever is wrong with what comes next


def _stays_warm(queue: str, kind: str) -> bool:
    """Whether a child that has done such work is kept for the next: it has open what that may ask for again."""
    return queue == Queue.QUICK or (kind in KINDS and KINDS[kind].uses_networks)


def _overtaken(error: editions.Overtaken) -> Ending:
    failure = Failure("overtaken", f"another upload was published first: {error}")
    return Ending(Cause.HANDED_BACK, failure=failure, retry=True, free=True, delay_seconds=0.0)


def _not_started(error: OSError) -> Ending:
    failure = Failure("handed_back", f"the worker could not start a child: {error}")
    return Ending(Cause.HANDED_BACK, failure=failure, retry=True, free=True)
