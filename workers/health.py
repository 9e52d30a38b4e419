"""Whether this worker could really take a job; a worker that could not is not announced as alive."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dramatiq
import msgspec
import sqlalchemy as sa
import structlog

from darkroom.errors import DarkroomError, Unavailable
from storage import pool
from storage.blobs import Blobs
from storage.engine import read, write
from workers.bell import Bell
from workers.child import numerics
from workers.run import Bench

log = structlog.get_logger()

SEE_SECONDS = 5.0


class Health:
    """Checks the worker every few seconds and writes the answer where others can see it."""

    def __init__(
        self, bench: Bench, worker: dramatiq.Worker, engine: sa.Engine, blobs: Blobs, bell: Bell
    ) -> None:
        self.bench, self.worker, self.engine, self.blobs, self.bell = bench, worker, engine, blobs, bell
        self.found: list[str] = ["not checked yet"]
        self.checked_at = 0.0
        self.left = threading.Event()

    def problems(self) -> list[str]:
        """Return what keeps this worker from taking a job, nothing when it is well."""
        age = time.monotonic() - self.checked_at
        if self.checked_at and age > 4 * SEE_SECONDS:
            return [f"the last check was {age:.0f} s ago"]
        return self.found

    def check(self) -> list[str]:
        """Look at every part that a job needs: threads, child, database, store. Without a broker work goes on, later."""
        found = [f"thread {thread.name} is dead" for thread in self._threads() if not thread.is_alive()]
        found += _trouble("child", self.bench.try_child)
        found += _trouble("database", self._ask_database)
        found += _trouble("store", self.blobs.check)
        for trouble in _trouble("broker", self.bell.check):
            log.warning("bells may not be heard; looking now and then instead", trouble=trouble)
        return found

    def _threads(self) -> list[threading.Thread]:
        return [*self.worker.workers, *self.worker.consumers.values()]

    def _ask_database(self) -> None:
        with read(self.engine) as db:
            db.execute(sa.text("SELECT 1"))

    def watch(self) -> None:
        """Check and announce until told to leave."""
        kind = msgspec.json.encode(
            numerics(self.bench.settings.network_device), order="deterministic"
        ).decode()
        while not self.left.wait(0.0 if not self.checked_at else SEE_SECONDS):
            try:
                self._check_and_announce(kind)
            except Unavailable as error:
                log.warning("cannot announce", error=error.message)
            except Exception:  # a worker that works must not vanish from the list for a surprise
                log.exception("health check failed")

    def _check_and_announce(self, numerics_class: str) -> None:
        self.found, self.checked_at = self.check(), time.monotonic()
        if self.found:
            log.error("not able to work", problems=self.found)
        else:
            self._announce(numerics_class)

    def _announce(self, numerics_class: str) -> None:
        bench = self.bench
        with write(self.engine) as db:
            if not pool.see(db, bench.worker_id, bench.busy()):
                pool.announce(db, bench.worker_id, ",".join(bench.queues), bench.slots, numerics_class)

    def leave(self) -> None:
        """Take the worker off the list."""
        self.left.set()
        try:
            with write(self.engine) as db:
                pool.leave(db, self.bench.worker_id)
        except Unavailable as error:
            log.warning("cannot say goodbye", error=error.message)


def _trouble(name: str, check: Callable[[], None]) -> list[str]:
    try:
        check()
    except (DarkroomError, OSError, EOFError) as error:
        return [f"{name}: {error}"]
    return []


def serve(health: Health, bind: str) -> ThreadingHTTPServer:
    """Answer GET on host:port with 200 when the worker is well, 503 and the reasons when not."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            problems = health.problems()
            body = msgspec.json.encode({"ok": not problems, "problems": problems})
            self.send_response(503 if problems else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: probes come every second."""

    host, _, port = bind.rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), Page)
    threading.Thread(target=server.serve_forever, daemon=True, name="health page").start()
    return server
