"""Dramatiq's broker over the ledger itself: a waiting part is the bell, so there is no second truth to keep in step."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import dramatiq
import psycopg
import sqlalchemy as sa
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.errors import ConnectionClosed
from sqlalchemy.exc import DBAPIError

from darkroom.errors import Unavailable
from storage import leases
from storage.engine import is_postgres, read
from workers.bell import CHANNEL, message

RECHECK_SECONDS = 0.25  # a retry becomes due without any commit
NOTIFY_RECHECK_SECONDS = 1.0


def closed(reason: str) -> Exception:
    """Return the error after which Dramatiq starts a consumer anew."""
    return ConnectionClosed(reason)  # type: ignore[no-untyped-call]  # dramatiq leaves it so


class SqlBroker(dramatiq.Broker):
    """Carries no messages: consumers hear of waiting parts from the database, at its own pace."""

    def __init__(self, engine: sa.Engine, poll_seconds: float) -> None:
        super().__init__(middleware=[])
        self.engine = engine
        self.poll_seconds = poll_seconds

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = None
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        """Give the message back: the row that it speaks of is already the bell."""
        return message

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 1000) -> Consumer:
        try:
            if is_postgres(self.engine):
                return NotifiedConsumer(self.engine, queue_name, prefetch, timeout / 1000)
            return PollingConsumer(self.engine, queue_name, prefetch, timeout / 1000, self.poll_seconds)
        except (DBAPIError, psycopg.Error) as error:
            raise closed("the database does not answer") from error


class SqlConsumer(Consumer, ABC):
    """Gives at most `prefetch` bells at a time, each as long as a part waits on the queue."""

    def __init__(self, engine: sa.Engine, queue: str, prefetch: int, timeout: float) -> None:
        self.engine = engine
        self.queue = queue
        self.prefetch = prefetch
        self.timeout = timeout
        self.outstanding = 0
        self.lock = threading.Lock()

    def __next__(self) -> MessageProxy | None:
        deadline = time.monotonic() + self.timeout
        while True:
            if self.outstanding < self.prefetch and self.hears():
                with self.lock:
                    self.outstanding += 1
                return MessageProxy(message(self.queue))
            if time.monotonic() >= deadline:
                return None
            self.rest()

    def hears(self) -> bool:
        """Return whether a part waits on the queue and is due."""
        try:
            with read(self.engine) as db:
                return leases.is_waiting(db, self.queue)
        except Unavailable as error:
            raise closed(error.message) from error

    @abstractmethod
    def rest(self) -> None:
        """Wait a little for the next look."""

    def ack(self, message: MessageProxy) -> None:
        with self.lock:
            self.outstanding -= 1

    def nack(self, message: MessageProxy) -> None:
        self.ack(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        for message_ in messages:
            self.ack(message_)


class PollingConsumer(SqlConsumer):
    """SQLite: looks when another connection has committed, which costs microseconds to know."""

    def __init__(
        self, engine: sa.Engine, queue: str, prefetch: int, timeout: float, poll_seconds: float
    ) -> None:
        super().__init__(engine, queue, prefetch, timeout)
        self.poll_seconds = poll_seconds
        self.connection = engine.raw_connection()
        self.cursor = self.connection.cursor()
        self.seen: tuple[int, bool] = (-1, False)
        self.looked_at = 0.0

    def hears(self) -> bool:
        # Only what this connection sees committed by others counts; a retry that comes due is seen by the recheck.
        version = self._data_version()
        if (
            version == self.seen[0]
            and not self.seen[1]
            and time.monotonic() - self.looked_at < RECHECK_SECONDS
        ):
            return False
        self.looked_at = time.monotonic()
        self.seen = (version, super().hears())
        return self.seen[1]

    def _data_version(self) -> int:
        self.cursor.execute("PRAGMA data_version")
        return int(self.cursor.fetchone()[0])  # type: ignore[index]  # a pragma always answers

    def rest(self) -> None:
        time.sleep(self.poll_seconds)

    def close(self) -> None:
        self.cursor.close()
        self.connection.close()


class NotifiedConsumer(SqlConsumer):
    """PostgreSQL: listens for the commit that rang, and looks now and then all the same."""

    def __init__(self, engine: sa.Engine, queue: str, prefetch: int, timeout: float) -> None:
        super().__init__(engine, queue, prefetch, timeout)
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.listener = psycopg.connect(url, autocommit=True, connect_timeout=5)
        self.listener.execute(f'LISTEN "{CHANNEL}{queue}"'.encode())
        self.looked_at = 0.0
        self.heard = True

    def hears(self) -> bool:
        if not self.heard and time.monotonic() - self.looked_at < NOTIFY_RECHECK_SECONDS:
            return False
        self.looked_at = time.monotonic()
        self.heard = super().hears()
        return self.heard

    def rest(self) -> None:
        try:
            for _ in self.listener.notifies(timeout=self.timeout, stop_after=1):
                self.heard = True
        except psycopg.Error as error:
            raise closed("the database connection broke") from error

    def close(self) -> None:
        self.listener.close()
