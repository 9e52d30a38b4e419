"""The database: one engine per process, visible transactions, one clock."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles

from darkroom.errors import Unavailable

SQLITE_BUSY_SECONDS = 30.0
READ_ONLY = "25006"  # PostgreSQL's code while another server takes over
POOL_SIZE = 10
POOL_OVERFLOW = 30  # more at once would only queue inside the database


class now(sa.sql.functions.FunctionElement[float]):  # noqa: N801 - reads as the SQL function that it is
    """The database's clock, as seconds since the epoch: the only clock that a lease knows."""

    type = sa.Double()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: Any, **kwargs: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_postgresql(element: now, compiler: Any, **kwargs: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


class added_level(sa.sql.functions.FunctionElement[float]):  # noqa: N801 - reads as the SQL function that it is
    """log2(2^level + seconds * 2^at), without ever leaving the range of a double: see storage.fairness."""

    type = sa.Double()
    inherit_cache = True


@compiles(added_level, "sqlite")
def _added_level_sqlite(element: added_level, compiler: Any, **kwargs: Any) -> str:
    return f"darkroom_added_level({compiler.process(element.clauses, **kwargs)})"


@compiles(added_level, "postgresql")
def _added_level_postgresql(element: added_level, compiler: Any, **kwargs: Any) -> str:
    level, seconds, at = (compiler.process(clause, **kwargs) for clause in element.clauses)
    fresh = f"(ln({seconds}) / ln(2::double precision) + {at})"
    apart = f"greatest(-abs({level} - {fresh}), -1000)"
    return (
        f"greatest({level}, {fresh}) + ln(1 + power(2::double precision, {apart})) / ln(2::double precision)"
    )


def add_level(level: float, seconds: float, at: float) -> float:
    """Return log2(2^level + seconds * 2^at): what SQLite calls for `added_level`."""
    fresh = math.log2(seconds) + at
    high, low = max(level, fresh), min(level, fresh)
    return high + math.log2(1.0 + 2.0 ** max(low - high, -1000.0))


def connect(url: str) -> sa.Engine:
    """Return the engine for `url` (sqlite:/// or postgresql+psycopg://)."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return sa.create_engine(
        parsed,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=10,
        pool_pre_ping=True,  # a restarted server costs a reconnect, not an error
        connect_args={"connect_timeout": 5},
    )


def _sqlite(url: sa.URL) -> sa.Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False},
    )

    @sa.event.listens_for(engine, "connect")
    def pragmas(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions are ours to begin
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # an accepted job survives a power cut
        connection.execute("PRAGMA foreign_keys=ON")
        connection.create_function("darkroom_added_level", 3, add_level, deterministic=True)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get("darkroom_read", False)
        # A write transaction takes the lock at once: upgrading later can fail with "busy" half-way.
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    _TURNS[engine] = threading.Lock()
    return engine


# SQLite has one writer at a time and makes the others sleep, ever longer; within a process a lock wakes them at once.
_TURNS: WeakKeyDictionary[sa.Engine, threading.Lock] = WeakKeyDictionary()


@contextmanager
def write(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that commits at the end of the block.

    Raises Unavailable when the database does not answer, or when the commit was not confirmed.
    """
    with _answering(), _turn(engine), engine.begin() as db:
        yield db


@contextmanager
def _turn(engine: sa.Engine) -> Iterator[None]:
    turn = _TURNS.get(engine)
    if turn is None:
        yield
        return
    if not turn.acquire(
        timeout=SQLITE_BUSY_SECONDS
    ):  # else each in the line would wait so long, one after another
        raise Unavailable("the database does not answer")
    try:
        yield
    finally:
        turn.release()


@contextmanager
def read(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a consistent view that writes nothing. Raises Unavailable when the database does not answer."""
    with _answering(), engine.connect() as db:
        db.execution_options(darkroom_read=True)
        yield db


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable("the database does not answer") from error
    except DBAPIError as error:
        if (
            error.connection_invalidated or type(error) is DatabaseError
        ):  # the latter: the file is no database
            raise Unavailable("the database connection broke") from error
        if getattr(error.orig, "sqlstate", None) == READ_ONLY:
            raise Unavailable("the database takes no writes") from error
        raise


def is_postgres(db: sa.Connection | sa.Engine) -> bool:
    return db.dialect.name == "postgresql"
