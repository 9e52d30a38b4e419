"""Long-polls: one thread per process watches the jobs that anybody here waits for, in one query for all.

A waiter holds a thread of the web server and no database connection. At most `limit` wait at once; whoever comes
after that is answered at once.
"""

import threading
import time
from collections import defaultdict

import sqlalchemy as sa
import structlog

from darkroom.errors import Unavailable
from storage import jobs
from storage.engine import read

log = structlog.get_logger()

SOON_SECONDS = 0.005  # between looks, at least,
LOOK_SECONDS = 0.05  # and at most; a change is told about so late, on average half of it
LATENESS = (
    0.25  # of the time that the youngest waiter has waited: who has waited long does not mind a little more
)
BREATH_SECONDS = 1.0  # between looks while the database does not answer
IDS_PER_QUERY = 500


class _Waiter:
    def __init__(self, job_id: int, version: int) -> None:
        self.job_id = job_id
        self.version = version
        self.since = time.monotonic()
        self.released = threading.Event()


class Watcher:
    """Holds those who wait; its thread starts with the first of them and sleeps while there is none."""

    def __init__(self, engine: sa.Engine, limit: int) -> None:
        self._engine = engine
        self._limit = limit
        self._waiters: set[_Waiter] = set()
        self._lock = threading.Lock()
        self._called = threading.Event()  # somebody has come, or it is over
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def wait(self, job_id: int, version: int, seconds: float) -> bool:
        """Return once the job's version is no longer this one, or the time is over.

        False: too many wait already, and this caller was not let in.
        """
        if seconds <= 0:
            return True
        waiter = _Waiter(job_id, version)
        if not self._admit(waiter):
            return False
        try:
            waiter.released.wait(seconds)
        finally:
            with self._lock:
                self._waiters.discard(waiter)
        return True

    def count(self) -> int:
        """Return how many wait now."""
        return len(self._waiters)

    def dismiss(self) -> None:
        """Let everybody go, and nobody in any more: the process is about to end."""
        self._closed.set()
        self._called.set()
        with self._lock:
            waiters = list(self._waiters)
        for waiter in waiters:
            waiter.released.set()

    def close(self) -> None:
        """Dismiss everybody and let the thread end."""
        self.dismiss()
        if self._thread is not None:
            self._thread.join()

    def _admit(self, waiter: _Waiter) -> bool:
        with self._lock:
            if self._closed.is_set() or len(self._waiters) >= self._limit:
                return False
            self._waiters.add(waiter)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)
                self._thread.start()
        self._called.set()
        return True

    def _watch(self) -> None:
        pause: float | None = None
        while not self._closed.is_set():
            self._called.wait(pause)
            self._called.clear()
            time.sleep(SOON_SECONDS)
            try:
                pause = self._look()
            except Unavailable as error:
                log.warning("watcher cannot look", error=error.message)
                pause = _breathe()
            except Exception:  # whoever waits is woken by nobody else
                log.exception("watcher failed")
                pause = _breathe()

    def _look(self) -> float | None:
        """Release those whose job has changed; return for how long to pause, None: until somebody comes."""
        with self._lock:
            waiters = list(self._waiters)
        if not waiters:
            return None
        waiters_by_job: dict[int, list[_Waiter]] = defaultdict(list)
        for waiter in waiters:
            waiters_by_job[waiter.job_id].append(waiter)
        ids = sorted(waiters_by_job)
        for start in range(0, len(ids), IDS_PER_QUERY):
            some = ids[start : start + IDS_PER_QUERY]
            with read(self._engine) as db:
                version_by_job = jobs.versions(db, some)
            for job_id in some:
                for waiter in waiters_by_job[job_id]:
                    if version_by_job.get(job_id) != waiter.version:
                        waiter.released.set()
        return pause_after(time.monotonic() - max(waiter.since for waiter in waiters))


def pause_after(seconds: float) -> float:
    """Return how long to pause between looks when the youngest waiter has waited so long."""
    return min(seconds * LATENESS, LOOK_SECONDS - SOON_SECONDS)


def _breathe() -> float:
    """Give the database time to come back; then look again."""
    time.sleep(BREATH_SECONDS)
    return 0.0
