"""Checks of the ledger: reachable, at our schema, at our time, and heard by workers."""

import time
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from cli.findings import Finding, fail, ok, warn
from darkroom.errors import DarkroomError
from darkroom.settings import Settings
from storage import engine as engines
from storage import metrics, schema
from storage.engine import read
from storage.metrics import QueueFigures

SKEW_SECONDS = 2.0  # between the database's clock and ours; links are signed by ours, leases live by its


def check_database(settings: Settings) -> Iterator[Finding]:
    engine = engines.connect(settings.database())
    try:
        yield from _check(engine)
    except DarkroomError as error:
        yield fail("database", error.message, "start it, and compare DARKROOM_DATABASE_URL")
    finally:
        engine.dispose()


def _check(engine: sa.Engine) -> Iterator[Finding]:
    with read(engine) as db:
        theirs, ours = db.execute(sa.select(engines.now())).scalar_one(), time.time()
        yield ok("database", engine.url.render_as_string(hide_password=True))
        yield check_clock(theirs - ours)
        if not schema.is_current(db):
            yield fail("schema", "is not that of this version", "darkroom migrate")
            return
        yield ok("schema", "is current")
        yield from check_queues(metrics.measure(db).queues)


def check_clock(skew_seconds: float) -> Finding:
    message = f"the database is {abs(skew_seconds):.1f} s {'ahead' if skew_seconds > 0 else 'behind'}"
    if abs(skew_seconds) > SKEW_SECONDS:
        return warn("clock", message, "let both machines follow a time server (chrony, systemd-timesyncd)")
    return ok("clock", message)


def check_queues(figures_by_queue: Mapping[str, QueueFigures]) -> Iterator[Finding]:
    """Give what serves each queue; a queue on which work waits for nobody is a failure."""
    for name, figures in figures_by_queue.items():
        message = f"{figures.workers} workers, {figures.slots} slots, {figures.running} running, {figures.depth} waiting"
        subject = f"queue {name}"
        if figures.workers:
            yield ok(subject, message)
        elif figures.depth:
            yield fail(subject, f"{message}: nobody serves it", f"darkroom work --queues {name}")
    if not any(figures.workers for figures in figures_by_queue.values()):
        yield warn("workers", "none is alive", "darkroom up, or darkroom work --queues quick,cpu,io")
