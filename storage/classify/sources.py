"""Sources: a label set with the images that people have labelled by it, and who may look and change."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from darkroom.errors import Conflict, Forbidden, NotFound
from storage.classify.names import check_name, check_text
from storage.classify.tables import (
    classify_images,
    classify_labels,
    classify_members,
    classify_points,
    classify_sources,
)
from storage.engine import now

NO_SOURCE = "This source doesn't exist or is not accessible"


class Source(Struct, frozen=True, kw_only=True):
    """may_edit: whether the user who asked may change labels, images and points, and train."""

    id: int
    owner: int
    name: str
    description: str
    is_public: bool
    created_at: float
    may_edit: bool


class Counts(Struct, frozen=True):
    labels: int = 0
    images: int = 0
    points: int = 0


def add(db: sa.Connection, user: int, *, name: str, description: str = "", is_public: bool = False) -> Source:
    """Make a source of the user's. Raises Invalid, and Conflict when there is one of that name."""
    check_name(name, "/name")
    check_text(description, "/description")
    values = {"name": name, "description": description, "is_public": is_public}
    insert = sa.insert(classify_sources).values(owner=user, created_at=now(), **values)
    try:
        with db.begin_nested():
            source_id: int = db.execute(insert.returning(classify_sources.c.id)).scalar_one()
    except IntegrityError as error:
        raise _taken(name) from error
    return get(db, source_id, user)


def visible(user: int) -> sa.ColumnElement[bool]:
    """Return the condition under which a user may look at a source, and use what was trained on it."""
    return sa.or_(
        classify_sources.c.is_public,
        classify_sources.c.owner == user,
        classify_sources.c.id.in_(
            sa.select(classify_members.c.source).where(classify_members.c.user_id == user)
        ),
    )


def get(db: sa.Connection, source_id: int, user: int) -> Source:
    """Return the source. Raises NotFound unless the user owns it, is a member, or it is public."""
    row = db.execute(_seen_by(user).where(classify_sources.c.id == source_id)).one_or_none()
    if row is None:
        raise NotFound(NO_SOURCE)
    return msgspec.convert(row, Source, from_attributes=True)


def held(db: sa.Connection, source_id: int, user: int) -> Source:
    """Return a source that the user may change; nobody else changes it until the transaction ends.

    Raises NotFound, and Forbidden for those who may only look.
    """
    mine = sa.select(classify_sources.c.id).where(classify_sources.c.id == source_id)
    db.execute(mine.with_for_update(key_share=True))  # SQLite has one writer at a time anyhow
    return editable(db, source_id, user)


def editable(db: sa.Connection, source_id: int, user: int) -> Source:
    """Return a source that the user may change. Raises as `held` does."""
    source = get(db, source_id, user)
    if not source.may_edit:
        raise Forbidden("You may look at this source, and not change it")
    return source


def owned(db: sa.Connection, source_id: int, user: int) -> Source:
    """Return a source as `held` does, if it is the user's own. Raises NotFound, Forbidden."""
    source = held(db, source_id, user)
    if source.owner != user:
        raise Forbidden("Only its owner may do this with the source")
    return source


def find(db: sa.Connection, user: int, *, before_id: int | None = None, limit: int = 50) -> list[Source]:
    """Return the sources that the user may look at, newest first, those with an id below `before_id`."""
    query = _seen_by(user).order_by(classify_sources.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(classify_sources.c.id < before_id)
    return [msgspec.convert(row, Source, from_attributes=True) for row in db.execute(query)]


def change(
    db: sa.Connection,
    source_id: int,
    user: int,
    *,
    name: str | None = None,
    description: str | None = None,
    is_public: bool | None = None,
) -> Source:
    """Change what is given, and return the source; only its owner may. Raises NotFound, Forbidden, Invalid, Conflict."""
    owned(db, source_id, user)
    if name is not None:
        check_name(name, "/name")
    check_text(description or "", "/description")
    given = {"name": name, "description": description, "is_public": is_public}
    values = {field: value for field, value in given.items() if value is not None}
    if values:
        try:
            with db.begin_nested():
                db.execute(
                    sa.update(classify_sources).where(classify_sources.c.id == source_id).values(**values)
                )
        except IntegrityError as error:
            raise _taken(name) from error
    return get(db, source_id, user)


def counts(db: sa.Connection, source_ids: list[int]) -> dict[int, Counts]:
    """Return by source how many labels, images and points it has."""
    labels = dict(_counted(db, classify_labels, classify_labels.c.source, source_ids))
    images = dict(_counted(db, classify_images, classify_images.c.source, source_ids))
    pointed = classify_points.join(classify_images, classify_images.c.id == classify_points.c.image)
    points = dict(_counted(db, pointed, classify_images.c.source, source_ids))
    return {one: Counts(labels.get(one, 0), images.get(one, 0), points.get(one, 0)) for one in source_ids}


def _counted(
    db: sa.Connection, rows: sa.FromClause, source: sa.ColumnElement[int], source_ids: list[int]
) -> list[tuple[int, int]]:
    query = sa.select(source, sa.func.count()).select_from(rows).where(source.in_(source_ids))
    return [(row[0], row[1]) for row in db.execute(query.group_by(source))]


def _seen_by(user: int) -> sa.Select[tuple[object, ...]]:
    edits = sa.select(classify_members.c.source).where(
        classify_members.c.user_id == user, classify_members.c.may_edit
    )
    may_edit = sa.or_(classify_sources.c.owner == user, classify_sources.c.id.in_(edits))
    return sa.select(classify_sources, may_edit.label("may_edit")).where(visible(user))


def _taken(name: str | None) -> Conflict:
    return Conflict(f"You have a source {name!r} already")
