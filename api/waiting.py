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

LOOK_SECONDS = 0.05  # a change is told about so late, on average half of it
BREATH_SECONDS = 1.0  # between looks while the database does not answer
IDS_PER_QUERY = 500


class _Waiter:
    def __init__(self, job_id: int, version: int) -> None:
        self.job_id = job_id
        self.version = version
        self.released = threading.Event()


class Watcher:
    """Holds those who wait; its thread starts with the first of them and sleeps while there is none."""

    def __init__(self, engine: sa.Engine, limit: int) -> None:
        self._engine = engine
        self._limit = limit
        self._waiters: set[_Waiter] = set()
        self._lock = threading.Lock()
        self._somebody = threading.Event()
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
        self._somebody.set()
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
        self._somebody.set()
        return True

    def _watch(self) -> None:
        while not self._closed.is_set():
            self._somebody.wait()
            pause = LOOK_SECONDS
            try:
                self._look()
            except Unavailable as error:
                log.warning("watcher cannot look", error=error.message)
                pause = BREATH_SECONDS
            except Exception:  # whoever waits is woken by nobody else
                log.exception("watcher failed")
                pause = BREATH_SECONDS
            time.sleep(pause)

    def _look(self) -> None:
        with self._lock:
            waiters = list(self._waiters)
            if not waiters and not self._closed.is_set():
                self._somebody.clear()
                return
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
