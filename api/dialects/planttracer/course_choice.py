"""The course that a call works in: the one that it names, else the caller's own; as newer clients want it told."""

from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from api.dialects.planttracer.answers import Refused
from darkroom.errors import NotFound
from storage.planttracer import courses
from storage.planttracer.people import Person

NO_MEMBERSHIP = "No valid course membership is available"
NO_MEMBER = "default course is not available"


class Choice(Struct, frozen=True):
    course_id: str
    context: dict[str, Any]


def choose(db: sa.Connection, person: Person, requested: str | None) -> Choice:
    """Return the course. Raises Refused: 409 for one that is not there or when there is none, 403 for another's."""
    own, default = courses.of(db, person.user_id), person.primary_course_id
    if requested:
        check(db, person, requested)
        return _choice(requested, requested, default, "request", None)
    if default in own:
        return _choice(default, None, default, "default", None)
    if not own:
        raise Refused(NO_MEMBERSHIP, 409)
    return _choice(next(iter(own)), None, default, "membership", NO_MEMBER)


def check(db: sa.Connection, person: Person, course_id: str) -> None:
    """Raise Refused unless the course is there and the person in it."""
    try:
        courses.get(db, course_id)
    except NotFound as error:
        raise Refused(f"Course no longer exists: {course_id}", 409) from error
    if not courses.is_member(db, course_id, person.user_id):
        raise Refused(f"Course access denied: {course_id}", 403)


def _choice(
    course_id: str, requested: str | None, default: str | None, source: str, reason: str | None
) -> Choice:
    context = {
        "requested_course_id": requested,
        "effective_course_id": course_id,
        "default_course_id": default,
        "source": source,
        "fallback_reason": reason,
    }
    return Choice(course_id, context)
