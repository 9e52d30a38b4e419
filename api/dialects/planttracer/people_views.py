"""People and courses as the wire shows them; numbers are numbers, and a course's key is for those who run it."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from storage.planttracer import courses, people
from storage.planttracer.courses import Course, Member
from storage.planttracer.people import Person, Uses


class Class(Struct, frozen=True):
    """What is known of some people and courses, enough to show any of them."""

    courses: dict[str, Course]
    by_user: dict[int, list[Member]]
    by_course: dict[str, list[Member]]
    uses: dict[int, Uses]


def look(db: sa.Connection, user_ids: set[int]) -> Class:
    """Return all that the views of these people, and of the courses that they are in, need."""
    own = courses.members(db, user_ids=user_ids)
    known = courses.find(db, {member.course_id for member in own})
    in_them = courses.members(db, course_ids=[course.course_id for course in known])
    by_user, by_course = defaultdict(list), defaultdict(list)
    for member in own:
        by_user[member.user_id].append(member)
    for member in in_them:
        by_course[member.course_id].append(member)
    return Class(
        {course.course_id: course for course in known}, by_user, by_course, people.uses(db, user_ids)
    )


def person_view(person: Person, known: Class) -> dict[str, Any]:
    """Return a person; `first` and `last`: when any of their keys was used, in seconds since the epoch."""
    members = known.by_user.get(person.user_id, [])
    primary = known.courses.get(person.primary_course_id or "")
    primary_name = None if primary is None else primary.course_name
    uses = known.uses.get(person.user_id, Uses(None, None))
    return {
        "user_id": person.public_id,
        "email": person.email,
        "user_name": person.user_name,
        "created": int(person.created_at),
        "enabled": int(person.enabled),
        "courses": [member.course_id for member in members],
        "admin_for_courses": [member.course_id for member in members if member.is_admin],
        "primary_course_id": person.primary_course_id,
        "primary_course_name": primary_name,
        # What newer clients call the same.
        "default_course_id": person.primary_course_id,
        "default_course_name": primary_name,
        "super_role": "none",
        "first": None if uses.first is None else int(uses.first),
        "last": None if uses.last is None else int(uses.last),
    }


def course_view(course: Course, known: Class, reader: int) -> dict[str, Any]:
    """Return a course as this user may see it."""
    admins = [member for member in known.by_course.get(course.course_id, []) if member.is_admin]
    view: dict[str, Any] = {
        "course_id": course.course_id,
        "course_name": course.course_name,
        "admins_for_course": [member.public_id for member in admins],
        "max_enrollment": course.max_enrollment,
        "created_at": int(course.created_at),
    }
    if any(member.user_id == reader for member in admins):
        view["course_key"] = course.course_key
    return view
