"""Jobs: submit, list, watch, cancel, run again."""

import hashlib

import msgspec
import sqlalchemy as sa
from falcon import Request, Response
from msgspec import Struct

from api import conditional, cursors
from api.bodies import write_json
from api.dialects.native import translate, wire
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import Gone, Invalid, NotFound
from darkroom.jobs import Input
from darkroom.kinds import KINDS
from storage import jobs, media, pool, standing
from storage.engine import read, write
from storage.jobs import Job
from workers import enqueue
from workers.enqueue import Order

BUSY_SECONDS = 2  # after which to ask again, when too many wait already
KEY_LIMIT = 255

ACCEPTED = Answer(
    "written down; it will end, whatever happens", wire.Job, headers=("Location", "Retry-After")
)
ANSWERED = Answer("an identical job had ended already: this is it", wire.Job, headers=("Location",))
KEYED = {"Idempotency-Key": "with the same key and body, the same job answers however often this is sent"}


class JobList:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Submit a job",
        body=wire.JobOrder,
        headers=KEYED,
        answers={202: ACCEPTED, 200: ANSWERED},
        faults=(409,),
    )
    def on_post(self, req: Request, resp: Response, body: wire.JobOrder) -> None:
        """Order work on media that were uploaded before. A medium that is still being probed answers 409 `not_ready`
        with Retry-After; with `reuse`, an identical job of yours that runs is joined, and one that succeeded is the
        answer at once.
        """
        order = Order(
            kind=body.kind,
            params=body.params,
            inputs=body.inputs,
            owner=req.context.caller.user_id,
            priority=body.priority,
            reuse=body.reuse,
            idempotency_key=_key(req),
            body_sha256=_digest(req, body),
        )
        try:
            _submit(self.services, resp, order)
        except NotFound as error:
            raise Invalid(error.message, where=_missing(self.services, order)) from error

    @operation(
        "List your jobs",
        query=wire.JobsQuery,
        answers={200: Answer("a page, newest first", wire.JobPage, headers=("Link",))},
    )
    def on_get(self, req: Request, resp: Response, query: wire.JobsQuery) -> None:
        if query.kind is not None and query.kind not in KINDS:
            raise Invalid(f"unknown kind {query.kind!r}", where="kind", limit=", ".join(sorted(KINDS)))
        with read(self.services.engine) as db:
            page = jobs.find(
                db,
                req.context.caller.user_id,
                kind=query.kind,
                state=query.state,
                since=None if query.since is None else query.since.timestamp(),
                before_id=cursors.decode(query.cursor),
                limit=query.limit,
            )
        cursor = cursors.encode(page[-1].id) if len(page) == query.limit else None
        cursors.link(req, resp, cursor)
        write_json(resp, wire.JobPage(jobs=[translate.job_view(job) for job in page], next_cursor=cursor))


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
        found = _watch(self.services, req, resp, job, query.wait)
        conditional.set_etag(resp, str(found.version))
        if conditional.is_known(req, str(found.version)):
            conditional.answer_unchanged(resp)
            return
        view = look(self.services, found)
        if not found.has_ended() and resp.get_header("Retry-After") is None:
            resp.set_header("Retry-After", str(translate.poll_seconds(view)))
        write_json(resp, view)

    @operation(
        "Cancel a job",
        answers={
            202: Answer("its end was asked for", wire.Job, headers=("Location", "Retry-After")),
            200: Answer("it has ended", wire.Job),
        },
    )
    def on_delete(self, req: Request, resp: Response, job: int) -> None:
        """Ask for the end of a job: at once while it is queued, else when its worker hears of it, within seconds. The
        record stays. One that has ended stays as it ended.
        """
        _cancel(self.services, req, resp, job)


class Cancel:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Cancel a job, as a verb",
        answers={
            202: Answer("its end was asked for", wire.Job, headers=("Location", "Retry-After")),
            200: Answer("it has ended", wire.Job),
        },
    )
    def on_post(self, req: Request, resp: Response, job: int) -> None:
        """The same as DELETE of the job."""
        _cancel(self.services, req, resp, job)


class Rerun:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Run a job again",
        body=wire.RerunOrder,
        body_is_optional=True,
        headers=KEYED,
        answers={202: ACCEPTED, 200: ANSWERED},
        faults=(409, 410),
    )
    def on_post(self, req: Request, resp: Response, job: int, body: wire.RerunOrder) -> None:
        """Make a new job of the same kind on the same content, linked to the old one, never answered from a result that
        is there already. Its provenance says whether the outputs are identical, or which differ.
        """
        owner = req.context.caller.user_id
        with read(self.services.engine) as db:
            old = jobs.get(db, job, owner)
            inputs = {used.role: _same_content(db, used, owner) for used in jobs.inputs_of(db, old.id)}
        order = Order(
            kind=old.kind,
            params=translate.params_of(old) if body.params is None else body.params,
            inputs=inputs,
            owner=owner,
            priority=old.priority if body.priority is None else body.priority,
            reuse=False,
            rerun_of=old.id,
            idempotency_key=_key(req),
            body_sha256=_digest(req, body),
        )
        _submit(self.services, resp, order)


def look(services: Services, job: Job) -> wire.Job:
    """Return the job with its progress, and while it is queued with what it waits for."""
    with read(services.engine) as db:
        stands = standing.standing(db, job.id)
        queued = job.state == "queued"
        waiting = jobs.waiting(db, job, pool.ALIVE_SECONDS) if queued else None
    return translate.job_view(job, stands, waiting)


def _submit(services: Services, resp: Response, order: Order) -> None:
    receipt = enqueue.submit(services.engine, services.bell, services.settings, order)
    with read(services.engine) as db:
        job = jobs.get(db, receipt.job_id, order.owner)
    _answer_with(resp, job, translate.job_view(job))
    resp.set_header("Location", f"/v1/jobs/{job.id}")


def _cancel(services: Services, req: Request, resp: Response, job_id: int) -> None:
    with write(services.engine) as db:
        owner = req.context.caller.user_id
        job = jobs.cancel(db, job_id, owner, services.settings.result_expiry_seconds)
    _answer_with(resp, job, translate.job_view(job))


def _answer_with(resp: Response, job: Job, view: wire.Job) -> None:
    write_json(resp, view, 200 if job.has_ended() else 202)
    if not job.has_ended():
        resp.set_header("Retry-After", str(translate.poll_seconds(view)))


def _watch(services: Services, req: Request, resp: Response, job_id: int, seconds: float) -> Job:
    """Return the job, after a wait if one was asked for and the client knows of no older version."""
    owner = req.context.caller.user_id
    with read(services.engine) as db:
        job = jobs.get(db, job_id, owner)
    given = req.get_header("If-None-Match")
    if seconds <= 0 or job.has_ended() or (given and not conditional.is_known(req, str(job.version))):
        return job
    if not services.watcher.wait(job.id, job.version, min(seconds, services.settings.wait_limit_seconds)):
        resp.set_header("Retry-After", str(BUSY_SECONDS))
        return job
    with read(services.engine) as db:
        return jobs.get(db, job_id, owner)


def _key(req: Request) -> str | None:
    key = req.get_header("Idempotency-Key")
    if key is not None and not (1 <= len(key) <= KEY_LIMIT and key.isprintable()):
        raise Invalid(
            f"an Idempotency-Key has 1 to {KEY_LIMIT} characters", where="Idempotency-Key", limit=KEY_LIMIT
        )
    return key


def _digest(req: Request, body: Struct) -> str:
    """Return what makes a request the same request: its path, and what its body means."""
    meant = msgspec.json.encode(body, order="deterministic")
    return hashlib.sha256(req.path.encode() + b"\n" + meant).hexdigest()


def _missing(services: Services, order: Order) -> str:
    """Return the pointer to the input that is not there."""
    with read(services.engine) as db:
        for role, media_id in order.inputs.items():
            try:
                media.get(db, media_id, order.owner)
            except NotFound:
                return f"/inputs/{role}"
    return "/inputs"


def _same_content(db: sa.Connection, used: Input, owner: int) -> int:
    """Return a record of the owner's with this content, the one that was used if it is still there."""
    record = media.by_sha256(db, owner, used.sha256)
    if record is None:
        raise Gone(
            f"the content of input {used.role!r} is no longer here",
            hint=f"upload it again: sha256 {used.sha256}",
        )
    return record.id
