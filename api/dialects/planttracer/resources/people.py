"""Whom a key belongs to, and whom its holder may see."""

import sqlalchemy as sa
from falcon import Request, Response

from api.dialects.planttracer import people_views
from api.dialects.planttracer.answers import answer
from api.dialects.planttracer.visitors import person_of
from api.services import Services
from storage.engine import read
from storage.planttracer import courses, people
from storage.planttracer.people import Person


class CheckKey:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        with read(self.services.engine) as db:
            person = person_of(db, req)
            known = people_views.look(db, {person.user_id})
        answer(resp, userinfo=people_views.person_view(person, known))

    on_get = on_post


class ListUsers:
    """Who runs a course sees all who are in it; everybody else, themselves."""

    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        with read(self.services.engine) as db:
            reader = person_of(db, req)
            seen = _seen_by(db, reader)
            known = people_views.look(db, {person.user_id for person in seen})
        own = {member.course_id for member in known.by_user[reader.user_id]}
        shown = own | {person.primary_course_id for person in seen}
        answer(
            resp,
            users=[people_views.person_view(person, known) for person in seen],
            courses=[
                people_views.course_view(course, known, reader.user_id)
                for course in known.courses.values()
                if course.course_id in shown
            ],
        )


def _seen_by(db: sa.Connection, reader: Person) -> list[Person]:
    run = [course_id for course_id, is_admin in courses.of(db, reader.user_id).items() if is_admin]
    members = courses.members(db, course_ids=run)
    seen = people.by_ids(db, {reader.user_id, *(member.user_id for member in members)})
    return sorted(seen.values(), key=lambda person: (person.primary_course_id or "", person.user_id))
