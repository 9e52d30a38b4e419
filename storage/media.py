"""The records of what was uploaded; equal bytes are one blob, kept while any record or open job points to it."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Conflict, NotFound
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


def add(db: sa.Connection, owner: int, *, sha256: str, size: int, name: str, content_type: str) -> Media:
    row = db.execute(
        sa.insert(media)
        .values(owner=owner, sha256=sha256, size=size, name=name, content_type=content_type, created_at=now())
        .returning(media)
    ).one()
    return _media(row)


def get(db: sa.Connection, media_id: int, owner: int | None) -> Media:
    """Return the record. Raises NotFound when there is none, or when it is not the owner's (None: anybody's)."""
    query = sa.select(media).where(media.c.id == media_id)
    if owner is not None:
        query = query.where(media.c.owner == owner)
    row = db.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"there is no media {media_id}")
    return _media(row)


def by_sha256(db: sa.Connection, owner: int, sha256: str) -> Media | None:
    """Return the owner's newest record of this content, None if there is none."""
    row = db.execute(
        sa.select(media)
        .where(media.c.owner == owner, media.c.sha256 == sha256)
        .order_by(media.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _media(row)


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
    """Forget a record; its blob is swept when nothing else points to it. Raises NotFound, Conflict while a job uses it."""
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
    db.execute(sa.delete(media).where(media.c.id == media_id))


def _media(row: sa.Row[tuple[object, ...]]) -> Media:
    return msgspec.convert(row, Media, from_attributes=True)
