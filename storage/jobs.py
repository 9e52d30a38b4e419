"""The ledger: what was asked, what became of it; every move of a job is one guarded UPDATE."""

from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import IdempotencyMismatch, NotFound
from darkroom.jobs import ENDED, Failure, Input, JobState, Result
from storage import endings
from storage import job_queries as queries
from storage.engine import is_postgres, now
from storage.tables import HELD, jobs, outputs, parts


class NewJob(Struct, frozen=True, kw_only=True):
    """What the counter writes down; params is canonical JSON with defaults filled in.

    joins: the last of the parts, of which there are then two or more, puts together what the others made. shares: what
    each part has to do, none where that is not known.
    """

    kind: str
    params: str
    pipeline_version: int
    cache_key: str
    owner: int
    queue: str
    dialect: str = "native"
    priority: int = 0
    parts: int = 1
    joins: bool = False
    shares: tuple[int, ...] = ()
    max_attempts: int = 3
    inputs: list[Input] = []
    rerun_of: int | None = None


class Job(Struct, frozen=True):
    """One job as a reader sees it. Times are seconds since the epoch."""

    id: int
    kind: str
    params: str
    pipeline_version: int
    cache_key: str
    owner: int
    dialect: str
    queue: str
    priority: int
    state: JobState
    version: int
    parts_total: int
    parts_left: int
    joins: bool
    max_attempts: int
    rerun_of: int | None
    reused_from: int | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    cancel_requested_at: float | None
    expires_at: float | None
    expired: bool
    result: str | None = None
    failure: str | None = None

    def has_ended(self) -> bool:
        return self.state in ENDED

    def read_result(self) -> Result:
        return msgspec.json.decode(self.result, type=Result) if self.result else Result()

    def read_failure(self) -> Failure | None:
        return msgspec.json.decode(self.failure, type=Failure) if self.failure else None


class Before(Struct, frozen=True):
    """What a submit must know: how many of the owner's jobs have not ended, and the numerics class of the queue's workers.

    numerics: that of the newest worker on the queue, empty when none was ever seen.
    """

    open_jobs: int
    numerics: str


def submit(db: sa.Connection, new: NewJob) -> Job:
    """Write the job and its parts down; return it. It is accepted once the transaction commits."""
    if new.joins and new.parts == 1:
        raise AssertionError("a part that joins needs another one before it")
    job = _job(db.execute(queries.INSERT_QUEUED, _given(new)).one())
    _add_inputs(db, job.id, new.inputs)
    part = {
        "job_id": job.id,
        "queue": new.queue,
        "owner": new.owner,
        "priority": new.priority,
        "not_before": job.created_at,
    }
    states = [JobState.QUEUED.value] * new.parts
    if new.joins:
        states[-1] = HELD
    db.execute(
        queries.INSERT_PART,
        [
            part | {"number": number, "state": state, "total": total}
            for number, (state, total) in enumerate(zip(states, new.shares or [0] * new.parts, strict=True))
        ],
    )
    return job


def submit_reused(db: sa.Connection, new: NewJob, source: Job) -> Job:
    """Write down a job that ends at once with the result of `source`, an identical one that succeeded."""
    ended = {
        "result": source.result,
        "reused_from": source.reused_from or source.id,
        "expires_at": source.expires_at,
    }
    job = _job(db.execute(queries.INSERT_ENDED, _given(new) | ended).one())
    _add_inputs(db, job.id, new.inputs)
    endings.add_outputs(db, job.id, source.read_result().outputs)
    return job


def _given(new: NewJob) -> dict[str, Any]:
    values = msgspec.structs.asdict(new)
    del values["inputs"], values["shares"]
    values["parts_total"] = values.pop("parts")
    return values


def _add_inputs(db: sa.Connection, job_id: int, inputs: list[Input]) -> None:
    if inputs:
        db.execute(
            queries.INSERT_INPUT, [{"job_id": job_id, **msgspec.structs.asdict(input_)} for input_ in inputs]
        )


def find_identical(db: sa.Connection, owner: int, cache_key: str) -> Job | None:
    """Return the owner's newest job with this cache key that still runs, or succeeded and is kept; None if there is none."""
    row = db.execute(queries.IDENTICAL, {"owner": owner, "cache_key": cache_key}).one_or_none()
    return None if row is None else _job(row)


def find_answer(db: sa.Connection, owner: int, cache_key: str) -> Job | None:
    """Return as `find_identical` does; a job that ended as partial is an answer, too, if not one to be copied."""
    row = db.execute(queries.IDENTICAL_OR_PARTIAL, {"owner": owner, "cache_key": cache_key}).one_or_none()
    return None if row is None else _job(row)


def remember_key(db: sa.Connection, owner: int, key: str, body_sha256: str, job_id: int) -> None:
    """Bind an idempotency key to the job that it made. Raises IntegrityError when another request bound it first."""
    db.execute(
        queries.REMEMBER_KEY, {"owner": owner, "key": key, "body_sha256": body_sha256, "job_id": job_id}
    )


def find_by_key(db: sa.Connection, owner: int, key: str, body_sha256: str) -> int | None:
    """Return the job that this idempotency key made, None when it is new.

    Raises IdempotencyMismatch when the key came with another body.
    """
    row = db.execute(queries.FIND_KEY, {"owner": owner, "key": key}).one_or_none()
    if row is None:
        return None
    if row.body_sha256 != body_sha256:
        raise IdempotencyMismatch(
            "this Idempotency-Key was used with another body", hint="use a new key for a new job"
        )
    return int(row.job_id)


def before_submit(db: sa.Connection, owner: int, queue: str) -> Before:
    """Return what a submit must know; the owner's other submits wait until the transaction ends."""
    if is_postgres(db):  # SQLite has one writer at a time anyhow
        db.execute(queries.LOCK_OWNER, {"owner": owner})
    return look_before(db, owner, queue)


def look_before(db: sa.Connection, owner: int, queue: str) -> Before:
    """Return what a submit would learn, holding nobody up."""
    row = db.execute(queries.BEFORE_SUBMIT, {"owner": owner, "queue": queue}).one()
    return Before(row.open_jobs, row.numerics or "")


def count_open(db: sa.Connection, owner: int) -> int:
    """Return how many of the owner's jobs have not ended."""
    query = (
        sa.select(sa.func.count()).select_from(jobs).where(jobs.c.owner == owner, jobs.c.ended_at.is_(None))
    )
    return int(db.execute(query).scalar_one())


def get(db: sa.Connection, job_id: int, owner: int | None) -> Job:
    """Return the job. Raises NotFound when there is none, or when it is not the owner's (None: anybody's)."""
    query = queries.GET if owner is None else queries.GET_OWNED
    row = db.execute(
        query, {"job_id": job_id, "owner": owner} if owner is not None else {"job_id": job_id}
    ).one_or_none()
    if row is None:
        raise NotFound(f"there is no job {job_id}")
    return _job(row)


def by_ids(db: sa.Connection, job_ids: list[int]) -> dict[int, Job]:
    """Return those of these jobs that exist, whoever owns them."""
    rows = db.execute(sa.select(jobs).where(jobs.c.id.in_(job_ids)))
    return {row.id: _job(row) for row in rows}


def find(
    db: sa.Connection,
    owner: int | None,
    *,
    kind: str | None = None,
    state: str | None = None,
    since: float | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Job]:
    """Return jobs, newest first, those with an id below `before_id`."""
    query = sa.select(jobs).order_by(jobs.c.id.desc()).limit(limit)
    for column, value in ((jobs.c.owner, owner), (jobs.c.kind, kind), (jobs.c.state, state)):
        if value is not None:
            query = query.where(column == value)
    if since is not None:
        query = query.where(jobs.c.created_at >= since)
    if before_id is not None:
        query = query.where(jobs.c.id < before_id)
    return [_job(row) for row in db.execute(query)]


def versions(db: sa.Connection, job_ids: list[int]) -> dict[int, int]:
    """Return version by job id, for those who wait for a change."""
    return {row.id: row.version for row in db.execute(queries.VERSIONS, {"job_ids": job_ids})}


def cancel(db: sa.Connection, job_id: int, owner: int | None, result_expiry_seconds: float) -> Job:
    """Ask for the end of a job: waiting parts end here, running ones when their worker hears of it.

    Idempotent; a job that has ended stays as it ended. Raises NotFound.
    """
    job = get(db, job_id, owner)
    if job.has_ended():
        return job
    # Waiting parts first: one that is claimed meanwhile is then among the running.
    ids = sa.select(parts.c.id).where(parts.c.job_id == job_id).order_by(parts.c.id).with_for_update()
    db.execute(ids)
    dropped = db.execute(
        sa.update(parts)
        .where(parts.c.job_id == job_id, parts.c.state.in_((JobState.QUEUED, HELD)))
        .values(state=JobState.CANCELLED)
    ).rowcount
    db.execute(
        sa.update(parts)
        .where(parts.c.job_id == job_id, parts.c.state == JobState.RUNNING)
        .values(cancel_requested=True)
    )
    asked = db.execute(
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.ended_at.is_(None))
        .values(
            cancel_requested_at=sa.func.coalesce(jobs.c.cancel_requested_at, now()),
            version=jobs.c.version + 1,
        )
    ).rowcount
    if asked and dropped:
        endings.end_parts(db, job_id, dropped, result_expiry_seconds)
    return get(db, job_id, owner)


def expire_results(db: sa.Connection, limit: int = 500) -> int:
    """Let go of results past their time: their blobs are swept once no job points to them; return how many jobs."""
    due = db.execute(
        sa.select(jobs.c.id)
        .where(sa.not_(jobs.c.expired), jobs.c.expires_at < now())
        .order_by(jobs.c.expires_at)
        .limit(limit)
    ).scalars()
    ids = list(due)
    if ids:
        db.execute(sa.delete(outputs).where(outputs.c.job_id.in_(ids)))
        db.execute(sa.update(jobs).where(jobs.c.id.in_(ids)).values(expired=True, version=jobs.c.version + 1))
    return len(ids)


def _job(row: sa.Row[tuple[object, ...]]) -> Job:
    return msgspec.convert(row, Job, from_attributes=True)
