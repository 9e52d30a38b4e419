"""The records of what was uploaded; equal bytes are one blob, kept while any record or open job points to it."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from darkroom.errors import Conflict, NotFound
from darkroom.jobs import Output
from storage.blob_values import Blob
from storage.blobs import Blobs
from storage.engine import now
from storage.tables import job_inputs, jobs, media, uploads


class Media(Struct, frozen=True):
    id: int
    owner: int
    sha256: str
    size: int
    name: str
    content_type: str
    created_at: float
    probe_job: int | None

    def key(self) -> str:
        return blob_key(self.sha256)


def blob_key(sha256: str) -> str:
    """Return where the store keeps content with this digest."""
    return f"media/{sha256}"


def index_key(sha256: str, version: int) -> str:
    """Return where the index of the movie with this digest is kept; it goes when the movie goes."""
    return f"index/{sha256}-v{version}"


def features_key(backbone: str, version: int, sha256: str) -> str:
    """Return where the features of the picture with this digest, by this backbone, are kept; they go when it goes.

    backbone: the digest of its file and manifest: one file may be fed in several ways.
    """
    return f"features/{backbone[:32]}-v{version}/{sha256}"


def add(db: sa.Connection, owner: int, *, sha256: str, size: int, name: str, content_type: str) -> Media:
    row = db.execute(
        sa.insert(media)
        .values(owner=owner, sha256=sha256, size=size, name=name, content_type=content_type, created_at=now())
        .returning(media)
    ).one()
    return _media(row)


def copy_output(store: Blobs, output: Output) -> None:
    """Bring what a job made to where media are kept, to be recorded by `keep_output` within the orphans' age.

    Copied first and recorded then, it is never missed by a record, and when nothing records it, it is swept.
    Raises NotFound when the output was swept.
    """
    store.copy(output.key, blob_key(output.sha256), content_type=output.content_type)


def keep_output(db: sa.Connection, owner: int, output: Output, name: str | None = None) -> Media:
    """Record what a job made as a medium that outlives the job; `copy_output` has brought its bytes."""
    return add(
        db,
        owner,
        sha256=output.sha256,
        size=output.size,
        name=name or output.name,
        content_type=output.content_type,
    )


def get(db: sa.Connection, media_id: int, owner: int | None) -> Media:
    """Return the record. Raises NotFound when there is none, or when it is not the owner's (None: anybody's)."""
    query = sa.select(media).where(media.c.id == media_id)
    if owner is not None:
        query = query.where(media.c.owner == owner)
    row = db.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"there is no media {media_id}")
    return _media(row)


def by_ids(db: sa.Connection, media_ids: list[int]) -> dict[int, Media]:
    """Return those of these records that exist, whoever owns them."""
    rows = db.execute(sa.select(media).where(media.c.id.in_(media_ids)))
    return {row.id: _media(row) for row in rows}


def by_sha256(db: sa.Connection, owner: int, sha256: str) -> Media | None:
    """Return the owner's newest record of this content, None if there is none."""
    row = db.execute(
        sa.select(media)
        .where(media.c.owner == owner, media.c.sha256 == sha256)
        .order_by(media.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _media(row)


def named(db: sa.Connection, owner: int, sha256: str, name: str) -> Media | None:
    """Return the owner's newest record of this content under this name, None if there is none."""
    row = db.execute(
        sa.select(media)
        .where(media.c.owner == owner, media.c.sha256 == sha256, media.c.name == name)
        .order_by(media.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _media(row)


def by_name(db: sa.Connection, owner: int, name: str) -> list[Media]:
    """Return the owner's records of this name, oldest first."""
    query = sa.select(media).where(media.c.owner == owner, media.c.name == name).order_by(media.c.id)
    return [_media(row) for row in db.execute(query)]


def in_place(db: sa.Connection, owner: int, blob: Blob, name: str) -> Media:
    """Record content in place of what the owner has under this name; the same content keeps its record."""
    before = by_name(db, owner, name)
    same = next((record for record in before if record.sha256 == blob.sha256), None)
    drop(db, [record.id for record in before if record is not same])
    return same or add(
        db, owner, sha256=blob.sha256, size=blob.size, name=name, content_type=blob.content_type
    )


def drop(db: sa.Connection, media_ids: list[int]) -> None:
    """Forget records that others have taken the place of; open jobs that read them keep their blobs."""
    if media_ids:
        db.execute(sa.delete(media).where(media.c.id.in_(media_ids)))


def find(db: sa.Connection, owner: int, *, before_id: int | None = None, limit: int = 50) -> list[Media]:
    """Return records, newest first, those with an id below `before_id`."""
    query = sa.select(media).where(media.c.owner == owner).order_by(media.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(media.c.id < before_id)
    return [_media(row) for row in db.execute(query)]


def set_probe_job(db: sa.Connection, media_id: int, job_id: int) -> None:
    """Say which job looks into this media; any job for equal bytes will do."""
    db.execute(sa.update(media).where(media.c.id == media_id).values(probe_job=job_id))


def remove(db: sa.Connection, media_id: int, owner: int) -> None:
    """Forget a record; its blob is swept when nothing else points to it.

    Raises NotFound, and Conflict while a job uses it, or a movie of another door or a source's image is made of it.
    """
    get(db, media_id, owner)
    used = db.execute(
        sa.select(jobs.c.id)
        .join(job_inputs, job_inputs.c.job_id == jobs.c.id)
        .where(job_inputs.c.media_id == media_id, jobs.c.ended_at.is_(None), jobs.c.kind != "probe")
        .limit(1)
    ).one_or_none()
    if used is not None:
        raise Conflict(f"job {used.id} still works on media {media_id}", hint="cancel the job first")
    db.execute(sa.delete(uploads).where(uploads.c.media_id == media_id))  # the transfer it came by
    try:
        db.execute(sa.delete(media).where(media.c.id == media_id))
    except IntegrityError as error:  # a row that this room knows nothing of points to it
        raise Conflict(
            f"media {media_id} belongs to a movie of another door, or to a source, a backbone or a classifier",
            hint="delete that first, where it is shown",
        ) from error


def _media(row: sa.Row[tuple[object, ...]]) -> Media:
    return msgspec.convert(row, Media, from_attributes=True)
