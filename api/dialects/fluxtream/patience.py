"""Waiting a while for a job that a call cannot be answered without."""

import time

from api.services import Services
from storage import jobs
from storage.engine import read
from storage.jobs import Job


def awaited(services: Services, job_id: int, until: float) -> Job:
    """Return the job once it has ended, or as it stands at `until` (monotonic), or when too many wait already."""
    while True:
        with read(services.engine) as db:
            job = jobs.get(db, job_id, None)
        left = until - time.monotonic()
        if job.has_ended() or left <= 0 or not services.watcher.wait(job.id, job.version, left):
            return job
