"""Parts that wait on a queue where nobody works any more, brought to one where somebody does."""

from collections.abc import Collection

import sqlalchemy as sa

from darkroom.jobs import JobState
from storage import pool
from storage.tables import HELD, jobs, parts


def bring_back(db: sa.Connection, kinds: Collection[str], *, deserted: str, served: str) -> int:
    """Move what waits on `deserted` of these kinds to `served` if no live worker listens there; return how many parts.

    A part that runs stays where it is: its worker may be alive and only unable to say so. Its job is no longer the
    answer to one that is asked of the queue's other machines, since it will have been done here.
    """
    if pool.is_served(db, deserted):
        return 0
    waiting = (parts.c.queue == deserted, parts.c.state.in_((JobState.QUEUED, HELD)))
    # First the jobs, then parts that nobody holds: who releases a join holds its job and wants the part, who claims or
    # cancels a part holds that and wants the job.
    found = db.execute(
        sa.select(jobs.c.id)
        .where(jobs.c.kind.in_(kinds), jobs.c.id.in_(sa.select(parts.c.job_id).where(*waiting)))
        .order_by(jobs.c.id)
        .with_for_update(key_share=True)
    )
    job_ids = list(found.scalars())
    if not job_ids:
        return 0
    free = (
        sa.select(parts.c.id).where(*waiting, parts.c.job_id.in_(job_ids)).with_for_update(skip_locked=True)
    )
    moved = db.execute(sa.update(parts).where(parts.c.id.in_(free)).values(queue=served)).rowcount
    db.execute(
        sa.update(jobs)
        .where(jobs.c.id.in_(job_ids))
        .values(queue=served, cache_key="", version=jobs.c.version + 1)
    )
    return moved
