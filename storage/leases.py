"""The worker's side of the ledger: claim a part, keep its lease, end it; every write is fenced by the lease's token."""

import secrets

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Fenced
from darkroom.jobs import Cause, Failure, Input, JobState, Progress, Result
from storage import endings, fairness, pool
from storage.engine import now
from storage.tables import attempts, job_inputs, jobs, parts, users


class Terms(Struct, frozen=True):
    """The numbers by which leases are given and retries are spaced."""

    lease_seconds: float = 15.0
    retry_seconds: float = 2.0
    retry_limit_seconds: float = 300.0
    half_life_seconds: float = 600.0
    result_expiry_seconds: float = 30 * 24 * 3600.0


class Claim(Struct, frozen=True):
    """A part that is ours until the lease ends; `token` is the fence."""

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


class Ending(Struct, frozen=True):
    """How an attempt ended. retry: another attempt may go better; free: this one does not count against the limit."""

    cause: Cause
    result: Result | None = None
    failure: Failure | None = None
    retry: bool = False
    free: bool = False
    delay_seconds: float | None = None
    machine: str | None = None


WAITING: sa.ColumnElement[str] = sa.literal_column(
    "'queued'"
)  # literal, so that the partial index of waiting parts is used


def claim(db: sa.Connection, queue: str, worker: str, terms: Terms) -> Claim | None:
    """Take the waiting part that fairness puts first: least-served owner, then priority, then age.

    Returns None when nothing waits, or when all that waits is being claimed by others at this moment.
    """
    token = secrets.token_hex(12)
    part = db.execute(
        sa.update(parts)
        .where(parts.c.id == _fairest(queue).scalar_subquery(), parts.c.state == WAITING)
        .values(
            state=JobState.RUNNING,
            attempt=parts.c.attempt + 1,
            lease_worker=worker,
            lease_token=token,
            lease_until=now() + terms.lease_seconds,
            done=0,
            total=0,
            phase="",
        )
        .returning(
            parts.c.id, parts.c.job_id, parts.c.number, parts.c.attempt, parts.c.owner, now().label("now")
        )
    ).one_or_none()
    if part is None:
        return None
    job = db.execute(
        sa.update(jobs)
        .where(jobs.c.id == part.job_id, jobs.c.ended_at.is_(None))
        .values(
            state=JobState.RUNNING,
            started_at=sa.func.coalesce(jobs.c.started_at, now()),
            version=jobs.c.version + 1,
        )
        .returning(jobs.c.kind, jobs.c.params, jobs.c.parts_total)
    ).one()
    db.execute(
        sa.insert(attempts).values(
            job_id=part.job_id,
            part_id=part.id,
            number=part.attempt,
            kind=job.kind,
            worker=worker,
            token=token,
            started_at=part.now,
        )
    )
    fairness.charge(db, part.owner, fairness.CLAIM_SECONDS, terms.half_life_seconds)
    inputs = db.execute(
        sa.select(job_inputs).where(job_inputs.c.job_id == part.job_id).order_by(job_inputs.c.role)
    )
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
        inputs=[Input(row.role, row.media_id, row.sha256) for row in inputs],
        owner=part.owner,
        started_at=part.now,
    )


def _fairest(queue: str) -> sa.Select[tuple[int]]:
    waits = sa.exists().where(
        parts.c.state == WAITING,
        parts.c.queue == queue,
        parts.c.owner == users.c.id,
        parts.c.not_before <= now(),
    )
    owner = sa.select(users.c.id).where(waits).order_by(users.c.served_level, users.c.id).limit(1)
    return (
        sa.select(parts.c.id)
        .where(
            parts.c.state == WAITING,
            parts.c.queue == queue,
            parts.c.owner == owner.scalar_subquery(),
            parts.c.not_before <= now(),
        )
        .order_by(parts.c.priority.desc(), parts.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=parts)
    )


def is_waiting(db: sa.Connection, queue: str) -> bool:
    """Return whether a part waits on the queue and is due."""
    query = sa.select(parts.c.id).where(
        parts.c.state == WAITING, parts.c.queue == queue, parts.c.not_before <= now()
    )
    return db.execute(query.limit(1)).one_or_none() is not None


class Unheard(Struct, frozen=True):
    """What waits on a queue: how many parts are due, the oldest of them, and how many slots live workers have there."""

    queue: str
    oldest: int
    count: int
    slots: int


def waiting_by_queue(db: sa.Connection) -> list[Unheard]:
    """Return every queue on which a part is due."""
    due = db.execute(
        sa.select(parts.c.queue, sa.func.min(parts.c.id).label("oldest"), sa.func.count().label("waits"))
        .where(parts.c.state == WAITING, parts.c.not_before <= now())
        .group_by(parts.c.queue)
    ).all()
    if not due:
        return []
    alive = pool.alive(db)
    return [
        Unheard(
            row.queue, row.oldest, row.waits, sum(w.slots for w in alive if row.queue in w.queues.split(","))
        )
        for row in due
    ]


def beat(db: sa.Connection, claim: Claim, progress: Progress, terms: Terms) -> bool:
    """Renew the lease, write progress, and return whether a cancel was asked for. Raises Fenced when the lease is lost."""
    old = sa.select(parts.c.done, parts.c.phase).where(parts.c.id == claim.part_id)
    before = db.execute(old).one()
    row = db.execute(
        sa.update(parts)
        .where(
            parts.c.id == claim.part_id, parts.c.state == JobState.RUNNING, parts.c.lease_token == claim.token
        )
        .values(
            lease_until=now() + terms.lease_seconds,
            done=progress.done,
            total=progress.total,
            phase=progress.phase,
        )
        .returning(parts.c.cancel_requested)
    ).one_or_none()
    if row is None:
        raise Fenced(f"the lease on part {claim.part} of job {claim.job_id} is lost")
    if (before.done, before.phase) != (progress.done, progress.phase):
        db.execute(sa.update(jobs).where(jobs.c.id == claim.job_id).values(version=jobs.c.version + 1))
    return bool(row.cancel_requested)


def settle(db: sa.Connection, claim: Claim, ending: Ending, terms: Terms) -> JobState:
    """End the attempt: for good, or back into the queue; return the part's state then.

    Raises Fenced when the lease was lost: nothing is written.
    """
    part = _locked(db, claim.part_id, claim.token)
    if part is None:
        raise Fenced(f"the lease on part {claim.part} of job {claim.job_id} is lost")
    fairness.charge(
        db, claim.owner, part.now - claim.started_at - fairness.CLAIM_SECONDS, terms.half_life_seconds
    )
    return _end_attempt(db, part, ending, terms)


def expire(db: sa.Connection, part_id: int, token: str, terms: Terms) -> JobState | None:
    """Take back a part whose lease ran out; return its state then, or None when it was renewed or settled meanwhile."""
    part = _locked(db, part_id, token)
    if part is None or part.lease_until >= part.now:
        return None
    failure = Failure(
        "lease_lost", f"worker {part.lease_worker} was not heard of for {terms.lease_seconds:g} s"
    )
    return _end_attempt(
        db, part, Ending(Cause.LEASE_LOST, failure=failure, retry=True, delay_seconds=0.0), terms
    )


def overdue(db: sa.Connection, limit: int = 100) -> list[tuple[int, str]]:
    """Return (part id, token) of leases that ran out, oldest first."""
    rows = db.execute(
        sa.select(parts.c.id, parts.c.lease_token)
        .where(parts.c.state == sa.literal_column("'running'"), parts.c.lease_until < now())
        .order_by(parts.c.lease_until)
        .limit(limit)
    )
    return [(row.id, row.lease_token) for row in rows]


def _locked(db: sa.Connection, part_id: int, token: str) -> sa.Row[tuple[object, ...]] | None:
    return db.execute(
        sa.select(parts, now().label("now"))
        .where(parts.c.id == part_id, parts.c.state == JobState.RUNNING, parts.c.lease_token == token)
        .with_for_update()
    ).one_or_none()


def _end_attempt(
    db: sa.Connection, part: sa.Row[tuple[object, ...]], ending: Ending, terms: Terms
) -> JobState:
    max_attempts = db.execute(sa.select(jobs.c.max_attempts).where(jobs.c.id == part.job_id)).scalar_one()
    spent = part.spent + (0 if ending.free else 1)
    state = _next_state(ending, cancelled=part.cancel_requested, exhausted=spent >= max_attempts)
    failure = endings.encode_failure(ending.failure)
    result = ending.result if state in {JobState.SUCCEEDED, JobState.PARTIAL} else None
    db.execute(
        sa.update(attempts)
        .where(attempts.c.token == part.lease_token)
        .values(ended_at=now(), cause=ending.cause, failure=failure, machine=ending.machine)
    )
    changed = db.execute(
        sa.update(parts)
        .where(
            parts.c.id == part.id, parts.c.state == JobState.RUNNING, parts.c.lease_token == part.lease_token
        )
        .values(
            state=state,
            spent=spent,
            lease_token=None,
            lease_until=None,
            not_before=now() + _delay(ending, part.attempt, terms),
            result=None if result is None else msgspec.json.encode(result).decode(),
            failure=None if state in {JobState.SUCCEEDED, JobState.QUEUED} else failure,
        )
    )
    if changed.rowcount != 1:
        raise Fenced(f"part {part.id} changed hands")
    if state == JobState.QUEUED:
        _requeue_job(db, part.job_id)
    else:
        endings.end_parts(db, part.job_id, 1, terms.result_expiry_seconds)
    return state


def _next_state(ending: Ending, *, cancelled: bool, exhausted: bool) -> JobState:
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


def _requeue_job(db: sa.Connection, job_id: int) -> None:
    # Locked first: the count of running parts must be taken after any claim that is under way.
    db.execute(sa.select(jobs.c.id).where(jobs.c.id == job_id).with_for_update())
    runs = sa.exists().where(parts.c.job_id == job_id, parts.c.state == JobState.RUNNING)
    db.execute(
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == JobState.RUNNING)
        .values(state=sa.case((runs, JobState.RUNNING), else_=JobState.QUEUED), version=jobs.c.version + 1)
    )
