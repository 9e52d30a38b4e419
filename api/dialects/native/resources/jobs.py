"""Jobs: submit, list, run again."""

import sqlalchemy as sa
from falcon import Request, Response

from api import cursors
from api.bodies import write_json
from api.dialects.native import translate, wire
from api.dialects.native.idempotency import KEYED, digest_of, key_of
from api.dialects.native.resources.job import answer_with
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import Gone, Invalid, NotFound
from darkroom.jobs import Input
from darkroom.kinds import KINDS
from storage import jobs, media, traces
from storage.engine import read
from workers import enqueue
from workers.enqueue import Order

ACCEPTED = Answer(
    "written down; it will end, whatever happens", wire.Job, headers=("Location", "Retry-After")
)
ANSWERED = Answer("an identical job had ended already: this is it", wire.Job, headers=("Location",))


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
            idempotency_key=key_of(req),
            body_sha256=digest_of(req, body),
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
            given = [used for used in traces.inputs_of(db, old.id) if used.role in KINDS[old.kind].roles()]
            inputs = {used.role: _same_content(db, used, owner) for used in given}  # params name the others
        order = Order(
            kind=old.kind,
            params=translate.params_of(old) if body.params is None else body.params,
            inputs=inputs,
            owner=owner,
            priority=old.priority if body.priority is None else body.priority,
            reuse=False,
            rerun_of=old.id,
            idempotency_key=key_of(req),
            body_sha256=digest_of(req, body),
        )
        _submit(self.services, resp, order)


def _submit(services: Services, resp: Response, order: Order) -> None:
    job = enqueue.submit(services.engine, services.bell, services.settings, order).job
    answer_with(resp, job)
    resp.set_header("Location", f"/v1/jobs/{job.id}")


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
