"""From the house's words to the native wire; pure."""

import base64
import re
from typing import Any, Literal

import msgspec

from api.dialects.native import wire
from api.multipart import Transfer
from api.times import at, maybe_at
from darkroom.errors import Invalid
from darkroom.jobs import Cause, Failure, JobState, Output, Queue, Result
from storage.jobs import Job
from storage.media import Media
from storage.pool import Worker
from storage.standing import AHEAD_LIMIT, Position, Standing
from storage.traces import Attempt

FAST_SECONDS = 1.0  # between polls of a job that is about to change
SLOW_SECONDS = 10.0  # between polls of a job that needs long
DIGEST = re.compile(r":([A-Za-z0-9+/]{43}=):")


def job_view(job: Job, standing: Standing | None = None, waiting: wire.JobWaiting | None = None) -> wire.Job:
    """Return the job; without standing as a list shows it."""
    return wire.Job(
        id=job.id,
        kind=job.kind,
        state=job.state,
        version=job.version,
        queue=Queue(job.queue),
        priority=job.priority,
        params=params_of(job),
        created_at=at(job.created_at),
        started_at=maybe_at(job.started_at),
        ended_at=maybe_at(job.ended_at),
        cancel_requested_at=maybe_at(job.cancel_requested_at),
        expires_at=maybe_at(job.expires_at),
        progress=None if standing is None else progress_view(standing),
        waiting=waiting,
        attempts=None if standing is None else standing.attempts,
        failure=job.read_failure(),
        rerun_of=job.rerun_of,
        reused_from=job.reused_from,
        links=job_links(job),
    )


def params_of(job: Job) -> dict[str, Any]:
    """Return the params as run, without the tag that says their kind."""
    params: dict[str, Any] = msgspec.json.decode(job.params)
    params.pop("kind", None)
    return params


def job_links(job: Job) -> dict[str, str]:
    here = f"/v1/jobs/{job.id}"
    links = {"self": here, "attempts": f"{here}/attempts", "provenance": f"{here}/provenance"}
    if not job.has_ended():
        return links | {"cancel": f"{here}/cancel", "events": f"{here}/events"}
    if job.state in {JobState.SUCCEEDED, JobState.PARTIAL} and not job.expired:
        links["result"] = f"{here}/result"
    return links | {"rerun": f"{here}/rerun"}


def progress_view(standing: Standing) -> wire.JobProgress:
    done, total = standing.progress.done, standing.progress.total
    return wire.JobProgress(
        done=done,
        total=total,
        phase=standing.progress.phase,
        fraction=round(min(done / total, 1.0), 6) if total > 0 else None,
        eta_seconds=eta_seconds(standing),
    )


def eta_seconds(standing: Standing) -> float | None:
    """Return how long the rest takes at the pace of the attempt so far, None when there is none to tell by."""
    done, total = standing.progress.done, standing.progress.total
    if standing.running_since is None or done <= 0 or total < done:
        return None
    elapsed = max(standing.now - standing.running_since, 0.0)
    return round(elapsed * (total - done) / done, 1)


def poll_seconds(view: wire.Job) -> int:
    """Return after which time it is worth asking again."""
    eta = view.progress.eta_seconds if view.progress else None
    return round(min(max((eta or 0.0) / 10.0, FAST_SECONDS), SLOW_SECONDS))


def waiting_view(job: Job, position: Position, alive: list[Worker], now: float) -> wire.JobWaiting:
    slots = [worker.slots for worker in alive if job.queue in worker.queues.split(",")]
    ahead = position.ahead
    if position.not_before > now:
        reason = f"tried again in {position.not_before - now:.0f} s"
    elif not slots:
        reason = f"no live worker listens to the queue {job.queue!r}"
    elif ahead:
        some = f"{ahead} or more" if ahead >= AHEAD_LIMIT else ahead
        reason = f"{some} ahead on the queue {job.queue!r}"
    else:
        reason = "next for a free slot"
    return wire.JobWaiting(ahead=ahead, workers=len(slots), slots=sum(slots), reason=reason)


def attempt_view(attempt: Attempt) -> wire.Attempt:
    return wire.Attempt(
        part=attempt.part,
        number=attempt.number,
        worker=attempt.worker,
        started_at=at(attempt.started_at),
        ended_at=maybe_at(attempt.ended_at),
        cause=None if attempt.cause is None else msgspec.convert(attempt.cause, Cause),
        failure=None if attempt.failure is None else msgspec.json.decode(attempt.failure, type=Failure),
        machine=None
        if attempt.machine is None
        else msgspec.json.decode(attempt.machine, type=dict[str, Any]),
    )


def output_view(output: Output) -> wire.MadeOutput:
    return wire.MadeOutput(
        name=output.name, size=output.size, sha256=output.sha256, content_type=output.content_type
    )


def comparison(job: Job, other: Job) -> wire.Comparison | None:
    """Return how two results compare by digest, None while one of them is still to come."""
    if not (job.has_ended() and other.has_ended()):
        return None
    mine, theirs = _digests(job.read_result()), _digests(other.read_result())
    differences = [
        wire.Difference(name=name, sha256=mine.get(name), other_sha256=theirs.get(name))
        for name in sorted(mine.keys() | theirs.keys())
        if mine.get(name) != theirs.get(name)
    ]
    same = not differences and job.state == other.state
    return wire.Comparison(job=other.id, verdict="identical" if same else "differs", differences=differences)


def _digests(result: Result) -> dict[str, str]:
    return {output.name: output.sha256 for output in result.outputs}


def media_view(record: Media, probe: Job | None) -> wire.Media:
    """Return the record; what is known of it is what its probe answered."""
    here = f"/v1/media/{record.id}"
    seen = probe is not None and probe.state is JobState.SUCCEEDED
    links = {"self": here, "content": f"{here}/content"}
    if probe is not None:
        links["probe"] = f"/v1/jobs/{probe.id}"
    return wire.Media(
        id=record.id,
        name=record.name,
        size=record.size,
        sha256=record.sha256,
        content_type=record.content_type,
        created_at=at(record.created_at),
        state=_media_state(probe),
        probe=probe.read_result().summary if probe is not None and seen else None,
        failure=_probe_failure(probe),
        links=links,
    )


def _media_state(probe: Job | None) -> Literal["probing", "ready", "unusable"]:
    if probe is None:  # a table that was kept from a job: there is nothing to look for
        return "ready"
    if probe.state is JobState.SUCCEEDED:
        return "ready"
    return "unusable" if probe.has_ended() else "probing"


def _probe_failure(probe: Job | None) -> Failure | None:
    if probe is None:
        return None
    if probe.state is JobState.CANCELLED:
        return Failure("probe_cancelled", "its probe was cancelled", "upload it again")
    return None if probe.state is JobState.SUCCEEDED else probe.read_failure()


def worker_view(worker: Worker) -> wire.Worker:
    return wire.Worker(
        id=worker.id,
        queues=[Queue(queue) for queue in worker.queues.split(",")],
        slots=worker.slots,
        busy=worker.busy,
        numerics=worker.numerics,
        started_at=at(worker.started_at),
        seen_at=at(worker.seen_at),
    )


def sha256_of_digest(name: str, header: str | None) -> str | None:
    """Return the sha-256 in hex of a Repr-Digest or Content-Digest (RFC 9530), None when it names none.

    Raises Invalid for one that is no digest.
    """
    for item in (header or "").split(","):
        algorithm, _, value = item.strip().partition("=")
        if algorithm.strip().lower() == "sha-256":
            match = DIGEST.fullmatch(value.strip())
            if match is None:
                raise Invalid("a sha-256 digest is 32 bytes in base64 between colons", where=name)
            return base64.b64decode(match.group(1)).hex()
    return None


def upload_view(transfer: Transfer) -> wire.Upload:
    upload = transfer.upload
    here = f"/v1/uploads/{upload.id}"
    links = {"self": here, "complete": f"{here}/complete"}
    if upload.media_id is not None:
        links["media"] = f"/v1/media/{upload.media_id}"
    return wire.Upload(
        id=upload.id,
        name=upload.name,
        size=upload.size,
        part_size=upload.part_size,
        parts=[
            wire.PartLink(
                number=number, size=size, method=link.method, url=link.url, headers=dict(link.headers)
            )
            for number, size, link in transfer.missing
        ],
        received=[wire.PartReceived(number=part.number, size=part.size) for part in transfer.received],
        media=upload.media_id,
        expires_at=at(upload.expires_at),
        links=links,
    )
