"""Where a job stands between its submit and its end: what a poller asks for, in as few statements as can be."""

import sqlalchemy as sa
from msgspec import Struct

from darkroom.jobs import JobState, Progress
from storage.engine import now
from storage.jobs import Job
from storage.tables import attempts, parts

AHEAD_LIMIT = 1000  # counted no further: nobody plans by whether it is 5,000 or 50,000

# Built once: putting a statement together costs more than running it.
STANDING = (
    sa.select(
        parts.c.state,
        parts.c.done,
        parts.c.total,
        parts.c.phase,
        parts.c.attempt,
        attempts.c.started_at,
        now().label("now"),
    )
    .outerjoin(attempts, attempts.c.token == parts.c.lease_token)
    .where(parts.c.job_id == sa.bindparam("job"))
    .order_by(parts.c.number)
)

QUEUED: sa.ColumnElement[str] = sa.literal_column("'queued'")  # literal: the partial index serves it

OWN = sa.select(
    sa.func.min(parts.c.id).label("first"), sa.func.min(parts.c.not_before).label("not_before")
).where(parts.c.job_id == sa.bindparam("job"), parts.c.state == QUEUED)

AHEAD = sa.select(sa.func.count()).select_from(
    sa.select(parts.c.id)
    .where(
        parts.c.state == QUEUED,
        parts.c.queue == sa.bindparam("queue"),
        sa.or_(
            parts.c.priority > sa.bindparam("priority"),
            sa.and_(parts.c.priority == sa.bindparam("priority"), parts.c.id < sa.bindparam("first")),
        ),
    )
    .limit(AHEAD_LIMIT)
    .subquery()
)


class Standing(Struct, frozen=True):
    """Progress of all parts together. attempts: claims so far; running_since: of the oldest attempt under way."""

    progress: Progress
    attempts: int
    running_since: float | None
    now: float


class Position(Struct, frozen=True):
    """Where a waiting job is in its queue. ahead: parts before it, at most AHEAD_LIMIT; not_before: when it is due."""

    ahead: int
    not_before: float


def standing(db: sa.Connection, job_id: int) -> Standing:
    """Return where the job stands; the phase is that of the first part that runs."""
    rows = db.execute(STANDING, {"job": job_id}).all()
    started = [row.started_at for row in rows if row.started_at is not None]
    return Standing(
        progress=Progress(
            done=sum(row.done for row in rows),
            total=sum(row.total for row in rows),
            phase=next((row.phase for row in rows if row.state == JobState.RUNNING), ""),
        ),
        attempts=sum(row.attempt for row in rows),
        running_since=min(started, default=None),
        now=rows[0].now if rows else 0.0,
    )


def position(db: sa.Connection, job: Job) -> Position:
    """Return what a waiting job waits for."""
    own = db.execute(OWN, {"job": job.id}).one()
    ahead = db.execute(AHEAD, {"queue": job.queue, "priority": job.priority, "first": own.first or 0})
    return Position(ahead=int(ahead.scalar_one()), not_before=own.not_before or job.created_at)
