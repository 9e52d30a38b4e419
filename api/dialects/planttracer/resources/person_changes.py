"""What may be changed about a person: name and address, by themselves or by who runs their courses."""

import sqlalchemy as sa
from falcon import Request

from api.dialects.planttracer.answers import Refused
from api.dialects.planttracer.credential import forbid_demo
from api.dialects.planttracer.resources.registration import check_email, check_name
from api.dialects.planttracer.visitors import address_of, person_of
from api.services import Services
from darkroom.errors import Forbidden, NotFound
from storage.engine import write
from storage.planttracer import courses, logs, people
from storage.planttracer.people import Person

DENIED = "User is not authorized to change this user."
NAMES = ("name", "user_name")  # the first is what the client sends, the second what it reads
EMAIL = "email"


def set_property(services: Services, req: Request, public_id: str, property: str, value: str) -> None:
    """Change one property of a person. Raises Forbidden, also for who is not there; Refused; Conflict."""
    with write(services.engine) as db:
        caller = person_of(db, req)
        forbid_demo(caller)
        person = _reachable(db, caller, public_id, property)
        if property in NAMES:
            people.rename(db, person.user_id, check_name(value))
        elif property == EMAIL:
            people.readdress(db, person.user_id, check_email(value))
        else:
            raise Refused(f"property is one of {', '.join((*NAMES, EMAIL))}", 400)
        logs.note(
            db,
            logs.USER_CHANGED,
            user_id=caller.user_id,
            target_user_id=person.user_id,
            ipaddr=address_of(req),
            property=property,
        )


def _reachable(db: sa.Connection, caller: Person, public_id: str, property: str) -> Person:
    try:
        person = people.by_public_id(db, public_id)
    except NotFound as error:
        raise Forbidden(DENIED) from error
    if person.user_id == caller.user_id:
        return person
    run = {course_id for course_id, is_admin in courses.of(db, caller.user_id).items() if is_admin}
    theirs = set(courses.of(db, person.user_id))
    # Whoever gives somebody another address can have their keys sent there: for that, one shares no course with others.
    may = bool(theirs) and (theirs <= run if property == EMAIL else bool(theirs & run))
    if not may:
        raise Forbidden(DENIED)
    return person
