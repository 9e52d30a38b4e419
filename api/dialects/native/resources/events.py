"""A job's changes as server-sent events, for pages that would rather listen than poll."""

import time
from collections.abc import Iterator

import msgspec
import structlog
from falcon import Request, Response

from api.dialects.native import wire
from api.dialects.native.resources.job import see
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import Unavailable
from storage import jobs
from storage.engine import read
from storage.jobs import Job

log = structlog.get_logger()

STREAM = "text/event-stream"
RETRY_MILLISECONDS = 2000  # after which a browser connects again when the stream ended


class JobEvents:
    speaks = STREAM

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Listen to a job",
        headers={"Last-Event-ID": "the version that was heard last"},
        answers={
            200: Answer("an event at every change, until it has ended", wire.JobEvent, content_type=STREAM)
        },
    )
    def on_get(self, req: Request, resp: Response, job: int) -> None:
        """Each event's data is the job as GET gives it, its id the version. A stream ends with the job, or after the
        server's limit of waiting: an EventSource then connects again. Listeners count as waiters.
        """
        owner = req.context.caller.user_id
        with read(self.services.engine) as db:
            found = jobs.get(db, job, owner)
        resp.content_type = STREAM
        resp.cache_control = ["no-store"]
        resp.set_header("X-Accel-Buffering", "no")
        resp.stream = _events(self.services, found, req.get_header("Last-Event-ID"))


def _events(services: Services, job: Job, heard: str | None) -> Iterator[bytes]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    until = time.monotonic() + services.settings.wait_limit_seconds
    if heard != str(job.version):
        yield _event(services, job)
    try:
        while not job.has_ended() and (left := until - time.monotonic()) > 0:
            if not services.watcher.wait(job.id, job.version, left):
                return
            with read(services.engine) as db:
                now = jobs.get(db, job.id, job.owner)
            if now.version != job.version:
                yield _event(services, now)
            job = now
    except Unavailable as error:  # the answer has begun: all that is left is to end it, and be asked again
        log.warning("events broke off", job_id=job.id, error=error.message)


def _event(services: Services, job: Job) -> bytes:
    with read(services.engine) as db:
        seen = see(db, job)
    data = msgspec.json.encode(seen.view(services))
    return b"event: job\nid: %d\ndata: %s\n\n" % (job.version, data)
