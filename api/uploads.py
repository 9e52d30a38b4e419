"""Bytes on their way in: one body into the store, then its record and the order to look into it, in one transaction."""

import sqlalchemy as sa
from falcon import Request

from api.bodies import Stream, stream_of
from api.faults import BODY
from api.services import Services
from darkroom.errors import Gone, Invalid, NotFound, TooLarge
from darkroom.jobs import Output
from storage import jobs, media
from storage.blob_values import OCTETS, Blob
from storage.engine import read, write
from storage.jobs import Job
from storage.media import Media
from workers import enqueue

FIRST_BYTES = 1 << 16
PICTURES = ("video/", "image/")  # what of a job's files can be looked into
TYPE_LIMIT = 255  # characters of a Content-Type that are kept


class _Begun:
    """A stream that has at least one byte."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        try:
            self._first = stream.read(FIRST_BYTES)
        except OSError as error:
            raise Invalid("the body broke off", where=BODY) from error
        if not self._first:
            raise Invalid("the upload has no bytes", where=BODY, limit=1)

    def read(self, size: int, /) -> bytes:
        piece, self._first = self._first[:size], self._first[size:]
        return piece or self._stream.read(size)


def receive(services: Services, req: Request, sha256: str | None) -> Blob:
    """Store the body of the request under its digest.

    Raises TooLarge before reading, Invalid (where="body") for an empty one or one that broke off, Invalid
    (where="sha256") for another digest; nothing is kept then.
    """
    limit = services.settings.upload_limit_bytes
    if (req.content_length or 0) > limit:
        raise TooLarge(f"an upload has at most {limit} bytes", limit=limit, where=BODY)
    return services.blobs.put(
        None,
        _Begun(stream_of(req)),
        content_type=_type_of(req),
        size_limit=limit,
        expect_sha256=sha256,
        expect_size=req.content_length,
    )


def _type_of(req: Request) -> str:
    """Return the Content-Type; one that no answer could carry again is as none."""
    said = req.content_type or ""
    return said if said.isascii() and said.isprintable() and 1 <= len(said) <= TYPE_LIMIT else OCTETS


def keep(services: Services, owner: int, blob: Blob, name: str) -> tuple[Media, Job]:
    """Write down the record of a stored blob and have it probed; return both."""
    with write(services.engine) as db:
        record, probe = keep_within(db, services, owner, blob, name)
    services.bell.ring(probe.queue)
    return record, probe


def keep_within(
    db: sa.Connection, services: Services, owner: int, blob: Blob, name: str
) -> tuple[Media, Job]:
    """Do what `keep` does within the caller's transaction, who rings the probe's queue after it commits."""
    record = media.add(
        db, owner, sha256=blob.sha256, size=blob.size, name=name, content_type=blob.content_type
    )
    return record, enqueue.probe_upload(db, services.bell, services.settings, record)


def keep_output(services: Services, owner: int, output: Output, name: str | None) -> tuple[Media, Job | None]:
    """Make a medium of what a job made, one however often it is asked for; have it probed if it is made of pictures.

    Raises Gone when it was swept.
    """
    try:
        media.copy_output(services.blobs, output)
    except NotFound as error:
        raise Gone(f"{output.name!r} was removed with its job's result", hint="run the job again") from error
    with write(services.engine) as db:
        record = media.named(db, owner, output.sha256, name or output.name)
        record = record or media.keep_output(db, owner, output, name)
        probe = _probe(db, services, record)
    if probe is not None:
        services.bell.ring(probe.queue)
    return record, probe


def _probe(db: sa.Connection, services: Services, record: Media) -> Job | None:
    if not record.content_type.startswith(PICTURES):
        return None
    return enqueue.probe_upload(db, services.bell, services.settings, record)


def find(services: Services, media_id: int, owner: int) -> tuple[Media, Job | None]:
    """Return a record and the job that looks into it. Raises NotFound."""
    with read(services.engine) as db:
        record = media.get(db, media_id, owner)
        return record, None if record.probe_job is None else jobs.get(db, record.probe_job, None)


def page(services: Services, owner: int, before_id: int | None, limit: int) -> list[tuple[Media, Job | None]]:
    """Return records, newest first, each with the job that looks into it."""
    with read(services.engine) as db:
        records = media.find(db, owner, before_id=before_id, limit=limit)
        ids = [record.probe_job for record in records if record.probe_job is not None]
        probe_by_id = jobs.by_ids(db, ids)
    return [(record, probe_by_id.get(record.probe_job or 0)) for record in records]


def forget(services: Services, media_id: int, owner: int) -> None:
    """Remove a record. Raises NotFound, and Conflict while a job works on it."""
    with write(services.engine) as db:
        media.remove(db, media_id, owner)
