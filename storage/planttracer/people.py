"""The people of the Plant Tracer door: each is a user of the house, with an e-mail address and keys for that door alone."""

import secrets
import uuid

import msgspec
import sqlalchemy as sa
import structlog
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from darkroom.errors import Conflict, NotFound, Unauthenticated
from storage import users
from storage.engine import now, write
from storage.planttracer.tables import pt_courses, pt_members, pt_people
from storage.tables import tokens
from storage.tables import users as users_table

log = structlog.get_logger()

SCOPE = "planttracer"  # a key of this scope opens no other door
NAMES = "planttracer/"  # users of the house that came in here are called this, and their public id

# In demo mode everybody carries this key, which the client's pages know; it opens nothing otherwise.
DEMO_KEY = "a123456789012345678901234567890bc"
DEMO_COURSE = "demo-course"
DEMO_EMAIL = "demo@planttracer.invalid"

PEOPLE = sa.select(pt_people, users_table.c.enabled).join(
    users_table, users_table.c.id == pt_people.c.user_id
)


class Person(Struct, frozen=True):
    user_id: int
    public_id: str
    email: str
    user_name: str
    primary_course_id: str | None
    created_at: float
    demo: bool
    enabled: bool


class Uses(Struct, frozen=True):
    """When a person's keys were used first and last, in seconds since the epoch; None when none ever was."""

    first: float | None
    last: float | None


def get(db: sa.Connection, user_id: int) -> Person:
    """Return who this user is. Raises Unauthenticated for a user of the house who never registered here."""
    person = _one(db, pt_people.c.user_id == user_id)
    if person is None:
        raise Unauthenticated("this user has not registered with Plant Tracer")
    return person


def by_public_id(db: sa.Connection, public_id: str) -> Person:
    """Raises NotFound."""
    person = _one(db, pt_people.c.public_id == public_id)
    if person is None:
        raise NotFound(f"there is no person {public_id!r}")
    return person


def by_email(db: sa.Connection, email: str) -> Person | None:
    return _one(db, pt_people.c.email == email.lower())


def by_ids(db: sa.Connection, user_ids: set[int]) -> dict[int, Person]:
    """Return the people among these users, by user."""
    rows = db.execute(PEOPLE.where(pt_people.c.user_id.in_(user_ids)))
    return {row.user_id: _person(row) for row in rows}


def add(db: sa.Connection, email: str, user_name: str, *, demo: bool = False) -> Person:
    """Write down somebody new. Raises Conflict when the address is taken."""
    public_id = f"u{uuid.uuid4()}"
    user_id = users.add(db, NAMES + public_id)
    new = sa.insert(pt_people).values(
        user_id=user_id,
        public_id=public_id,
        email=email.lower(),
        user_name=user_name,
        created_at=now(),
        demo=demo,
    )
    try:
        db.execute(new)
    except IntegrityError as error:
        raise Conflict(f"there is a person with the address {email!r} already") from error
    return get(db, user_id)


def rename(db: sa.Connection, user_id: int, user_name: str) -> None:
    db.execute(sa.update(pt_people).where(pt_people.c.user_id == user_id).values(user_name=user_name))


def readdress(db: sa.Connection, user_id: int, email: str) -> None:
    """Give a person another address. Raises Conflict when it is another's."""
    change = sa.update(pt_people).where(pt_people.c.user_id == user_id).values(email=email.lower())
    try:
        db.execute(change)
    except IntegrityError as error:
        raise Conflict(f"there is a person with the address {email!r} already") from error


def prefer(db: sa.Connection, user_id: int, course_id: str) -> None:
    """Make a course the one that a person works in."""
    db.execute(sa.update(pt_people).where(pt_people.c.user_id == user_id).values(primary_course_id=course_id))


def issue_key(db: sa.Connection, user_id: int) -> str:
    """Make a key for this door and return its text, which is kept nowhere."""
    return users.add_token(db, user_id, "planttracer", scopes=SCOPE, text="a" + secrets.token_hex(16))


def uses(db: sa.Connection, user_ids: set[int]) -> dict[int, Uses]:
    """Return when keys were used, by user; of all the keys of each."""
    rows = db.execute(
        sa.select(
            tokens.c.user_id,
            sa.func.min(tokens.c.first_used_at).label("first"),
            sa.func.max(tokens.c.used_at).label("last"),
        )
        .where(tokens.c.user_id.in_(user_ids))
        .group_by(tokens.c.user_id)
    )
    return {row.user_id: Uses(row.first, row.last) for row in rows}


def ensure_demo(engine: sa.Engine) -> None:
    """Make the demo user, course and key, unless they are there. Raises Unavailable."""
    try:
        with write(engine) as db:
            _add_demo(db)
    except Conflict:
        log.debug("another process has made the demo user")  # and has committed, else we had waited


def _add_demo(db: sa.Connection) -> None:
    if by_email(db, DEMO_EMAIL) is not None:
        return
    person = add(db, DEMO_EMAIL, "Demo User", demo=True)
    course = {"course_id": DEMO_COURSE, "course_name": "Demo Course", "course_key": secrets.token_hex(16)}
    if (
        db.execute(sa.select(pt_courses.c.course_id).where(pt_courses.c.course_id == DEMO_COURSE)).first()
        is None
    ):
        db.execute(sa.insert(pt_courses).values(**course, created_at=now()))
    db.execute(sa.insert(pt_members).values(course_id=DEMO_COURSE, user_id=person.user_id, joined_at=now()))
    prefer(db, person.user_id, DEMO_COURSE)
    users.add_token(db, person.user_id, "planttracer demo", scopes=SCOPE, text=DEMO_KEY)


def _one(db: sa.Connection, condition: sa.ColumnElement[bool]) -> Person | None:
    row = db.execute(PEOPLE.where(condition)).one_or_none()
    return None if row is None else _person(row)


def _person(row: sa.Row[tuple[object, ...]]) -> Person:
    return msgspec.convert(row, Person, from_attributes=True)
