"""Uploads in progress: multipart transfers that a client drives against signed URLs."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import NotFound
from storage.engine import now
from storage.tables import uploads


class Upload(Struct, frozen=True):
    id: int
    owner: int
    key: str
    multipart_id: str
    name: str
    content_type: str
    size: int
    part_size: int
    sha256: str | None
    created_at: float
    expires_at: float
    media_id: int | None

    def part_sizes(self) -> list[int]:
        """Return the size in bytes of every part, in order."""
        whole, rest = divmod(self.size, self.part_size)
        return [self.part_size] * whole + ([rest] if rest else [])


def add(
    db: sa.Connection,
    owner: int,
    *,
    key: str,
    multipart_id: str,
    name: str,
    content_type: str,
    size: int,
    part_size: int,
    sha256: str | None,
    lifetime_seconds: float,
) -> Upload:
    row = db.execute(
        sa.insert(uploads)
        .values(
            owner=owner,
            key=key,
            multipart_id=multipart_id,
            name=name,
            content_type=content_type,
            size=size,
            part_size=part_size,
            sha256=sha256,
            created_at=now(),
            expires_at=now() + lifetime_seconds,
        )
        .returning(uploads)
    ).one()
    return _upload(row)


def get(db: sa.Connection, upload_id: int, owner: int, *, lock: bool = False) -> Upload:
    """Return the upload; with lock, nobody else completes it meanwhile. Raises NotFound."""
    query = sa.select(uploads).where(uploads.c.id == upload_id, uploads.c.owner == owner)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(f"there is no upload {upload_id}")
    return _upload(row)


def complete(db: sa.Connection, upload_id: int, media_id: int) -> None:
    """Bind the upload to the media that it became."""
    db.execute(sa.update(uploads).where(uploads.c.id == upload_id).values(media_id=media_id))


def remove(db: sa.Connection, upload_id: int) -> None:
    db.execute(sa.delete(uploads).where(uploads.c.id == upload_id))


def abandoned(db: sa.Connection, limit: int = 100) -> list[Upload]:
    """Return uploads past their time that never became media."""
    query = sa.select(uploads).where(uploads.c.expires_at < now(), uploads.c.media_id.is_(None)).limit(limit)
    return [_upload(row) for row in db.execute(query)]


def _upload(row: sa.Row[tuple[object, ...]]) -> Upload:
    return msgspec.convert(row, Upload, from_attributes=True)
