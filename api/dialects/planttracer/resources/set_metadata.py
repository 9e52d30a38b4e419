"""One property of a movie or of a person, set by its name, as the client's pages do when somebody types."""

from typing import Any

from falcon import Request, Response

from api.bodies import write_json
from api.dialects.planttracer import checks
from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.reach import DENIED, Reached, asked, editable
from api.dialects.planttracer.resources.movie_changes import delete
from api.dialects.planttracer.resources.person_changes import set_property
from api.services import Services
from darkroom.errors import Forbidden
from storage.engine import write
from storage.planttracer import movies

NEITHER = "Either set_movie_id or set_user_id is required"
DELETED, PUBLISHED = "deleted", "published"
OWNERS = ("research_use", "credit_by_name")
PROPERTIES = ("title", "description", "fpm", DELETED, PUBLISHED, *OWNERS)


class SetMetadata:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        fields, person = asked(self.services, req)
        movie_id, user_id = fields.get("set_movie_id"), fields.get("set_user_id")
        property, value = fields.text("property"), fields.text("value")
        if movie_id:
            self._set_of_movie(req, editable(self.services, person, movie_id), property, value)
        elif user_id:
            set_property(self.services, req, user_id, property, value)
        else:
            write_json(resp, {"error": True, "result": NEITHER})  # here the client reads `result`
            return
        answer(resp)

    def _set_of_movie(self, req: Request, reached: Reached, property: str, value: str) -> None:
        checked = _checked(reached, property, value)
        with write(self.services.engine) as db:
            if property == DELETED:
                delete(db, req, reached.movie, deleted=checked == 1)
            else:
                movies.change(db, reached.movie.movie_id, **{property: checked})


def _checked(reached: Reached, property: str, value: str) -> Any:
    """Return the value as it is kept. Raises Refused, Invalid, and Forbidden for what only another may set."""
    match property:
        case "title":
            return checks.checked_text(property, value, checks.TITLE_LIMIT)
        case "description":
            return checks.checked_text(property, value, checks.DESCRIPTION_LIMIT)
        case "fpm":
            return checks.checked_fpm(value)
        case _ if property not in PROPERTIES:
            raise Refused(f"property is one of {', '.join(PROPERTIES)}", 400)
    if not _may(reached, property):
        raise Forbidden(DENIED)
    answered = checks.answer_of(value)
    if answered is None and property not in OWNERS:
        raise Refused(f"{property} must be 0 or 1", 400)
    return answered


def _may(reached: Reached, property: str) -> bool:
    """Tell who may: what somebody took away, only who it was taken from, or who leads the course, brings back."""
    if property == DELETED:
        return reached.rights.owns or reached.movie.deleted == 0
    if property == PUBLISHED:
        return reached.rights.leads or reached.movie.published != 0
    return reached.rights.owns
