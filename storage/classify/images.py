"""Images of a source: media under the names that points call them by."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Conflict, Invalid, NotFound
from storage import media
from storage.classify import sources
from storage.classify.batches import in_batches
from storage.classify.names import IMAGE_CHARACTERS, check_name
from storage.classify.tables import classify_images, classify_points
from storage.engine import now
from storage.media import Media


class Image(Struct, frozen=True):
    """points: how many of its points are labelled."""

    id: int
    source: int
    media_id: int
    sha256: str
    name: str
    created_at: float
    points: int = 0


class NewImage(Struct, frozen=True):
    """name: as points call it; None: that of the medium."""

    media_id: int
    name: str | None = None


def add(
    db: sa.Connection, source_id: int, user: int, new: Sequence[NewImage], images_limit: int
) -> list[Image]:
    """Add media of the user's as images, all or none.

    Raises NotFound (also for a medium of somebody else), Forbidden, Invalid, and Conflict when a name is taken.
    """
    sources.held(db, source_id, user)
    if count(db, source_id) + len(new) > images_limit:
        raise Invalid(f"a source has at most {images_limit} images", where="/images", limit=images_limit)
    records = _records(db, user, new)
    names = [image.name or records[image.media_id].name for image in new]
    _check_names(db, source_id, names)
    at = db.execute(sa.select(now())).scalar_one()
    insert = sa.insert(classify_images).returning(*classify_images.c, sort_by_parameter_order=True)
    given = [
        {
            "source": source_id,
            "media_id": image.media_id,
            "sha256": records[image.media_id].sha256,
            "name": name,
            "created_at": at,
        }
        for image, name in zip(new, names, strict=True)
    ]
    rows = db.execute(insert, given) if given else ()
    return [msgspec.convert(row, Image, from_attributes=True) for row in rows]


def _records(db: sa.Connection, user: int, new: Sequence[NewImage]) -> dict[int, Media]:
    found: dict[int, Media] = {}
    for ids in in_batches(sorted({image.media_id for image in new})):
        found |= media.by_ids(db, list(ids))
    for number, image in enumerate(new):
        record = found.get(image.media_id)
        if record is None or record.owner != user:
            raise Invalid(f"there is no media {image.media_id}", where=f"/images/{number}/media")
    return found


def _check_names(db: sa.Connection, source_id: int, names: list[str]) -> None:
    taken = set(ids_by_name(db, source_id, names))
    for number, name in enumerate(names):
        check_name(name, f"/images/{number}/name", IMAGE_CHARACTERS)
        if name in taken:
            raise Conflict(f"there is an image {name!r} in this source already", hint=f"see /images/{number}")
        taken.add(name)


def find(
    db: sa.Connection, source_id: int, user: int, *, before_id: int | None = None, limit: int = 50
) -> list[Image]:
    """Return images, newest first, those with an id below `before_id`. Raises NotFound."""
    sources.get(db, source_id, user)
    query = _counted(classify_images.c.source == source_id)
    if before_id is not None:
        query = query.where(classify_images.c.id < before_id)
    rows = db.execute(query.order_by(classify_images.c.id.desc()).limit(limit))
    return [msgspec.convert(row, Image, from_attributes=True) for row in rows]


def get(db: sa.Connection, source_id: int, image_id: int, user: int) -> Image:
    """Return one image. Raises NotFound."""
    sources.get(db, source_id, user)
    mine = (classify_images.c.source == source_id, classify_images.c.id == image_id)
    row = db.execute(_counted(*mine)).one_or_none()
    if row is None:
        raise NotFound(f"there is no image {image_id} in this source")
    return msgspec.convert(row, Image, from_attributes=True)


def named(db: sa.Connection, source_id: int, name: str, user: int) -> Image:
    """Return the image of this name. Raises NotFound."""
    sources.get(db, source_id, user)
    found = ids_by_name(db, source_id, [name])
    if name not in found:
        raise NotFound(f"there is no image {name!r} in this source")
    return get(db, source_id, found[name], user)


def remove(db: sa.Connection, source_id: int, image_id: int, user: int) -> None:
    """Remove an image with its points; its medium stays. Raises NotFound, Forbidden."""
    sources.held(db, source_id, user)
    get(db, source_id, image_id, user)
    db.execute(sa.delete(classify_points).where(classify_points.c.image == image_id))
    db.execute(sa.delete(classify_images).where(classify_images.c.id == image_id))


def count(db: sa.Connection, source_id: int) -> int:
    """Return how many images the source has."""
    query = sa.select(sa.func.count()).select_from(classify_images)
    counted: int = db.execute(query.where(classify_images.c.source == source_id)).scalar_one()
    return counted


def ids_by_name(db: sa.Connection, source_id: int, names: Sequence[str]) -> dict[str, int]:
    """Return the ids of those images of the source that have one of these names."""
    found = {}
    asked = {name for name in names if name.isprintable()}  # others no image has, and PostgreSQL refuses some
    for some in in_batches(sorted(asked)):
        query = sa.select(classify_images.c.name, classify_images.c.id).where(
            classify_images.c.source == source_id, classify_images.c.name.in_(some)
        )
        found.update({row.name: row.id for row in db.execute(query)})
    return found


def _counted(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    points = (
        sa.select(sa.func.count())
        .select_from(classify_points)
        .where(classify_points.c.image == classify_images.c.id)
        .scalar_subquery()
    )
    return sa.select(classify_images, points.label("points")).where(*conditions)
