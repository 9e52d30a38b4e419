"""How the end of a part becomes the end of its job: by one guarded UPDATE, by whoever ends the last part."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import bindparam

from darkroom.jobs import Failure, JobState, Output, Result
from storage import joins
from storage.engine import now
from storage.tables import jobs, outputs, parts

COUNT_ENDED = (
    sa.update(jobs)
    .where(jobs.c.id == bindparam("of_job"), jobs.c.ended_at.is_(None))
    .values(parts_left=jobs.c.parts_left - bindparam("count", type_=sa.Integer()), version=jobs.c.version + 1)
    .returning(jobs.c.parts_left, jobs.c.joins)
)

ENDED_PARTS = (
    sa.select(parts.c.state, parts.c.result, parts.c.failure)
    .where(parts.c.job_id == bindparam("of_job"))
    .order_by(parts.c.number)
)

SETTLE_JOB = (
    sa.update(jobs)
    .where(jobs.c.id == bindparam("of_job"), jobs.c.ended_at.is_(None), jobs.c.parts_left == 0)
    .values(
        state=bindparam("final"),
        result=bindparam("what"),
        failure=bindparam("why"),
        ended_at=now(),
        expires_at=now() + bindparam("kept_seconds", type_=sa.Double()),
    )
)


SETTLE_SINGLE = (
    sa.update(jobs)
    .where(
        jobs.c.id == bindparam("of_job"),
        jobs.c.ended_at.is_(None),
        jobs.c.parts_left == 1,
        jobs.c.parts_total == 1,
    )
    .values(
        parts_left=0,
        version=jobs.c.version + 1,
        state=bindparam("final"),
        result=bindparam("what"),
        failure=bindparam("why"),
        ended_at=now(),
        expires_at=now() + bindparam("kept_seconds", type_=sa.Double()),
    )
)


class PartEnding(Struct, frozen=True):
    """How a part ended for good; result and failure are JSON."""

    state: JobState
    result: Result | None
    failure: str | None


def end_only_part(db: sa.Connection, job_id: int, part: PartEnding, result_expiry_seconds: float) -> None:
    """Settle a job of one part as its part ended, in one statement."""
    result = part.result or Result()
    changed = db.execute(
        SETTLE_SINGLE,
        {
            "of_job": job_id,
            "final": part.state,
            "what": msgspec.json.encode(result).decode(),
            "why": part.failure,
            "kept_seconds": result_expiry_seconds,
        },
    )
    _expect_one(changed.rowcount, job_id)
    add_outputs(db, job_id, result.outputs)


def end_parts(db: sa.Connection, job_id: int, count: int, result_expiry_seconds: float) -> str | None:
    """Count `count` parts as ended, and settle the job when none is left.

    Return the queue on which the part that joins was released, if it was, so that somebody should hear of it.
    """
    job = db.execute(COUNT_ENDED, {"of_job": job_id, "count": count}).one()
    if job.joins and job.parts_left and (dropped := joins.drop_doomed(db, job_id)):
        job = db.execute(COUNT_ENDED, {"of_job": job_id, "count": dropped}).one()
    if job.parts_left == 0:
        _settle(db, job_id, result_expiry_seconds, is_joined=job.joins)
    return joins.release(db, job_id) if job.joins and job.parts_left == 1 else None


def end_doomed(db: sa.Connection, job_id: int, result_expiry_seconds: float) -> bool:
    """End what waits of a job whose parts can no longer be joined, and return whether it is one; its row is locked."""
    dropped = joins.drop_doomed(db, job_id)
    if dropped:
        end_parts(db, job_id, dropped, result_expiry_seconds)
    return dropped > 0


def _expect_one(changed: int, job_id: int) -> None:
    if changed != 1:
        msg = f"job {job_id} was settled twice"
        raise AssertionError(msg)


def _settle(db: sa.Connection, job_id: int, result_expiry_seconds: float, *, is_joined: bool) -> None:
    rows = db.execute(ENDED_PARTS, {"of_job": job_id}).all()
    states = [JobState(row.state) for row in rows]
    state = joins.final_state(states) if is_joined else joined_state(states)
    counting = rows[-1:] if is_joined else rows
    result = _joined_result([row.result for row in counting if row.result is not None])
    # Where parts were cancelled because another failed, that one says why.
    failed = [row for row in rows if state is JobState.CANCELLED or row.state != JobState.CANCELLED]
    changed = db.execute(
        SETTLE_JOB,
        {
            "of_job": job_id,
            "final": state,
            "what": msgspec.json.encode(result).decode(),
            "why": next((row.failure for row in failed if row.failure is not None), None),
            "kept_seconds": result_expiry_seconds,
        },
    )
    _expect_one(changed.rowcount, job_id)
    add_outputs(db, job_id, result.outputs)


def add_outputs(db: sa.Connection, job_id: int, made: Sequence[Output]) -> None:
    """Point the job at its blobs; what no job points to is swept by age."""
    if made:
        db.execute(
            sa.insert(outputs), [{"job_id": job_id, **msgspec.structs.asdict(output)} for output in made]
        )


def joined_state(states: Sequence[JobState]) -> JobState:
    """Return the state of a job whose parts ended so."""
    kinds = set(states)
    if kinds == {JobState.SUCCEEDED}:
        return JobState.SUCCEEDED
    if JobState.CANCELLED in kinds:
        return JobState.CANCELLED
    if kinds & {JobState.SUCCEEDED, JobState.PARTIAL}:
        return JobState.PARTIAL
    return JobState.QUARANTINED if JobState.QUARANTINED in kinds else JobState.FAILED


def _joined_result(encoded: Sequence[str]) -> Result:
    results = [msgspec.json.decode(text, type=Result) for text in encoded]
    if len(results) == 1:
        return results[0]
    return Result(
        outputs=[output for result in results for output in result.outputs],
        summary={"parts": [result.summary for result in results]} if results else {},
    )


def encode_failure(failure: Failure | None) -> str | None:
    return None if failure is None else msgspec.json.encode(failure).decode()
