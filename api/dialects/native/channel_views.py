"""From the house's words of sensor streams to the native wire; pure."""

from typing import Any

import msgspec

from api.dialects.native import channel_wire as wire
from api.faults import BODY
from api.times import at, maybe_at
from darkroom.errors import Conflict, DarkroomError, Invalid
from darkroom.jobs import JobState
from storage.jobs import Job
from storage.streams import Channel, Upload

UNIT = "unit"  # where the unit stands in what is kept of a channel
UNREADABLE = frozenset({"not_json", "not_csv", "not_arrow", "not_parquet", "bad_encoding", "too_large"})
OF_NAMES = frozenset({"bad_name", "name_twice", "too_many_channels", "unknown_label"})
OF_ROWS = frozenset({"bad_cell", "ragged", "no_data", "row_too_long", "bad_column", "too_many_cells"})


def channel_view(channel: Channel, caller: int) -> wire.Channel:
    """Return a channel as this caller sees it."""
    metadata: dict[str, Any] = msgspec.json.decode(channel.metadata)
    whose = "" if caller == channel.owner else f"?owner={channel.owner}"
    here = f"/v1/channels/{channel.device}.{channel.name}"
    unit = metadata.pop(UNIT, None)
    return wire.Channel(
        id=channel.id,
        owner=channel.owner,
        device=channel.device,
        name=channel.name,
        version=channel.version,
        numbers=channel.numbers,
        texts=channel.texts,
        bounds=wire.Bounds(**channel.bounds()),
        unit=unit if isinstance(unit, str) else None,
        metadata=metadata,
        style=None if channel.style is None else msgspec.json.decode(channel.style),
        created_at=at(channel.created_at),
        changed_at=at(channel.changed_at),
        links={"self": here + whose, "samples": f"{here}/samples{whose}"},
    )


def upload_view(upload: Upload, job: Job | None) -> wire.SampleUpload:
    """Return an upload; job: the one that publishes it, as long as that is of interest."""
    result = upload.read_result()
    here = f"/v1/channels/{upload.device}/uploads/{upload.id}"
    refused = job is not None and job.has_ended() and upload.state == "pending"
    return wire.SampleUpload(
        id=upload.id,
        device=upload.device,
        state=_state(upload, refused=refused),
        job=upload.job,
        size=upload.size,
        rows=upload.rows,
        samples=result.get("samples"),
        channels=msgspec.convert(result.get("channels", {}), dict[str, wire.Imported]),
        undoes=upload.undoes,
        failure=job.read_failure() if refused and job is not None else None,
        created_at=at(upload.created_at),
        published_at=maybe_at(upload.done_at),
        links={"self": here, "job": f"/v1/jobs/{upload.job}"},
    )


def _state(upload: Upload, *, refused: bool) -> Any:
    if refused:
        return "refused"
    return {"done": "published"}.get(upload.state, upload.state)


def refusal(upload: Upload, job: Job) -> DarkroomError:
    """Return the error that says why an upload whose job has ended was not published."""
    failure = job.read_failure()
    if failure is None or job.state is not JobState.FAILED:
        why = job.state.value if failure is None else failure.message
        return Conflict(f"upload {upload.id} is not published: {why}", hint="send it again")
    format = upload.read_form().format
    if failure.code in UNREADABLE:
        return Invalid(failure.message, where=BODY, hint=failure.hint)
    if failure.code in OF_NAMES:
        where = {"json": "/channel_names", "track": "/names"}.get(format)
        return Invalid(failure.message, where=where, hint=failure.hint)
    if failure.code in OF_ROWS:
        return Invalid(failure.message, where="/data" if format == "json" else None, hint=failure.hint)
    if failure.code == "times_outside":
        return Invalid(failure.message, where="/start", hint=failure.hint)
    return Conflict(f"upload {upload.id} is not published: {failure.message}", hint=failure.hint)
