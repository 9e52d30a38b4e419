"""Frames of a movie, answered directly: by a quick job that is waited for, or by one that did the same before."""

import time

from falcon import Request, Response

from api import conditional, uploads
from api.bodies import write_json
from api.dialects.native import frame_query, translate, wire
from api.dialects.native.resources.results import finished, result_view
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import Invalid
from darkroom.jobs import JobState, Output
from storage import jobs
from storage.engine import read
from storage.jobs import Job
from workers import enqueue
from workers.enqueue import Order, Sought

RETRY_SECONDS = 1  # after which it is worth asking for the job
NAMED = 20  # of the damaged frames, in a header; the job's result has all of them
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif")


class MediaFrames:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Look at frames",
        query=wire.FramesQuery,
        headers={
            "If-None-Match": "the ETag of the answer before",
            "Accept": "the image format, if `format` does not say it",
        },
        answers={
            200: Answer(
                "the picture; of several files, and of sprites, where to find them",
                wire.JobResult,
                headers=("ETag", "Cache-Control", "Vary", "Link", "Damaged-Frames"),
                pictures=PICTURES,
            ),
            202: Answer("it takes longer: the job to watch", wire.Job, headers=("Location", "Retry-After")),
            304: Answer("nothing changed", headers=("ETag", "Cache-Control", "Vary")),
        },
        faults=(409,),
    )
    def on_get(self, req: Request, resp: Response, media: int, query: wire.FramesQuery) -> None:
        """By number, by time or evenly spread; cut, scaled, as one picture, a grid or an animation. Several frames come as
        a montage unless `layout` says else. The same question is computed once: who asks meanwhile waits for the same
        job, and who asks later gets what it made. A picture may be kept for a day, unless frames in it are damaged.
        """
        until = time.monotonic() + self._patience(query)
        order = self._order(req, media, query)
        self._await_probe(media, order.owner, until)
        sought = self._sought(order)
        if conditional.is_known(req, sought.cache_key):
            self._let_keep(resp, sought.cache_key)
            conditional.answer_unchanged(resp)
            return
        job = self._await(sought.job or self._submitted(order), until)
        if not job.has_ended():
            _answer_later(resp, job)
            return
        _check(job, frame_query.selection_of(query))
        self._answer(resp, job)

    def _patience(self, query: wire.FramesQuery) -> float:
        limit = self.services.settings.frame_wait_seconds
        return limit if query.wait is None else min(query.wait, self.services.settings.wait_limit_seconds)

    def _order(self, req: Request, media: int, query: wire.FramesQuery) -> Order:
        return Order(
            kind="frames",
            params=frame_query.params_of(query, req.get_header("Accept")),
            inputs={"movie": media},
            owner=req.context.caller.user_id,
        )

    def _sought(self, order: Order) -> Sought:
        try:
            return enqueue.seek(self.services.engine, self.services.settings, order)
        except Invalid as error:
            raise frame_query.reworded(error) from error

    def _submitted(self, order: Order) -> Job:
        """Return a job that was made now, as nobody asked before."""
        try:
            return enqueue.submit(self.services.engine, self.services.bell, self.services.settings, order).job
        except Invalid as error:
            raise frame_query.reworded(error) from error

    def _await_probe(self, media: int, owner: int, until: float) -> None:
        """Return once the movie was looked into, or the time is over."""
        _, probe = uploads.find(self.services, media, owner)
        if probe is not None:
            self._await(probe, until)

    def _await(self, job: Job, until: float) -> Job:
        """Return the job once it has ended, or as it stands when the time is over or too many wait already."""
        while not job.has_ended():
            left = until - time.monotonic()
            if left <= 0 or not self.services.watcher.wait(job.id, job.version, left):
                break
            with read(self.services.engine) as db:
                job = jobs.get(db, job.id, None)
        return job

    def _answer(self, resp: Response, job: Job) -> None:
        """Send the picture if it shows all that was asked for; else tell where the files are, by links that grow old."""
        result = job.read_result()
        is_partial = job.state is JobState.PARTIAL
        is_one_of_several = is_partial and translate.params_of(job)["layout"] == "each"
        if len(result.outputs) != 1 or is_one_of_several:
            resp.set_header("Cache-Control", "no-store")
            write_json(resp, result_view(self.services, job))
            return
        if is_partial:
            resp.set_header("Cache-Control", "no-store")
            resp.set_header("Damaged-Frames", ",".join(map(str, result.summary.get("damaged", [])[:NAMED])))
        else:
            self._let_keep(resp, job.cache_key)
        resp.set_header("Link", f'</v1/jobs/{job.id}/result>; rel="describedby"')
        self._send(resp, result.outputs[0])

    def _let_keep(self, resp: Response, tag: str) -> None:
        """Let this client keep the picture; another, or one that wants another format, is to ask for itself."""
        resp.set_header("ETag", f'"{tag}"')
        resp.set_header("Cache-Control", f"private, max-age={self.services.settings.frame_age_seconds}")
        resp.set_header("Vary", "Accept, Authorization")

    def _send(self, resp: Response, output: Output) -> None:
        delivery = self.services.blobs.get(output.key)
        assert delivery.body is not None  # noqa: S101 - nothing was asked on a condition
        resp.content_type = output.content_type
        resp.set_header("Content-Disposition", f'inline; filename="{output.name}"')
        resp.set_stream(delivery.body, delivery.stat.size)


def _check(job: Job, parameter: str) -> None:
    """Raise Invalid when the movie could not give the frames, Conflict when the job ended otherwise, Gone."""
    failure = job.read_failure()
    if job.state is JobState.FAILED and failure is not None:
        raise Invalid(failure.message, where=parameter, hint=failure.hint)
    finished(job)


def _answer_later(resp: Response, job: Job) -> None:
    """Answer with the job itself; what is kept by the client is the answer, not the wait for it."""
    resp.set_header("Cache-Control", "no-store")
    resp.set_header("Retry-After", str(RETRY_SECONDS))
    resp.location = f"/v1/jobs/{job.id}"
    write_json(resp, translate.job_view(job), 202)
