"""Labelled points of a source's images: looked at, written out, removed."""

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from storage.classify import images, sources
from storage.classify.tables import classify_images, classify_labels, classify_points
from storage.engine import is_postgres


class Point(Struct, frozen=True):
    """image: the name of its image; (row, column): in pixels of the picture as stored; label: its id."""

    id: int
    image: str
    row: int
    column: int
    label: int
    code: str


def find(
    db: sa.Connection,
    source_id: int,
    user: int,
    *,
    image: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Point]:
    """Return points, those written last first, with an id below `before_id`; image: only of that of this name.

    Raises NotFound.
    """
    sources.get(db, source_id, user)
    query = _points(source_id).order_by(classify_points.c.id.desc()).limit(limit)
    if image is not None:
        query = query.where(classify_points.c.image == images.named(db, source_id, image, user).id)
    if before_id is not None:
        query = query.where(classify_points.c.id < before_id)
    return [msgspec.convert(row, Point, from_attributes=True) for row in db.execute(query)]


def export(db: sa.Connection, source_id: int, user: int) -> Iterator[tuple[str, int, int, str]]:
    """Give all points as (image name, row, column, label code), by name, row and column, as they are read.

    Raises NotFound at once.
    """
    sources.get(db, source_id, user)
    query = _points(source_id).order_by(
        by_bytes(db, classify_images.c.name), classify_points.c.at_row, classify_points.c.at_column
    )
    rows = db.execution_options(yield_per=5000).execute(query)
    return ((row.image, row.row, row.column, row.code) for row in rows)


def remove(db: sa.Connection, source_id: int, user: int, *, image: str | None = None) -> int:
    """Remove all points, or those of the image of this name; return how many. Raises NotFound, Forbidden."""
    sources.held(db, source_id, user)
    if image is not None:
        of_images = classify_points.c.image == images.named(db, source_id, image, user).id
    else:
        mine = sa.select(classify_images.c.id).where(classify_images.c.source == source_id)
        of_images = classify_points.c.image.in_(mine)
    return db.execute(sa.delete(classify_points).where(of_images)).rowcount


def by_bytes(db: sa.Connection, column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return the text to be ordered by its bytes, on every database and in every country."""
    return sa.collate(column, "C") if is_postgres(db) else column


def _points(source_id: int) -> sa.Select[Any]:
    return (
        sa.select(
            classify_points.c.id,
            classify_images.c.name.label("image"),
            classify_points.c.at_row.label("row"),
            classify_points.c.at_column.label("column"),
            classify_points.c.label,
            classify_labels.c.code,
        )
        .join(classify_images, classify_images.c.id == classify_points.c.image)
        .join(classify_labels, classify_labels.c.id == classify_points.c.label)
        .where(classify_images.c.source == source_id)
    )
