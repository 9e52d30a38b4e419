"""Samples that are brought: taken, and waited for until what they say can be read."""

import time

from msgspec import Struct

from api.services import Services
from darkroom.jobs import Output
from storage import jobs, streams
from storage.blob_intake import Source
from storage.engine import read
from storage.jobs import Job
from storage.streams import Form, Upload
from workers.enqueue import Counter


class Taken(Struct, frozen=True):
    """An upload and its job as they stand; published once `upload.state` is "done", else the job says why not (yet)."""

    upload: Upload
    job: Job

    def is_published(self) -> bool:
        return self.upload.state != "pending"


def take(
    services: Services,
    owner: int,
    device: str,
    form: Form,
    body: Source,
    *,
    dialect: str,
    wait: float | None = None,
    size: int | None = None,
) -> Taken:
    """Take an upload and wait for it, at most so long as the settings say. Raises as `streams.upload` does."""
    means = _means(services, dialect)
    return _awaited(services, streams.upload(means, owner, device, form, body, size=size), wait)


def take_output(
    services: Services,
    owner: int,
    device: str,
    form: Form,
    output: Output,
    *,
    dialect: str,
    wait: float | None = None,
) -> Taken:
    """Take a job's file as an upload, and wait. Raises as `streams.upload_output` does."""
    means = _means(services, dialect)
    return _awaited(services, streams.upload_output(means, owner, device, form, output), wait)


def undo(services: Services, owner: int, upload: int, *, dialect: str, wait: float | None = None) -> Taken:
    """Take an upload back, and wait. Raises as `streams.undo` does."""
    return _awaited(services, streams.undo(_means(services, dialect), owner, upload), wait)


def _means(services: Services, dialect: str) -> streams.Means:
    counter = Counter(services.bell, services.settings, dialect)
    return streams.Means(services.engine, services.blobs, counter, services.settings)


def _awaited(services: Services, upload: Upload, wait: float | None) -> Taken:
    limit = services.settings.streams_wait_seconds
    until = time.monotonic() + (limit if wait is None else min(wait, limit))
    while True:
        with read(services.engine) as db:
            upload = streams.get_upload(db, upload.owner, upload.id)
            job = jobs.get(db, upload.job, None)
        left = until - time.monotonic()
        if upload.state != "pending" or job.has_ended() or left <= 0:
            return Taken(upload, job)
        if not services.watcher.wait(job.id, job.version, left):
            return Taken(upload, job)
