"""Where a job stands between its submit and its end: the sums over its parts that a poller asks for."""

import sqlalchemy as sa
from msgspec import Struct

from darkroom.jobs import JobState, Progress
from storage.engine import now
from storage.tables import attempts, parts


class Standing(Struct, frozen=True):
    """Progress of all parts together. attempts: claims so far; running_since: of the oldest attempt under way."""

    progress: Progress
    attempts: int
    running_since: float | None
    now: float


def standing(db: sa.Connection, job_id: int) -> Standing:
    """Return where the job stands; the phase is that of the first part that runs."""
    rows = db.execute(
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
        .where(parts.c.job_id == job_id)
        .order_by(parts.c.number)
    ).all()
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
