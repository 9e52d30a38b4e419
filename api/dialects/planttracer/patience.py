"""Waiting a while for work that a call cannot be answered without."""

import time

from api.dialects.planttracer.reach import means_of
from api.services import Services
from storage import jobs
from storage.engine import read
from storage.jobs import Job
from storage.planttracer import findings, intake
from storage.planttracer.movies import Movie, State


def awaited(services: Services, job_id: int, until: float) -> Job:
    """Return the job once it has ended, or as it stands at `until` (monotonic), or when too many wait already."""
    while True:
        with read(services.engine) as db:
            job = jobs.get(db, job_id, None)
        left = until - time.monotonic()
        if job.has_ended() or left <= 0 or not services.watcher.wait(job.id, job.version, left):
            return job


def described(services: Services, movie: Movie, until: float) -> Movie:
    """Return a movie that has been uploaded once it was looked into, or as it stands when the time is over."""
    if movie.state is not State.PROCESSING:
        return movie
    with read(services.engine) as db:
        probe = findings.probe_of(db, movie)
    if probe is None:
        return movie
    awaited(services, probe.id, until)
    return intake.look_after(means_of(services), movie.movie_id)


def archived(services: Services, movie: Movie, until: float) -> Movie:
    """Return a movie once its frames are in a ZIP, or as it stands when the time is over."""
    if movie.archive_job is None or movie.archive_media is not None:
        return movie
    awaited(services, movie.archive_job, until)
    return intake.look_after(means_of(services), movie.movie_id)
