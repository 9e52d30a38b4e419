"""Deploys: the classify jobs of one door, of which a user may have a few at once."""

import sqlalchemy as sa

from darkroom.errors import NotFound, TooMany
from storage import job_queries as queries
from storage import jobs as ledger
from storage.engine import is_postgres
from storage.jobs import Job
from storage.tables import jobs

DIALECT, KIND = "coralnet", "classify"
ACTIVE_RETRY_SECONDS = 10.0
MISSING = "This deploy job doesn't exist or is not accessible"
FULL = (
    "You already have {count} jobs active (IDs: {ids})."
    " You must wait until one of them finishes before requesting another job."
)


def get(db: sa.Connection, job_id: int, owner: int) -> Job:
    """Return a deploy of this user. Raises NotFound, also for one whose result has expired."""
    try:
        job = ledger.get(db, job_id, owner)
    except NotFound as error:
        raise NotFound(MISSING) from error
    if job.dialect != DIALECT or job.kind != KIND or job.expired:
        raise NotFound(MISSING)
    return job


def active(db: sa.Connection, owner: int) -> list[int]:
    """Return the ids of the user's deploys that have not ended, the oldest first."""
    query = sa.select(jobs.c.id).where(*_of(owner), jobs.c.ended_at.is_(None)).order_by(jobs.c.id)
    return list(db.execute(query).scalars())


def recent(db: sa.Connection, owner: int, limit: int) -> list[int]:
    """Return the ids of the user's deploys that have ended and are kept, the last to end first."""
    query = (
        sa.select(jobs.c.id)
        .where(*_of(owner), jobs.c.ended_at.is_not(None), sa.not_(jobs.c.expired))
        .order_by(jobs.c.ended_at.desc(), jobs.c.id.desc())
        .limit(limit)
    )
    return list(db.execute(query).scalars())


def check_room(db: sa.Connection, owner: int, limit: int) -> None:
    """Raise TooMany, with the ids, when the user has as many deploys at once as is allowed."""
    ids = active(db, owner)
    if len(ids) >= limit:
        raise TooMany(
            FULL.format(count=len(ids), ids=", ".join(map(str, ids))),
            retry_after=ACTIVE_RETRY_SECONDS,
            limit=limit,
        )


def hold_room(db: sa.Connection, owner: int, limit: int) -> None:
    """Check as `check_room`, and let the user's other deploys wait until the transaction ends."""
    if is_postgres(db):  # SQLite has one writer at a time anyhow
        db.execute(queries.LOCK_OWNER, {"owner": owner})
    check_room(db, owner, limit)


def _of(owner: int) -> tuple[sa.ColumnElement[bool], ...]:
    return jobs.c.owner == owner, jobs.c.dialect == DIALECT, jobs.c.kind == KIND
