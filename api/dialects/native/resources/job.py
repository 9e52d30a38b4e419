"""One job: watch it, cancel it."""

from falcon import Request, Response

from api import conditional
from api.bodies import write_json
from api.dialects.native import translate, wire
from api.services import Services
from api.typed import Answer, operation
from darkroom.jobs import JobState
from storage import jobs, standing
from storage.engine import read, write
from storage.jobs import Job

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
        found = self._find(req, job)
        known = conditional.is_known(req, str(found.version))
        if query.wait > 0 and not found.has_ended() and (known or req.get_header("If-None-Match") is None):
            self._wait(resp, found, query.wait)
            found = self._find(req, job)
            known = conditional.is_known(req, str(found.version))
        conditional.set_etag(resp, str(found.version))
        if known:
            conditional.answer_unchanged(resp)
            return
        answer_with(resp, found, look(self.services, found), open_status=200)

    @operation("Cancel a job", answers=CANCELLED)
    def on_delete(self, req: Request, resp: Response, job: int) -> None:
        """Ask for the end of a job: at once while it is queued, else when its worker hears of it, within seconds. The
        record stays. One that has ended stays as it ended.
        """
        _cancel(self.services, req, resp, job)

    def _find(self, req: Request, job_id: int) -> Job:
        with read(self.services.engine) as db:
            return jobs.get(db, job_id, req.context.caller.user_id)

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


def look(services: Services, job: Job) -> wire.Job:
    """Return the job with its progress, and while it is queued with what it waits for."""
    with read(services.engine) as db:
        stands = standing.standing(db, job.id)
        queued = job.state is JobState.QUEUED
        position = standing.position(db, job) if queued else None
    if position is None:
        return translate.job_view(job, stands)
    # Asked for outside of the transaction: whoever waits for this answer must not hold a connection.
    waiting = translate.waiting_view(job, position, services.workers.get(), stands.now)
    return translate.job_view(job, stands, waiting)


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
