"""The workers that announced themselves: what they listen to, how many slots they have, when they were last well."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from storage.engine import now
from storage.tables import workers

ALIVE_SECONDS = 15.0  # a worker seen within this time counts as alive
FORGET_SECONDS = 24 * 3600.0


class Worker(Struct, frozen=True):
    id: str
    queues: str
    slots: int
    busy: int
    numerics: str
    started_at: float
    seen_at: float


def announce(db: sa.Connection, worker_id: str, queues: str, slots: int, numerics: str) -> None:
    db.execute(
        sa.insert(workers).values(
            id=worker_id,
            queues=queues,
            slots=slots,
            busy=0,
            numerics=numerics,
            started_at=now(),
            seen_at=now(),
        )
    )


def see(db: sa.Connection, worker_id: str, busy: int) -> bool:
    """Note that a worker is well; return False when it was forgotten and must announce itself again."""
    changed = db.execute(sa.update(workers).where(workers.c.id == worker_id).values(seen_at=now(), busy=busy))
    return bool(changed.rowcount)


def leave(db: sa.Connection, worker_id: str) -> None:
    db.execute(sa.delete(workers).where(workers.c.id == worker_id))


def alive(db: sa.Connection) -> list[Worker]:
    rows = db.execute(
        sa.select(workers).where(workers.c.seen_at > now() - ALIVE_SECONDS).order_by(workers.c.id)
    )
    return [msgspec.convert(row, Worker, from_attributes=True) for row in rows]


def is_served(db: sa.Connection, queue: str) -> bool:
    """Return whether a live worker listens there."""
    return any(queue in worker.queues.split(",") for worker in alive(db))


def forget(db: sa.Connection) -> int:
    """Drop workers that were not heard of for a day."""
    return db.execute(sa.delete(workers).where(workers.c.seen_at < now() - FORGET_SECONDS)).rowcount
