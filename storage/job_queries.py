"""The statements that every submit and poll runs, built once: building one costs ten times as much as running it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from darkroom.jobs import JobState
from storage.engine import now
from storage.tables import idempotency, job_inputs, jobs, parts, users, workers

REUSE_MARGIN_SECONDS = 3600.0  # a result that expires sooner is made anew

_GIVEN = (
    "kind",
    "params",
    "pipeline_version",
    "cache_key",
    "owner",
    "dialect",
    "queue",
    "priority",
    "parts_total",
    "joins",
    "max_attempts",
    "rerun_of",
)
_given: dict[str, Any] = {name: bindparam(name) for name in _GIVEN}

INSERT_QUEUED = (
    sa.insert(jobs)
    .values(
        **_given,
        state=JobState.QUEUED,
        parts_left=bindparam("parts_total"),
        version=1,
        expired=False,
        created_at=now(),
    )
    .returning(*jobs.c)
)

INSERT_ENDED = (
    sa.insert(jobs)
    .values(
        **_given,
        state=JobState.SUCCEEDED,
        parts_left=0,
        version=1,
        expired=False,
        result=bindparam("result"),
        reused_from=bindparam("reused_from"),
        expires_at=bindparam("expires_at"),
        created_at=now(),
        started_at=now(),
        ended_at=now(),
    )
    .returning(*jobs.c)
)

INSERT_PART = sa.insert(parts).values(
    job_id=bindparam("job_id"),
    number=bindparam("number"),
    queue=bindparam("queue"),
    owner=bindparam("owner"),
    priority=bindparam("priority"),
    not_before=bindparam("not_before"),
    state=bindparam("state"),
    attempt=0,
    spent=0,
    cancel_requested=False,
    done=0,
    total=bindparam("total"),
    phase="",
)

INSERT_INPUT = sa.insert(job_inputs)

GET = sa.select(jobs).where(jobs.c.id == bindparam("job_id"))
GET_OWNED = GET.where(jobs.c.owner == bindparam("owner"))

_listens = ("," + workers.c.queues + ",").like("%," + bindparam("queue", type_=sa.Text()) + ",%")

BEFORE_SUBMIT = sa.select(
    sa.select(sa.func.count())
    .select_from(jobs)
    .where(jobs.c.owner == bindparam("owner"), jobs.c.ended_at.is_(None))
    .scalar_subquery()
    .label("open_jobs"),
    sa.select(workers.c.numerics)
    .where(_listens)
    .order_by(workers.c.started_at.desc())
    .limit(1)
    .scalar_subquery()
    .label("numerics"),
)

# FOR NO KEY UPDATE: an upload has by then written its record, and with it shares the owner's key with other uploads.
LOCK_OWNER = sa.select(users.c.id).where(users.c.id == bindparam("owner")).with_for_update(key_share=True)

FIND_KEY = sa.select(idempotency.c.body_sha256, idempotency.c.job_id).where(
    idempotency.c.owner == bindparam("owner"), idempotency.c.key == bindparam("key")
)

REMEMBER_KEY = sa.insert(idempotency).values(
    owner=bindparam("owner"),
    key=bindparam("key"),
    body_sha256=bindparam("body_sha256"),
    job_id=bindparam("job_id"),
    created_at=now(),
)


def _identical(*ended: JobState) -> sa.Select[Any]:
    """Find the newest job of an owner with a cache key that still runs, or ended in one of these states and is kept."""
    return (
        sa.select(jobs)
        .where(
            jobs.c.owner == bindparam("owner"),
            jobs.c.cache_key == bindparam("cache_key"),
            sa.or_(
                sa.and_(jobs.c.ended_at.is_(None), jobs.c.cancel_requested_at.is_(None)),
                sa.and_(
                    jobs.c.state.in_(ended),
                    sa.not_(jobs.c.expired),
                    jobs.c.expires_at > now() + REUSE_MARGIN_SECONDS,
                ),
            ),
        )
        .order_by(jobs.c.id.desc())
        .limit(1)
    )


IDENTICAL = _identical(JobState.SUCCEEDED)
IDENTICAL_OR_PARTIAL = _identical(JobState.SUCCEEDED, JobState.PARTIAL)

VERSIONS = sa.select(jobs.c.id, jobs.c.version).where(jobs.c.id.in_(bindparam("job_ids", expanding=True)))
