"""The part that joins: held until all others have succeeded, then handed what they made; dropped when one of them did not.

Both moves are made by whoever ends one of the others, in that transaction, under the lock on the job's row; so two that
end at one moment do it one after the other, and the second sees what the first has done.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam

from darkroom.jobs import JobState, Output, Result
from storage.engine import now
from storage.tables import HELD, parts

# Ended, and nothing that could be joined.
LOST = (JobState.FAILED, JobState.QUARANTINED, JobState.PARTIAL, JobState.CANCELLED)

_others = parts.alias("others")

RELEASE = (
    sa.update(parts)
    .where(
        parts.c.job_id == bindparam("of_job"),
        parts.c.state == HELD,
        sa.not_(
            sa.exists().where(
                _others.c.job_id == parts.c.job_id,
                _others.c.id != parts.c.id,
                _others.c.state != JobState.SUCCEEDED,
            )
        ),
    )
    .values(state=JobState.QUEUED, not_before=now())
    .returning(parts.c.queue)
)

# Skips what another transaction holds: a claim of such a part waits for the job's row, which is ours by now.
DROP_DOOMED = (
    sa.update(parts)
    .where(
        parts.c.id.in_(
            sa.select(parts.c.id)
            .where(
                parts.c.job_id == bindparam("of_job"),
                parts.c.state.in_((JobState.QUEUED, HELD)),
                sa.exists().where(_others.c.job_id == parts.c.job_id, _others.c.state.in_(LOST)),
            )
            .with_for_update(skip_locked=True, of=parts)
        )
    )
    .values(state=JobState.CANCELLED)
)

PIECES = (
    sa.select(parts.c.result)
    .where(parts.c.job_id == bindparam("of_job"), parts.c.number < bindparam("before"))
    .order_by(parts.c.number)
)


def release(db: sa.Connection, job_id: int) -> str | None:
    """Let the part that joins be claimed if all others have succeeded; return its queue if it was released now."""
    queue: str | None = db.execute(RELEASE, {"of_job": job_id}).scalar_one_or_none()
    return queue


def drop_doomed(db: sa.Connection, job_id: int) -> int:
    """End what waits if a part has ended that cannot be joined; return how many parts."""
    return db.execute(DROP_DOOMED, {"of_job": job_id}).rowcount


def pieces_of(db: sa.Connection, job_id: int, before: int) -> list[Output]:
    """Return what the parts below number `before` made, in the order of their numbers."""
    made = db.execute(PIECES, {"of_job": job_id, "before": before}).scalars()
    results = [msgspec.json.decode(text, type=Result) for text in made if text is not None]
    return [output for result in results for output in result.outputs]


def final_state(states: Sequence[JobState]) -> JobState:
    """Return the state of a job whose parts ended so, the last of them being the one that joins.

    That one decides if it ran. If it was dropped, the first part that failed does; one that was left incomplete has
    failed. If none did, somebody cancelled the job.
    """
    *others, join = states
    if join is not JobState.CANCELLED:
        return join
    failed = [state for state in others if state not in {JobState.SUCCEEDED, JobState.CANCELLED}]
    if not failed:
        return JobState.CANCELLED
    return JobState.QUARANTINED if failed[0] is JobState.QUARANTINED else JobState.FAILED
