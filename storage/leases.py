"""The worker's side of the ledger: claim a part, keep its lease, end it; every write is fenced by the lease's token."""

import secrets
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Fenced
from darkroom.jobs import Cause, Failure, Input, JobState, Output, Progress, Result
from darkroom.kinds import KINDS
from storage import endings, fairness, joins, pool
from storage import lease_queries as queries


class Terms(Struct, frozen=True):
    """The numbers by which leases are given and retries are spaced."""

    lease_seconds: float = 15.0
    retry_seconds: float = 2.0
    retry_limit_seconds: float = 300.0
    half_life_seconds: float = 600.0
    result_expiry_seconds: float = 30 * 24 * 3600.0


class Claim(Struct, frozen=True):
    """A part that is ours until the lease ends; `token` is the fence.

    is_join: it puts together `pieces`, what the other parts made, in the order of their numbers.
    """

    job_id: int
    part_id: int
    part: int
    parts_total: int
    attempt: int
    token: str
    kind: str
    queue: str
    params: str
    inputs: list[Input]
    owner: int
    started_at: float
    charged_seconds: float = 0.0  # to the owner's account, in advance
    is_join: bool = False
    pieces: list[Output] = []


class Ending(Struct, frozen=True):
    """How an attempt ended. retry: another attempt may go better; free: this one does not count against the limit.

    progress: how far it was by its own last word, None where it said nothing.
    """

    cause: Cause
    result: Result | None = None
    failure: Failure | None = None
    retry: bool = False
    free: bool = False
    delay_seconds: float | None = None
    machine: str | None = None
    edition: bytes | None = None  # new versions of channels, to be published with it
    progress: Progress | None = None


class Settled(Struct, frozen=True):
    """What an ending came to: the part's state, and the queue on which the part that joins waits since then, if it does."""

    state: JobState
    releases: str | None = None


class Unheard(Struct, frozen=True):
    """What waits on a queue: how many parts are due, the oldest of them, and how many slots live workers have there."""

    queue: str
    oldest: int
    count: int
    slots: int


def claim(db: sa.Connection, queue: str, worker: str, terms: Terms) -> Claim | None:
    """Take the waiting part that fairness puts first: least-served owner, then priority, then age.

    Returns None when nothing waits, or when all that waits is being claimed by others at this moment.
    """
    token = secrets.token_hex(12)
    part = db.execute(
        queries.CLAIM_PART,
        {"on_queue": queue, "worker": worker, "token": token, "lease_seconds": terms.lease_seconds},
    ).one_or_none()
    if part is None:
        return None
    job = db.execute(queries.START_JOB, {"of_job": part.job_id}).one()
    db.execute(
        queries.OPEN_ATTEMPT,
        {
            "job_id": part.job_id,
            "part_id": part.id,
            "number": part.attempt,
            "kind": job.kind,
            "worker": worker,
            "token": token,
            "started_at": part.now,
        },
    )
    is_join = job.joins and part.number == job.parts_total - 1
    charged = fairness.charge_if_free(db, part.owner, fairness.CLAIM_SECONDS, terms.half_life_seconds)
    return Claim(
        job_id=part.job_id,
        part_id=part.id,
        part=part.number,
        parts_total=job.parts_total,
        attempt=part.attempt,
        token=token,
        kind=job.kind,
        queue=queue,
        params=job.params,
        inputs=_inputs(db, part.job_id, job.kind),
        owner=part.owner,
        started_at=part.now,
        charged_seconds=charged,
        is_join=is_join,
        pieces=joins.pieces_of(db, part.job_id, part.number) if is_join else [],
    )


def _inputs(db: sa.Connection, job_id: int, kind: str) -> list[Input]:
    if kind in KINDS and KINDS[kind].reads_nothing():  # a kind of a newer release may read some
        return []
    rows = db.execute(queries.INPUTS, {"of_job": job_id})
    return [Input(row.role, row.media_id, row.sha256) for row in rows]


def is_waiting(db: sa.Connection, queue: str) -> bool:
    """Return whether a part waits on the queue and is due."""
    return db.execute(queries.IS_WAITING, {"on_queue": queue}).one_or_none() is not None


def waiting_by_queue(db: sa.Connection) -> list[Unheard]:
    """Return every queue on which a part is due."""
    due = db.execute(queries.WAITING_BY_QUEUE).all()
    alive = pool.alive(db) if due else []
    slots = {row.queue: sum(w.slots for w in alive if row.queue in w.queues.split(",")) for row in due}
    return [Unheard(row.queue, row.oldest, row.waits, slots[row.queue]) for row in due]


def beat(db: sa.Connection, claim: Claim, progress: Progress, terms: Terms) -> bool:
    """Renew the lease, write progress, and return whether a cancel was asked for. Raises Fenced when the lease is lost."""
    before = db.execute(queries.PROGRESS, {"of_part": claim.part_id}).one()
    row = db.execute(
        queries.BEAT,
        {
            "of_part": claim.part_id,
            "held_by": claim.token,
            "lease_seconds": terms.lease_seconds,
            "done_now": progress.done,
            "total_now": progress.total,
            "phase_now": progress.phase,
        },
    ).one_or_none()
    if row is None:
        raise _lost(claim)
    if (before.done, before.phase) != (progress.done, progress.phase):
        db.execute(queries.TOUCH_JOB, {"of_job": claim.job_id})
    return bool(row.cancel_requested)


def settle(db: sa.Connection, claim: Claim, ending: Ending, terms: Terms) -> Settled:
    """End the attempt: for good, or back into the queue; return what became of the part.

    Raises Fenced when the lease was lost: nothing is written.
    """
    part = _locked(db, claim.part_id, claim.token)
    if part is None:
        raise _lost(claim)
    seconds = max(part.now - claim.started_at, fairness.CLAIM_SECONDS) - claim.charged_seconds
    fairness.charge(db, claim.owner, seconds, terms.half_life_seconds)
    return _end_attempt(db, part, ending, terms)


def overdue(db: sa.Connection, limit: int = 100) -> list[tuple[int, str]]:
    """Return (part id, token) of leases that ran out, oldest first."""
    return [(row.id, row.lease_token) for row in db.execute(queries.OVERDUE, {"count": limit})]


def expire(db: sa.Connection, part_id: int, token: str, terms: Terms) -> JobState | None:
    """Take back a part whose lease ran out; return its state then, or None when it was renewed or settled meanwhile."""
    part = _locked(db, part_id, token)
    if part is None or part.lease_until >= part.now:
        return None
    failure = Failure(
        "lease_lost", f"worker {part.lease_worker} was not heard of for {terms.lease_seconds:g} s"
    )
    ending = Ending(Cause.LEASE_LOST, failure=failure, retry=True, delay_seconds=0.0)
    return _end_attempt(db, part, ending, terms).state


def _lost(claim: Claim) -> Fenced:
    return Fenced(f"the lease on part {claim.part} of job {claim.job_id} is lost")


def _locked(db: sa.Connection, part_id: int, token: str) -> sa.Row[Any] | None:
    return db.execute(queries.LOCK_PART, {"of_part": part_id, "held_by": token}).one_or_none()


def _end_attempt(db: sa.Connection, part: sa.Row[Any], ending: Ending, terms: Terms) -> Settled:
    spent = part.spent + (0 if ending.free else 1)
    state = next_state(ending, cancelled=part.cancel_requested, exhausted=spent >= part.max_attempts)
    failure = endings.encode_failure(ending.failure)
    result = ending.result if state in {JobState.SUCCEEDED, JobState.PARTIAL} else None
    db.execute(
        queries.CLOSE_ATTEMPT,
        {"held_by": part.lease_token, "how": ending.cause, "why": failure, "where_it_ran": ending.machine},
    )
    changed = db.execute(
        queries.END_PART,
        {
            "of_part": part.id,
            "held_by": part.lease_token,
            "new_state": state,
            "now_spent": spent,
            "delay_seconds": _delay(ending, part.attempt, terms),
            "done_at_end": None if ending.progress is None else ending.progress.done,
            "total_at_end": None if ending.progress is None else ending.progress.total,
            "what": None if result is None else msgspec.json.encode(result).decode(),
            "why": None if state in {JobState.SUCCEEDED, JobState.QUEUED} else failure,
        },
    )
    if changed.rowcount != 1:
        raise Fenced(f"part {part.id} changed hands")
    if state == JobState.QUEUED:
        return Settled(_requeue(db, part, terms))
    if part.parts_total > 1:
        return Settled(state, endings.end_parts(db, part.job_id, 1, terms.result_expiry_seconds))
    only = endings.PartEnding(state, result, None if state == JobState.SUCCEEDED else failure)
    endings.end_only_part(db, part.job_id, only, terms.result_expiry_seconds)
    return Settled(state)


def _requeue(db: sa.Connection, part: sa.Row[Any], terms: Terms) -> JobState:
    # Locked first: whether a part still runs must be seen after any claim that is under way.
    db.execute(queries.LOCK_JOB, {"of_job": part.job_id})
    if part.joins and endings.end_doomed(db, part.job_id, terms.result_expiry_seconds):
        return JobState.CANCELLED
    db.execute(queries.REQUEUE_JOB, {"of_job": part.job_id})
    return JobState.QUEUED


def next_state(ending: Ending, *, cancelled: bool, exhausted: bool) -> JobState:
    """Return what becomes of a part whose attempt ended so."""
    if ending.cause is Cause.SUCCEEDED:
        return JobState.SUCCEEDED if ending.failure is None else JobState.PARTIAL
    if cancelled or ending.cause is Cause.CANCELLED:
        return JobState.CANCELLED
    if not ending.retry:
        return JobState.FAILED
    return JobState.QUARANTINED if exhausted and not ending.free else JobState.QUEUED


def _delay(ending: Ending, attempt: int, terms: Terms) -> float:
    if ending.delay_seconds is not None:
        return ending.delay_seconds
    return float(min(terms.retry_seconds * 2.0 ** min(attempt - 1, 30), terms.retry_limit_seconds))
