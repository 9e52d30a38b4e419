"""The figures that operators watch, summed over the ledger: queues, workers, attempts, how long jobs take."""

import sqlalchemy as sa
from msgspec import Struct

from darkroom.jobs import Cause, JobState, Queue
from storage import pool
from storage.engine import now
from storage.tables import attempts, jobs, parts

SECONDS_BOUNDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)


class QueueFigures(Struct, frozen=True):
    """depth: parts waiting; oldest_seconds: how long the first of them has been due; workers: those alive."""

    depth: int = 0
    oldest_seconds: float = 0.0
    running: int = 0
    workers: int = 0
    slots: int = 0


class Durations(Struct, frozen=True):
    """How many jobs took at most each of SECONDS_BOUNDS, from the first claim to the end."""

    at_most: tuple[int, ...]
    count: int
    total_seconds: float


class Figures(Struct, frozen=True):
    queues: dict[str, QueueFigures]
    jobs_by_state: dict[str, int]
    attempts_by_kind_and_cause: dict[tuple[str, str], int]
    durations_by_kind: dict[str, Durations]


def measure(db: sa.Connection) -> Figures:
    """Return all figures, from one view of the ledger."""
    return Figures(
        queues=_queues(db),
        jobs_by_state=_jobs_by_state(db),
        attempts_by_kind_and_cause=_attempts(db),
        durations_by_kind=_durations(db),
    )


def _queues(db: sa.Connection) -> dict[str, QueueFigures]:
    waiting = db.execute(
        sa.select(
            parts.c.queue,
            sa.func.count().label("depth"),
            (now() - sa.func.min(parts.c.not_before)).label("age"),
        )
        .where(parts.c.state == sa.literal_column("'queued'"))
        .group_by(parts.c.queue)
    )
    waits = {row.queue: row for row in waiting}
    runs = db.execute(
        sa.select(parts.c.queue, sa.func.count().label("running"))
        .where(parts.c.state == sa.literal_column("'running'"))
        .group_by(parts.c.queue)
    )
    running = {row.queue: row.running for row in runs}
    workers = pool.alive(db)
    figures = {}
    for queue in Queue:
        slots = [worker.slots for worker in workers if queue in worker.queues.split(",")]
        row = waits.get(queue)
        figures[queue.value] = QueueFigures(
            depth=row.depth if row else 0,
            oldest_seconds=max(row.age, 0.0) if row else 0.0,
            running=running.get(queue, 0),
            workers=len(slots),
            slots=sum(slots),
        )
    return figures


def _jobs_by_state(db: sa.Connection) -> dict[str, int]:
    rows = db.execute(sa.select(jobs.c.state, sa.func.count().label("n")).group_by(jobs.c.state))
    found = {row.state: row.n for row in rows}
    return {state.value: found.get(state, 0) for state in JobState}


def _attempts(db: sa.Connection) -> dict[tuple[str, str], int]:
    rows = db.execute(
        sa.select(attempts.c.kind, attempts.c.cause, sa.func.count().label("n"))
        .where(attempts.c.cause.is_not(None))
        .group_by(attempts.c.kind, attempts.c.cause)
    )
    found = {(row.kind, row.cause): row.n for row in rows}
    kinds = sorted({kind for kind, _ in found})
    return {(kind, cause.value): found.get((kind, cause), 0) for kind in kinds for cause in Cause}


def _durations(db: sa.Connection) -> dict[str, Durations]:
    seconds = jobs.c.ended_at - jobs.c.started_at
    at_most = [
        sa.func.sum(sa.case((seconds <= bound, 1), else_=0)).label(f"at_most_{i}")
        for i, bound in enumerate(SECONDS_BOUNDS)
    ]
    rows = db.execute(
        sa.select(jobs.c.kind, sa.func.count().label("n"), sa.func.sum(seconds).label("total"), *at_most)
        .where(jobs.c.ended_at.is_not(None), jobs.c.started_at.is_not(None), jobs.c.reused_from.is_(None))
        .group_by(jobs.c.kind)
    )
    return {
        row.kind: Durations(
            at_most=tuple(int(row[3 + i]) for i in range(len(SECONDS_BOUNDS))),
            count=row.n,
            total_seconds=float(row.total),
        )
        for row in rows
    }
