"""The statements by which parts change hands, built once: building one costs ten times as much as running it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from darkroom.jobs import JobState
from storage.engine import now
from storage.tables import attempts, job_inputs, jobs, parts, users

# Literal, so that the partial indexes over waiting and running parts are used.
WAITING: sa.ColumnElement[str] = sa.literal_column("'queued'")
RUNNING: sa.ColumnElement[str] = sa.literal_column("'running'")


def _fairest() -> sa.Select[tuple[int]]:
    """Choose a waiting part: of the least-served owner, the highest priority, the oldest."""
    queue: sa.BindParameter[str] = bindparam("on_queue")
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


FAIREST = _fairest()

CLAIM_PART = (
    sa.update(parts)
    .where(parts.c.id == FAIREST.scalar_subquery(), parts.c.state == WAITING)
    .values(
        state=RUNNING,
        attempt=parts.c.attempt + 1,
        lease_worker=bindparam("worker"),
        lease_token=bindparam("token"),
        lease_until=now() + bindparam("lease_seconds", type_=sa.Double()),
        done=0,
        phase="",
    )
    .returning(parts.c.id, parts.c.job_id, parts.c.number, parts.c.attempt, parts.c.owner, now().label("now"))
)

START_JOB = (
    sa.update(jobs)
    .where(jobs.c.id == bindparam("of_job"), jobs.c.ended_at.is_(None))
    .values(
        state=JobState.RUNNING,
        started_at=sa.func.coalesce(jobs.c.started_at, now()),
        version=jobs.c.version + 1,
    )
    .returning(jobs.c.kind, jobs.c.params, jobs.c.parts_total, jobs.c.joins)
)

OPEN_ATTEMPT = sa.insert(attempts).values(
    {
        name: bindparam(name)
        for name in ("job_id", "part_id", "number", "kind", "worker", "token", "started_at")
    }
)

INPUTS = sa.select(job_inputs).where(job_inputs.c.job_id == bindparam("of_job")).order_by(job_inputs.c.role)

IS_WAITING = (
    sa.select(parts.c.id)
    .where(parts.c.state == WAITING, parts.c.queue == bindparam("on_queue"), parts.c.not_before <= now())
    .limit(1)
)

WAITING_BY_QUEUE = (
    sa.select(parts.c.queue, sa.func.min(parts.c.id).label("oldest"), sa.func.count().label("waits"))
    .where(parts.c.state == WAITING, parts.c.not_before <= now())
    .group_by(parts.c.queue)
)

OVERDUE = (
    sa.select(parts.c.id, parts.c.lease_token)
    .where(parts.c.state == RUNNING, parts.c.lease_until < now())
    .order_by(parts.c.lease_until)
    .limit(bindparam("count"))
)

_HELD = (
    parts.c.id == bindparam("of_part"),
    parts.c.state == RUNNING,
    parts.c.lease_token == bindparam("held_by"),
)

PROGRESS = sa.select(parts.c.done, parts.c.phase).where(parts.c.id == bindparam("of_part"))

BEAT = (
    sa.update(parts)
    .where(*_HELD)
    .values(
        lease_until=now() + bindparam("lease_seconds", type_=sa.Double()),
        done=bindparam("done_now"),
        total=bindparam("total_now"),
        phase=bindparam("phase_now"),
    )
    .returning(parts.c.cancel_requested)
)

TOUCH_JOB = sa.update(jobs).where(jobs.c.id == bindparam("of_job")).values(version=jobs.c.version + 1)

LOCK_PART: sa.Select[Any] = (
    sa.select(parts, jobs.c.max_attempts, jobs.c.parts_total, jobs.c.joins, now().label("now"))
    .join(jobs, jobs.c.id == parts.c.job_id)
    .where(*_HELD)
    .with_for_update(of=parts)
)

CLOSE_ATTEMPT = (
    sa.update(attempts)
    .where(attempts.c.token == bindparam("held_by"))
    .values(
        ended_at=now(), cause=bindparam("how"), failure=bindparam("why"), machine=bindparam("where_it_ran")
    )
)

_DONE = sa.func.coalesce(bindparam("done_at_end", type_=sa.BigInteger()), parts.c.done)
_TOTAL = sa.func.coalesce(bindparam("total_at_end", type_=sa.BigInteger()), parts.c.total)

END_PART = (
    sa.update(parts)
    .where(*_HELD)
    .values(
        state=bindparam("new_state"),
        spent=bindparam("now_spent"),
        lease_token=None,
        lease_until=None,
        not_before=now() + bindparam("delay_seconds", type_=sa.Double()),
        # The last ticks may have been too soon after those before to be written.
        done=sa.case((bindparam("new_state") == JobState.SUCCEEDED, _TOTAL), else_=_DONE),
        total=_TOTAL,
        result=bindparam("what"),
        failure=bindparam("why"),
    )
)

LOCK_JOB = sa.select(jobs.c.id).where(jobs.c.id == bindparam("of_job")).with_for_update(key_share=True)

REQUEUE_JOB = (
    sa.update(jobs)
    .where(jobs.c.id == bindparam("of_job"), jobs.c.state == JobState.RUNNING)
    .values(
        state=sa.case(
            (sa.exists().where(parts.c.job_id == jobs.c.id, parts.c.state == RUNNING), JobState.RUNNING),
            else_=JobState.QUEUED,
        ),
        version=jobs.c.version + 1,
    )
)
