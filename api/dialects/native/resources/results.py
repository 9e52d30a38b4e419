"""What a job made: its result, each file, its attempts, and where the numbers come from."""

from falcon import Request, Response

from api.bodies import write_json
from api.dialects.native import translate, wire
from api.services import Services
from api.times import at, maybe_at
from api.typed import Answer, operation
from darkroom.errors import Conflict, Gone, NotFound, NotReady
from darkroom.jobs import JobState, Output
from storage import jobs, traces
from storage.engine import read
from storage.jobs import Job

SEE = Answer("the file is at this signed link, which needs no token", headers=("Location",))


class ResultItem:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Collect the result",
        query=wire.ResultQuery,
        answers={200: Answer("values, and files by signed link", wire.JobResult), 303: SEE},
        faults=(409, 410),
    )
    def on_get(self, req: Request, resp: Response, job: int, query: wire.ResultQuery) -> None:
        """While the job runs: 409 `not_ready` with Retry-After. After it failed or was cancelled: 409. After the result
        has expired: 410, and the job can be run again.
        """
        with read(self.services.engine) as db:
            found = finished(jobs.get(db, job, req.context.caller.user_id))
            output = None if query.output is None else traces.output(db, job, query.output)
        if output is not None:
            see_other(resp, signed(self.services, output))
            return
        write_json(resp, result_view(self.services, found))


class JobOutput:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Download a file of the result", answers={303: SEE}, faults=(409, 410))
    def on_get(self, req: Request, resp: Response, job: int, name: str) -> None:
        if not name.isprintable():  # PostgreSQL refuses to look for a NUL
            raise NotFound(f"job {job} has no output {name!r}")
        with read(self.services.engine) as db:
            finished(jobs.get(db, job, req.context.caller.user_id))
            output = traces.output(db, job, name)
        see_other(resp, signed(self.services, output))


class JobAttempts:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("List the attempts", answers={200: Answer("every try at every part", wire.Attempts)})
    def on_get(self, req: Request, resp: Response, job: int) -> None:
        """Each says how it ended: `error`, `oom`, `signal`, `limit`, `lease_lost`, `handed_back` … and on what machine."""
        with read(self.services.engine) as db:
            found = jobs.get(db, job, req.context.caller.user_id)
            tries = traces.attempts_of(db, found.id)
        write_json(resp, wire.Attempts(attempts=[translate.attempt_view(one) for one in tries]))


class JobProvenance:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Say where the numbers come from", answers={200: Answer("the record", wire.Provenance)})
    def on_get(self, req: Request, resp: Response, job: int) -> None:
        """Inputs and outputs by digest, params as run, versions and machines of every attempt, and for a rerun whether it
        is identical to the job that it repeats.
        """
        owner = req.context.caller.user_id
        with read(self.services.engine) as db:
            found = jobs.get(db, job, owner)
            used = traces.inputs_of(db, job)
            tries = traces.attempts_of(db, found.reused_from or job)
            other = None if found.rerun_of is None else jobs.get(db, found.rerun_of, owner)
        view = wire.Provenance(
            job=found.id,
            kind=found.kind,
            pipeline_version=found.pipeline_version,
            cache_key=found.cache_key,
            state=found.state,
            params=translate.params_of(found),
            inputs=[wire.UsedInput(role=one.role, media=one.media_id, sha256=one.sha256) for one in used],
            outputs=[translate.output_view(output) for output in found.read_result().outputs],
            attempts=[translate.attempt_view(one) for one in tries],
            created_at=at(found.created_at),
            started_at=maybe_at(found.started_at),
            ended_at=maybe_at(found.ended_at),
            reused_from=found.reused_from,
            rerun_of=found.rerun_of,
            comparison=None if other is None else translate.comparison(found, other),
        )
        write_json(resp, view)


def finished(job: Job) -> Job:
    """Return the job if it has a result. Raises NotReady, Gone, and Conflict when it ended without one."""
    if not job.has_ended():
        raise NotReady(f"job {job.id} is {job.state}", hint="ask again, or watch the job with ?wait=30")
    if job.state not in {JobState.SUCCEEDED, JobState.PARTIAL}:
        failure = job.read_failure()
        reason = "" if failure is None else f": {failure.message}"
        raise Conflict(
            f"job {job.id} has no result, it is {job.state}{reason}", hint=failure.hint if failure else None
        )
    if job.expired:
        raise Gone(f"the result of job {job.id} has expired", hint="run the job again")
    return job


def result_view(services: Services, job: Job) -> wire.JobResult:
    """Return what a finished job made."""
    result = job.read_result()
    return wire.JobResult(
        job=job.id,
        state=job.state,
        summary=result.summary,
        outputs=[_file(services, made) for made in result.outputs],
        failure=job.read_failure(),
        expires_at=maybe_at(job.expires_at),
    )


def signed(services: Services, output: Output) -> str:
    """Return a link to the file that needs no token, for a while."""
    return services.blobs.url(
        output.key,
        expires=services.settings.url_expiry_seconds,
        filename=output.name,
        content_type=output.content_type,
    )


def see_other(resp: Response, url: str) -> None:
    resp.status = 303
    resp.location = url
    resp.cache_control = ["no-store"]


def _file(services: Services, output: Output) -> wire.ResultFile:
    return wire.ResultFile(
        name=output.name,
        size=output.size,
        sha256=output.sha256,
        content_type=output.content_type,
        url=signed(services, output),
    )
