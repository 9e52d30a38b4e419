"""The course that a person works in, as newer clients set it: the only call under /api that sends JSON."""

from falcon import Request, Response

from api.bodies import read_json
from api.dialects.planttracer import course_choice
from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.credential import forbid_demo
from api.dialects.planttracer.visitors import person_of
from api.services import Services
from storage.engine import write
from storage.planttracer import people


class DefaultCourse:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_patch(self, req: Request, resp: Response) -> None:
        body = read_json(req, self.services.settings)
        course_id = body.get("course_id") if isinstance(body, dict) else None
        if not isinstance(course_id, str) or not course_id:
            raise Refused("course_id is required", 400)
        with write(self.services.engine) as db:
            person = person_of(db, req)
            forbid_demo(person)
            course_choice.check(db, person, course_id)
            people.prefer(db, person.user_id, course_id)
            choice = course_choice.choose(db, people.get(db, person.user_id), None)
        answer(resp, default_course_id=course_id, course_context=choice.context)
