"""Photos by the moment at which they were taken; one per owner, content and millisecond."""

import time
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import NotFound
from storage.engine import now
from storage.fluxtream.tables import fx_photos, fx_tags

DEVICE, CHANNEL = "FluxtreamCapture", "photo"  # the source and channel that photos are seen under


class State(StrEnum):
    PENDING = "pending"  # its job has not ended
    READY = "ready"
    FAILED = "failed"  # its bytes are kept, and there are no thumbnails


class Thumbnail(Struct, frozen=True):
    """A small copy: the medium that it is, and its size in pixels."""

    media_id: int
    sha256: str
    width: int
    height: int


class Photo(Struct, frozen=True, kw_only=True):
    id: int
    owner: int
    sha256: str
    captured_ms: int
    media_id: int
    content_type: str
    comment: str | None
    state: State
    job: int
    width: int | None
    height: int | None
    orientation: int
    latitude: float | None
    longitude: float | None
    thumbnails: list[Thumbnail]
    tags: list[str]

    def key(self) -> str:
        """Return the name that clients know it by."""
        return f"{self.owner}.{DEVICE}.{CHANNEL}.{day_of(self.captured_ms)}.{self.captured_ms}_{self.sha256}"


def day_of(captured_ms: int) -> str:
    """Return year and day of the year, UTC: seven digits."""
    return time.strftime("%Y%j", time.gmtime(captured_ms // 1000)).zfill(7)


def known(db: sa.Connection, owner: int, sha256: str, captured_ms: int) -> Photo | None:
    """Return the photo of this content and moment, None if there is none."""
    found = _find(
        db,
        fx_photos.c.owner == owner,
        fx_photos.c.sha256 == sha256,
        fx_photos.c.captured_ms == captured_ms,
    )
    return found[0] if found else None


def add(
    db: sa.Connection,
    owner: int,
    *,
    sha256: str,
    captured_ms: int,
    media_id: int,
    content_type: str,
    job: int,
    comment: str | None,
    tags: list[str],
) -> Photo:
    """Write a new photo down. Raises IntegrityError when it is there already."""
    insert = (
        sa.insert(fx_photos)
        .values(
            owner=owner,
            sha256=sha256,
            captured_ms=captured_ms,
            media_id=media_id,
            content_type=content_type,
            comment=comment,
            state=State.PENDING,
            job=job,
            created_at=now(),
            updated_at=now(),
        )
        .returning(fx_photos.c.id)
    )
    photo_id: int = db.execute(insert).scalar_one()
    _put_tags(db, photo_id, tags)
    return get(db, photo_id)


def get(db: sa.Connection, photo_id: int) -> Photo:
    """Return the photo. Raises NotFound."""
    found = _find(db, fx_photos.c.id == photo_id)
    if not found:
        raise NotFound(f"there is no photo {photo_id}")
    return found[0]


def touch(db: sa.Connection, photo_id: int) -> None:
    """Note that it was sent once more."""
    db.execute(sa.update(fx_photos).where(fx_photos.c.id == photo_id).values(updated_at=now()))


def order_again(db: sa.Connection, photo: Photo, *, media_id: int, job: int) -> None:
    """Have a photo looked into by another job, unless somebody has ordered one meanwhile."""
    db.execute(
        sa.update(fx_photos)
        .where(fx_photos.c.id == photo.id, fx_photos.c.job == photo.job)
        .values(media_id=media_id, job=job, state=State.PENDING, thumbnails="[]")
    )


def describe(db: sa.Connection, photo: Photo, state: State, **found: Any) -> bool:
    """Write down what the photo's job has found; return False when somebody else did so before."""
    if "thumbnails" in found:
        found["thumbnails"] = msgspec.json.encode(found["thumbnails"]).decode()
    changed = db.execute(
        sa.update(fx_photos)
        .where(fx_photos.c.id == photo.id, fx_photos.c.job == photo.job, fx_photos.c.state == State.PENDING)
        .values(state=state, **found)
    )
    return changed.rowcount == 1


def set_words(db: sa.Connection, photo_id: int, comment: str | None, tags: list[str] | None) -> None:
    """Write comment and tags in place of those before; None leaves them."""
    if comment is not None:
        db.execute(sa.update(fx_photos).where(fx_photos.c.id == photo_id).values(comment=comment))
    if tags is not None:
        db.execute(sa.delete(fx_tags).where(fx_tags.c.photo == photo_id))
        _put_tags(db, photo_id, tags)
    touch(db, photo_id)


def remove(db: sa.Connection, photo_id: int) -> None:
    """Forget a photo; its media are the caller's to drop."""
    db.execute(sa.delete(fx_tags).where(fx_tags.c.photo == photo_id))
    db.execute(sa.delete(fx_photos).where(fx_photos.c.id == photo_id))


def between(db: sa.Connection, owner: int, start_ms: int, end_ms: int) -> list[Photo]:
    """Return the photos taken from `start_ms` up to but not including `end_ms`, in the order of time."""
    return _find(
        db,
        fx_photos.c.owner == owner,
        fx_photos.c.captured_ms >= start_ms,
        fx_photos.c.captured_ms < end_ms,
    )


def before(db: sa.Connection, owner: int, at_ms: int, count: int | None) -> list[Photo]:
    """Return the last `count` photos (None: all) taken at `at_ms` or before, newest first."""
    return _find(db, fx_photos.c.owner == owner, fx_photos.c.captured_ms <= at_ms, newest=True, limit=count)


def after(db: sa.Connection, owner: int, at_ms: int, count: int | None) -> list[Photo]:
    """Return the first `count` photos (None: all) taken at `at_ms` or after, oldest first."""
    return _find(db, fx_photos.c.owner == owner, fx_photos.c.captured_ms >= at_ms, limit=count)


def span(db: sa.Connection, owner: int) -> tuple[int, int] | None:
    """Return when the first and the last photo were taken, in ms; None when there is none."""
    times = fx_photos.c.captured_ms
    row = db.execute(
        sa.select(sa.func.min(times), sa.func.max(times)).where(fx_photos.c.owner == owner)
    ).one()
    return None if row[0] is None else (row[0], row[1])


def tags_of(db: sa.Connection, owner: int) -> list[str]:
    """Return every tag of the owner's photos once, sorted by its characters."""
    query = sa.select(fx_tags.c.tag).distinct().join(fx_photos, fx_photos.c.id == fx_tags.c.photo)
    return sorted(db.execute(query.where(fx_photos.c.owner == owner)).scalars())


def pending(db: sa.Connection, limit: int = 500) -> list[Photo]:
    """Return photos whose job may have ended without anybody having waited, oldest first."""
    return _find(db, fx_photos.c.state == State.PENDING, by_id=True, limit=limit)


def _find(
    db: sa.Connection,
    *conditions: sa.ColumnElement[bool],
    newest: bool = False,
    by_id: bool = False,
    limit: int | None = None,
) -> list[Photo]:
    order = [fx_photos.c.id] if by_id else [fx_photos.c.captured_ms, fx_photos.c.id]
    query = sa.select(fx_photos).where(*conditions).limit(limit)
    rows = db.execute(query.order_by(*(column.desc() if newest else column for column in order))).all()
    tags_by_photo: dict[int, list[str]] = {}
    ids = query.with_only_columns(fx_photos.c.id) if limit is None else [row.id for row in rows]
    tagged = sa.select(fx_tags).where(fx_tags.c.photo.in_(ids)).order_by(fx_tags.c.tag)
    for tag in db.execute(tagged) if rows else ():
        tags_by_photo.setdefault(tag.photo, []).append(tag.tag)
    return [_photo(row, tags_by_photo.get(row.id, [])) for row in rows]


def _photo(row: sa.Row[Any], tags: list[str]) -> Photo:
    known = {
        str(name): value for name, value in row._asdict().items()
    }  # SQLAlchemy's names are more than a str
    values = known | {"thumbnails": msgspec.json.decode(row.thumbnails), "tags": sorted(tags)}
    return msgspec.convert(values, Photo)


def _put_tags(db: sa.Connection, photo_id: int, tags: list[str]) -> None:
    if tags:
        db.execute(sa.insert(fx_tags), [{"photo": photo_id, "tag": tag} for tag in tags])
