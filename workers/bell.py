"""The bell: tells sleeping workers that a queue has work; losing one costs seconds, never a job."""

import random
from typing import Protocol

import dramatiq
import redis
import sqlalchemy as sa
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import DramatiqError

from darkroom.errors import Unavailable
from darkroom.settings import Settings
from storage.engine import is_postgres

log = structlog.get_logger()

PROBE = "darkroom:probe"
CHANNEL = "darkroom_"  # + queue: what PostgreSQL notifies


class Bell(Protocol):
    def ring_within(self, db: sa.Connection, queue: str) -> None:
        """Ring when the caller's transaction commits, where the database itself carries the bell."""

    def ring(self, queue: str) -> None:
        """Ring now, after the commit; failing is logged, since the sweeper rings again."""

    def check(self) -> None:
        """Raise Unavailable when bells cannot be carried."""


class SqlBell:
    """The database is the bell: SQLite's readers see the commit, PostgreSQL's are notified by it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def ring_within(self, db: sa.Connection, queue: str) -> None:
        if is_postgres(db):
            db.execute(sa.select(sa.func.pg_notify(CHANNEL + queue, "")))

    def ring(self, queue: str) -> None:
        """Nothing is left to do: the commit rang."""

    def check(self) -> None:
        """The ledger's own check covers it."""


class RedisBell:
    """A Dramatiq message on Redis that names a queue, nothing else."""

    def __init__(self, broker: RedisBroker) -> None:
        self.broker = broker

    def ring_within(self, db: sa.Connection, queue: str) -> None:
        """Redis hears of it after the commit."""

    def ring(self, queue: str) -> None:
        try:
            self.broker.enqueue(message(queue))
        except (redis.RedisError, DramatiqError, OSError) as error:
            log.warning("bell lost", queue=queue, error=str(error))

    def check(self) -> None:
        try:
            self.broker.client.set(PROBE, "", ex=60)  # a full Redis answers a ping, and takes no bell
        except (redis.RedisError, OSError) as error:
            raise Unavailable(f"Redis takes no bells: {error}") from error


class LossyBell:
    """Another bell, of whose rings a share is lost: to rehearse what the sweeper is for."""

    def __init__(self, inner: Bell, loss: float) -> None:
        self.inner, self.loss = inner, loss

    def ring_within(self, db: sa.Connection, queue: str) -> None:
        if random.random() >= self.loss:  # noqa: S311 - nothing is secret here
            self.inner.ring_within(db, queue)

    def ring(self, queue: str) -> None:
        if random.random() >= self.loss:  # noqa: S311 - nothing is secret here
            self.inner.ring(queue)

    def check(self) -> None:
        self.inner.check()


def message(queue: str) -> dramatiq.Message[None]:
    return dramatiq.Message(queue_name=queue, actor_name=actor_name(queue), args=(), kwargs={}, options={})


def actor_name(queue: str) -> str:
    return f"ring_{queue}"


def redis_broker(url: str) -> RedisBroker:
    """Return Dramatiq's broker with the settings under which it repairs itself in seconds, and none of its middleware.

    Retries, limits, joins and cancels are rows of the ledger: docs/decisions/0002-dramatiq-only-rings.md.
    """
    return RedisBroker(  # type: ignore[no-untyped-call]  # dramatiq leaves it so
        url=url, middleware=[], heartbeat_timeout=30_000, maintenance_chance=100_000
    )


def connect(settings: Settings, engine: sa.Engine) -> Bell:
    """Return the bell that the settings name."""
    bell = RedisBell(redis_broker(settings.redis_url)) if settings.broker == "redis" else SqlBell(engine)
    return LossyBell(bell, settings.bell_loss) if settings.bell_loss else bell
