"""Courses of the Plant Tracer door: who is in one, who runs it, and the key with which one registers."""

import secrets
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from darkroom.errors import Conflict, NotFound
from storage.engine import now
from storage.planttracer.tables import ENROLLMENT, pt_courses, pt_members, pt_people


class Course(Struct, frozen=True):
    course_id: str
    course_name: str
    course_key: str
    max_enrollment: int
    created_at: float


class Member(Struct, frozen=True):
    course_id: str
    user_id: int
    public_id: str
    is_admin: bool


def add(
    db: sa.Connection, course_id: str, course_name: str, *, key: str | None = None, places: int = ENROLLMENT
) -> Course:
    """Make a course; without a key, with one that nobody can guess. Raises Conflict when id or key is taken."""
    key = key or new_key_text()
    taken = sa.or_(pt_courses.c.course_id == course_id, pt_courses.c.course_key == key)
    if db.execute(sa.select(pt_courses.c.course_id).where(taken)).first() is not None:
        raise Conflict(f"there is a course {course_id!r} already, or another with that key")
    new = {"course_id": course_id, "course_name": course_name, "course_key": key, "max_enrollment": places}
    db.execute(sa.insert(pt_courses).values(**new, created_at=now()))
    return get(db, course_id)


def get(db: sa.Connection, course_id: str) -> Course:
    """Raises NotFound."""
    row = db.execute(sa.select(pt_courses).where(pt_courses.c.course_id == course_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no course {course_id!r}")
    return _course(row)


def by_key(db: sa.Connection, key: str, *, lock: bool = False) -> Course | None:
    """Return the course with this key. lock: nobody else registers with it until the transaction ends."""
    query = sa.select(pt_courses).where(pt_courses.c.course_key == key)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _course(row)


def find(db: sa.Connection, course_ids: Iterable[str] | None = None) -> list[Course]:
    """Return courses by their ids, or all."""
    query = sa.select(pt_courses).order_by(pt_courses.c.course_id)
    if course_ids is not None:
        query = query.where(pt_courses.c.course_id.in_(list(course_ids)))
    return [_course(row) for row in db.execute(query)]


def members(
    db: sa.Connection, *, course_ids: Iterable[str] | None = None, user_ids: Iterable[int] | None = None
) -> list[Member]:
    """Return who is in these courses, or in which courses these users are, in the order of their joining."""
    query = (
        sa.select(pt_members.c.course_id, pt_members.c.user_id, pt_people.c.public_id, pt_members.c.is_admin)
        .join(pt_people, pt_people.c.user_id == pt_members.c.user_id)
        .order_by(pt_members.c.joined_at, pt_members.c.course_id)
    )
    if course_ids is not None:
        query = query.where(pt_members.c.course_id.in_(list(course_ids)))
    if user_ids is not None:
        query = query.where(pt_members.c.user_id.in_(list(user_ids)))
    return [msgspec.convert(row, Member, from_attributes=True) for row in db.execute(query)]


def of(db: sa.Connection, user_id: int) -> dict[str, bool]:
    """Return the courses that a user is in; the value tells whether the user runs it."""
    return {member.course_id: member.is_admin for member in members(db, user_ids=[user_id])}


def is_member(db: sa.Connection, course_id: str, user_id: int) -> bool:
    return course_id in of(db, user_id)


def is_admin(db: sa.Connection, course_id: str, user_id: int) -> bool:
    return of(db, user_id).get(course_id, False)


def places_left(db: sa.Connection, course: Course) -> int:
    count = sa.select(sa.func.count()).where(pt_members.c.course_id == course.course_id)
    return course.max_enrollment - db.execute(count).scalar_one()


def join(db: sa.Connection, course_id: str, user_id: int) -> None:
    """Put a user into a course; whoever is in it stays what they are there."""
    if not is_member(db, course_id, user_id):
        db.execute(sa.insert(pt_members).values(course_id=course_id, user_id=user_id, joined_at=now()))


def appoint(db: sa.Connection, course_id: str, user_id: int, *, is_admin: bool) -> None:
    """Let a member run a course, or no more. Raises NotFound for who is not in it."""
    here = sa.and_(pt_members.c.course_id == course_id, pt_members.c.user_id == user_id)
    if db.execute(sa.update(pt_members).where(here).values(is_admin=is_admin)).rowcount == 0:
        raise NotFound(f"that person is not in the course {course_id!r}")


def change_key(db: sa.Connection, course_id: str) -> str:
    """Give a course another key, which it returns; the old one opens nothing more. Raises NotFound."""
    key = new_key_text()
    change = sa.update(pt_courses).where(pt_courses.c.course_id == course_id).values(course_key=key)
    if db.execute(change).rowcount == 0:
        raise NotFound(f"there is no course {course_id!r}")
    return key


def new_key_text() -> str:
    """Return a key that a teacher can write on a board."""
    return secrets.token_hex(6)


def _course(row: sa.Row[tuple[object, ...]]) -> Course:
    return msgspec.convert(row, Course, from_attributes=True)
