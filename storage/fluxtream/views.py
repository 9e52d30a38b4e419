"""Saved views of the grapher: what its user looked at, under a name."""

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from darkroom.errors import NotFound
from storage.engine import now
from storage.fluxtream.tables import fx_views


class View(Struct, frozen=True):
    """data: JSON, as the grapher wrote it."""

    id: int
    owner: int
    name: str
    data: str
    used_at: float


def put(db: sa.Connection, owner: int, name: str, data: str) -> int:
    """Save a view in place of the owner's one of that name; return its id."""
    values = {"data": data, "used_at": now()}
    update = sa.update(fx_views).where(fx_views.c.owner == owner, fx_views.c.name == name).values(**values)
    view_id: int | None = db.execute(update.returning(fx_views.c.id)).scalar_one_or_none()
    if view_id is not None:
        return view_id
    insert = sa.insert(fx_views).values(owner=owner, name=name, created_at=now(), **values)
    try:
        with db.begin_nested():
            return int(db.execute(insert.returning(fx_views.c.id)).scalar_one())
    except IntegrityError:  # somebody has saved one at the same moment
        return put(db, owner, name, data)


def find(db: sa.Connection, owner: int) -> list[View]:
    """Return the owner's views, the one last used first."""
    query = sa.select(fx_views).where(fx_views.c.owner == owner)
    rows = db.execute(query.order_by(fx_views.c.used_at.desc(), fx_views.c.id.desc()))
    return [msgspec.convert(row, View, from_attributes=True) for row in rows]


def count(db: sa.Connection, owner: int) -> int:
    """Return how many views the owner has."""
    query = sa.select(sa.func.count()).select_from(fx_views).where(fx_views.c.owner == owner)
    counted: int = db.execute(query).scalar_one()
    return counted


def use(db: sa.Connection, owner: int, view_id: int) -> View:
    """Return a view, which is then the one last used. Raises NotFound."""
    mine = (fx_views.c.owner == owner, fx_views.c.id == view_id)
    row = db.execute(
        sa.update(fx_views).where(*mine).values(used_at=now()).returning(*fx_views.c)
    ).one_or_none()
    if row is None:
        raise NotFound(f"there is no view {view_id}")
    return msgspec.convert(row, View, from_attributes=True)


def remove(db: sa.Connection, owner: int, view_id: int) -> None:
    """Forget a view. Raises NotFound."""
    gone = db.execute(sa.delete(fx_views).where(fx_views.c.owner == owner, fx_views.c.id == view_id))
    if gone.rowcount == 0:
        raise NotFound(f"there is no view {view_id}")
