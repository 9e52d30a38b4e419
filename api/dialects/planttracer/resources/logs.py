"""What happened: of oneself, and of the courses that one runs."""

import math
from typing import Any

import msgspec
import sqlalchemy as sa
from falcon import Request, Response

from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.fields import Fields, fields_of
from api.dialects.planttracer.visitors import person_of
from api.services import Services
from darkroom.errors import NotFound
from storage.engine import read
from storage.planttracer import courses, logs, people
from storage.planttracer.logs import ENTRIES_LIMIT, Entry, Wanted
from storage.planttracer.people import Person

NOBODY = -1  # a filter that names nobody who is there finds nothing
NO_COURSE = ""


class GetLogs:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        fields = fields_of(req, self.services.settings.body_limit_bytes)
        count, offset = _count(fields), max(0, fields.number("offset") or 0)
        with read(self.services.engine) as db:
            reader = person_of(db, req)
            wanted = _wanted(db, fields, reader)
            found = _find(db, reader, wanted, count, offset)
        answer(resp, logs=found)


class GetLog:
    """The old way to ask: one's own, all of it."""

    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        with read(self.services.engine) as db:
            reader = person_of(db, req)
            found = _find(db, reader, Wanted(user_id=reader.user_id), ENTRIES_LIMIT, 0)
        answer(resp, logs=found)


def _find(db: sa.Connection, reader: Person, wanted: Wanted, count: int, offset: int) -> list[dict[str, Any]]:
    run = [course_id for course_id, is_admin in courses.of(db, reader.user_id).items() if is_admin]
    entries = logs.find(db, wanted, reader=reader.user_id, courses=run, count=count, offset=offset)
    ids = {one for entry in entries for one in (entry.user_id, entry.target_user_id) if one is not None}
    known = people.by_ids(db, ids)
    return [_entry_view(entry, known) for entry in entries]


def _wanted(db: sa.Connection, fields: Fields, reader: Person) -> Wanted:
    """Return the filters. What is empty does not count; whoever names none at all means themselves."""
    user_id, course_id = fields.get("log_user_id"), fields.get("course_id") or None
    movie_id, ipaddr = fields.get("movie_id") or None, fields.get("ipaddr") or None
    if key := fields.get("course_key"):
        course = courses.by_key(db, key)
        # Two that contradict each other find nothing.
        keyed = NO_COURSE if course is None else course.course_id
        course_id = keyed if course_id in {None, keyed} else NO_COURSE
    if user_id:
        about: int | None = _user_id(db, user_id)
    else:
        about = None if course_id is not None or movie_id or ipaddr else reader.user_id
    return Wanted(
        start_time=_time(fields, "start_time"),
        end_time=_time(fields, "end_time"),
        user_id=about,
        course_id=course_id,
        movie_id=movie_id,
        ipaddr=ipaddr,
    )


def _user_id(db: sa.Connection, public_id: str) -> int:
    try:
        return people.by_public_id(db, public_id).user_id
    except NotFound:
        return NOBODY


def _count(fields: Fields) -> int:
    count = fields.number("count")
    if count is not None and not 1 <= count <= ENTRIES_LIMIT:
        raise Refused(f"count must be between 1 and {ENTRIES_LIMIT}", 400)
    return count or ENTRIES_LIMIT


def _time(fields: Fields, name: str) -> float | None:
    text = fields.text(name).strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise Refused(f"{name} must be a number of seconds since 1970", 400)
    return seconds


def _entry_view(entry: Entry, known: dict[int, Person]) -> dict[str, Any]:
    def public(user_id: int | None) -> str | None:
        return known[user_id].public_id if user_id in known else None

    return {
        **msgspec.json.decode(entry.detail, type=dict[str, Any]),
        "log_id": str(entry.id),
        "time_t": int(entry.at),
        "event_type": entry.event,
        "user_id": public(entry.user_id),
        "target_user_id": public(entry.target_user_id),
        "course_id": entry.course_id,
        "movie_id": entry.movie_id,
        "ipaddr": entry.ipaddr,
    }
