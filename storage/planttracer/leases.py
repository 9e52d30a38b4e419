"""Who has a movie open to change it: one browser at a time, for as long as it says so every few minutes."""

import uuid

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Conflict
from storage.engine import now
from storage.planttracer.tables import pt_leases, pt_movies, pt_people

LEASE_SECONDS = 15 * 60.0  # the wire's own: a browser that was closed holds nobody up for longer
HELD = "This movie is being analyzed in another browser and is view-only."


class Lease(Struct, frozen=True):
    """acquired_at: seconds since the epoch. user_name: who holds it."""

    lease_id: str
    user_id: int
    acquired_at: float
    user_name: str


def current(db: sa.Connection, movie_id: str) -> Lease | None:
    """Return the lease on a movie that has not run out, if there is one."""
    row = db.execute(
        sa.select(pt_leases, pt_people.c.user_name)
        .join(pt_people, pt_people.c.user_id == pt_leases.c.user_id)
        .where(pt_leases.c.movie_id == movie_id, pt_leases.c.until > now())
    ).one_or_none()
    return None if row is None else msgspec.convert(row, Lease, from_attributes=True)


def acquire(db: sa.Connection, movie_id: str, user_id: int) -> Lease | None:
    """Take the lease, a new one also when it was one's own: of two browsers of one person the last has it.

    Returns None while somebody else has it.
    """
    # Two that ask at one moment go one after the other.
    db.execute(sa.select(pt_movies.c.movie_id).where(pt_movies.c.movie_id == movie_id).with_for_update())
    held = current(db, movie_id)
    if held is not None and held.user_id != user_id:
        return None
    db.execute(sa.delete(pt_leases).where(pt_leases.c.movie_id == movie_id))
    db.execute(
        sa.insert(pt_leases).values(
            movie_id=movie_id,
            lease_id=uuid.uuid4().hex,
            user_id=user_id,
            acquired_at=now(),
            until=now() + LEASE_SECONDS,
        )
    )
    return current(db, movie_id)


def renew(db: sa.Connection, movie_id: str, lease_id: str, user_id: int) -> bool:
    """Hold the lease for longer; return whether one still had it."""
    change = sa.update(pt_leases).where(_mine(movie_id, lease_id, user_id), pt_leases.c.until > now())
    return db.execute(change.values(until=now() + LEASE_SECONDS)).rowcount > 0


def release(db: sa.Connection, movie_id: str, lease_id: str, user_id: int) -> None:
    """Give the lease back; one that is another's, or over, stays as it is."""
    db.execute(sa.delete(pt_leases).where(_mine(movie_id, lease_id, user_id)))


def check(db: sa.Connection, movie_id: str, user_id: int) -> None:
    """Raise Conflict while somebody else has the movie open to change it."""
    held = current(db, movie_id)
    if held is not None and held.user_id != user_id:
        raise Conflict(HELD)


def _mine(movie_id: str, lease_id: str, user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        pt_leases.c.movie_id == movie_id, pt_leases.c.lease_id == lease_id, pt_leases.c.user_id == user_id
    )
