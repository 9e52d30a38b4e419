"""One job: watch it, cancel it."""

import sqlalchemy as sa
from falcon import Request, Response
from msgspec import Struct

from api import conditional
from api.bodies import write_json
from api.dialects.native import translate, wire
from api.services import Services
from api.typed import Answer, operation
from darkroom.jobs import JobState
from storage import jobs, standing
from storage.engine import read, write
from storage.jobs import Job
from storage.standing import Position, Standing

BUSY_SECONDS = 2  # after which to ask again, when too many wait already
CANCELLED = {
    202: Answer("its end was asked for", wire.Job, headers=("Retry-After",)),
    200: Answer("it has ended", wire.Job),
}


class JobItem:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Watch a job",
        query=wire.WaitQuery,
        headers={"If-None-Match": "the ETag of the answer before"},
        answers={
            200: Answer("the job as it stands", wire.Job, headers=("ETag", "Retry-After")),
            304: Answer("nothing changed", headers=("ETag", "Retry-After")),
        },
    )
    def on_get(self, req: Request, resp: Response, job: int, query: wire.WaitQuery) -> None:
        """State, progress, and while it is queued why. With `wait` the answer comes at the next change (with
        If-None-Match: at the first change since that version), or when the time is over; when too many wait already,
        it comes at once.
        """
        seen = self._see(req, job)
        asked_anew = seen.is_known or req.get_header("If-None-Match") is None
        if query.wait > 0 and not seen.job.has_ended() and asked_anew:
            self._wait(resp, seen.job, query.wait)
            seen = self._see(req, job)
        conditional.set_etag(resp, str(seen.job.version))
        if seen.is_known:
            conditional.answer_unchanged(resp)
            return
        answer_with(resp, seen.job, seen.view(self.services), open_status=200)

    @operation("Cancel a job", answers=CANCELLED)
    def on_delete(self, req: Request, resp: Response, job: int) -> None:
        """Ask for the end of a job: at once while it is queued, else when its worker hears of it, within seconds. The
        record stays. One that has ended stays as it ended.
        """
        _cancel(self.services, req, resp, job)

    def _see(self, req: Request, job_id: int) -> "Seen":
        """Read all that the answer needs in one go; no more than the version for a client that knows it."""
        with read(self.services.engine) as db:
            job = jobs.get(db, job_id, req.context.caller.user_id)
            if conditional.is_known(req, str(job.version)):
                return Seen(job, is_known=True)
            return see(db, job)

    def _wait(self, resp: Response, job: Job, seconds: float) -> None:
        longest = min(seconds, self.services.settings.wait_limit_seconds)
        if not self.services.watcher.wait(job.id, job.version, longest):
            resp.set_header("Retry-After", str(BUSY_SECONDS))


class Cancel:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Cancel a job, as a verb", answers=CANCELLED)
    def on_post(self, req: Request, resp: Response, job: int) -> None:
        """The same as DELETE of the job."""
        _cancel(self.services, req, resp, job)


class Seen(Struct, frozen=True):
    """A job as one look at the ledger found it; position only while it is queued."""

    job: Job
    standing: Standing | None = None
    position: Position | None = None
    is_known: bool = False

    def view(self, services: Services) -> wire.Job:
        """Return what a client is shown. Outside of the transaction: it may ask for the live workers."""
        if self.position is None or self.standing is None:
            return translate.job_view(self.job, self.standing)
        alive = services.workers.get()
        waiting = translate.waiting_view(self.job, self.position, alive, self.standing.now)
        return translate.job_view(self.job, self.standing, waiting)


def see(db: sa.Connection, job: Job) -> Seen:
    """Return the job with its progress, and while it is queued with what it waits for."""
    queued = job.state is JobState.QUEUED
    return Seen(job, standing.standing(db, job.id), standing.position(db, job) if queued else None)


def answer_with(resp: Response, job: Job, view: wire.Job | None = None, *, open_status: int = 202) -> None:
    """Answer with a job; while it is open, with this status and the time after which to ask again."""
    shown = translate.job_view(job) if view is None else view
    write_json(resp, shown, 200 if job.has_ended() else open_status)
    if not job.has_ended() and resp.get_header("Retry-After") is None:
        resp.set_header("Retry-After", str(translate.poll_seconds(shown)))


def _cancel(services: Services, req: Request, resp: Response, job_id: int) -> None:
    with write(services.engine) as db:
        owner = req.context.caller.user_id
        job = jobs.cancel(db, job_id, owner, services.settings.result_expiry_seconds)
    answer_with(resp, job)
