"""How people come in: they register for a course, are registered by who runs it, or ask for their link again."""

import re
from collections.abc import Sequence

import email_validator
import sqlalchemy as sa
from falcon import Request, Response

from api.bodies import write_json
from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.credential import forbid_demo
from api.dialects.planttracer.fields import Fields, fields_of
from api.dialects.planttracer.letters import Letters, Link
from api.dialects.planttracer.visitors import address_of, person_of
from api.mail import MailFault, Undelivered
from api.services import Services
from storage.engine import read, write
from storage.planttracer import courses, logs, people
from storage.planttracer.people import DEMO_COURSE, Person

INVALID_EMAIL = "Invalid email address"
NO_COURSE = "There is no course for that course key."
COURSE_FULL = "That course has no remaining registrations. Please contact your faculty member."
NOT_ADMIN = "User is not authorized to manipulate course."
RESENT = (
    "If you have an account, a link was sent. If you do not receive a link within 60 seconds, "
    'you may need to <a href="/register">register</a> your email address.'
)
IN_THE_LOG = " The login link was written to the log of the server."

REGISTERED_WITHOUT_MAIL = {
    MailFault.NO_MAILER: "Mailer not properly configured (NoMailerConfiguration)." + IN_THE_LOG,
    MailFault.INVALID: "Mailer not properly configured (InvalidMailerConfiguration).",
    MailFault.REFUSED_LOGIN: "Mailer reports smtplib.SMTPAuthenticationError.",
}
INVALID_MAILER = "Invalid mailer configuration. Please review error.log on server for more information"
NOT_RESENT = {
    MailFault.NO_MAILER: "Email cannot be sent as no mailer has been configured.",
    MailFault.INVALID: INVALID_MAILER,
    MailFault.REFUSED_LOGIN: INVALID_MAILER,
}
NO_LINKS = "users were registered but login links could not be sent."
MISCONFIGURED = f"Mailer misconfigured on server; {NO_LINKS}"
BULK_WITHOUT_MAIL = {
    MailFault.NO_MAILER: f"No mailer configured on server; {NO_LINKS}",
    MailFault.INVALID: MISCONFIGURED,
    MailFault.REFUSED_LOGIN: MISCONFIGURED,
}

SEPARATORS = re.compile(r"[\s,;]+")
BULK_LIMIT = 500  # addresses of one call: a large lecture, one connection to the mail server
NAME_LIMIT = 200  # characters
ENDPOINT = "planttracer_endpoint"


class Register:
    anonymous = True
    speaks = ""

    def __init__(self, services: Services, letters: Letters) -> None:
        self.services = services
        self._letters = letters

    def on_post(self, req: Request, resp: Response) -> None:
        """Put the address into the course of the key and send it a link; the answer never holds the key itself."""
        self._letters.admit(address_of(req))
        fields = fields_of(req, self.services.settings.body_limit_bytes)
        email = check_email(fields.text("email"))
        name = check_name(fields.text("name"))
        with write(self.services.engine) as db:
            course = courses.by_key(db, fields.text("course_key").strip(), lock=True)
            if course is None:
                raise Refused(NO_COURSE)
            known = people.by_email(db, email)
            is_in = known is not None and courses.is_member(db, course.course_id, known.user_id)
            if not is_in and courses.places_left(db, course) < 1:
                raise Refused(COURSE_FULL)
            self._letters.spare(email)
            person = enrol(db, email, name, course.course_id, address=address_of(req))
            key = people.issue_key(db, person.user_id)
        try:
            self._letters.send([Link(person.email, key)], fields.get(ENDPOINT))
        except Undelivered as error:
            message = REGISTERED_WITHOUT_MAIL[error.fault]
            write_json(resp, {"error": True, "message": message, "user_id": person.public_id})
        else:
            answer(resp, message=f"Registration key sent to {person.email}", user_id=person.public_id)

    on_get = on_post


class ResendLink:
    anonymous = True
    speaks = ""

    def __init__(self, services: Services, letters: Letters) -> None:
        self.services = services
        self._letters = letters

    def on_post(self, req: Request, resp: Response) -> None:
        """Send another link. An address that nobody registered is answered the same, after the same talk to the server."""
        self._letters.admit(address_of(req))
        fields = fields_of(req, self.services.settings.body_limit_bytes)
        email = check_email(fields.text("email"))
        self._letters.spare(email)
        links = self._links(email, address_of(req))
        try:
            self._letters.send(links, fields.get(ENDPOINT))
        except Undelivered as error:
            raise Refused(NOT_RESENT[error.fault]) from error
        answer(resp, message=RESENT)

    on_get = on_post

    def _links(self, email: str, address: str) -> list[Link]:
        with write(self.services.engine) as db:
            person = people.by_email(db, email)
            if person is None or person.demo or not person.enabled:
                return []
            logs.note(db, logs.LINK_SENT, user_id=person.user_id, ipaddr=address)
            return [Link(person.email, people.issue_key(db, person.user_id))]


class BulkRegister:
    speaks = ""

    def __init__(self, services: Services, letters: Letters) -> None:
        self.services = services
        self._letters = letters

    def on_post(self, req: Request, resp: Response) -> None:
        """Put all addresses into a course, or none when one of them is no address."""
        fields = fields_of(req, self.services.settings.body_limit_bytes)
        course_id = fields.text("course_id")
        with read(self.services.engine) as db:
            caller = person_of(db, req)
            allowed = courses.is_admin(db, course_id, caller.user_id)
        forbid_demo(caller)
        if not allowed:
            raise Refused(NOT_ADMIN)
        wanted = check_list(fields)
        with write(self.services.engine) as db:
            enrolled = [
                enrol(db, email, name, course_id, address=address_of(req), by=caller.user_id)
                for email, name in wanted
            ]
            links = [Link(person.email, people.issue_key(db, person.user_id)) for person in enrolled]
        message = self._send(links, fields.get(ENDPOINT))
        answer(resp, message=message, user_ids=[person.public_id for person in enrolled])

    def _send(self, links: Sequence[Link], endpoint: str | None) -> str:
        try:
            self._letters.send(links, endpoint)
        except Undelivered as error:
            reason = BULK_WITHOUT_MAIL[error.fault]
            return f"Registered {len(links)} user(s), but email delivery failed: {reason}"
        return f"Registered {len(links)} email address(es) and sent login links."


def enrol(
    db: sa.Connection, email: str, name: str, course_id: str, *, address: str, by: int | None = None
) -> Person:
    """Put an address into a course, which becomes the one they work in. by: who does it, when it is somebody else."""
    person = people.by_email(db, email)
    if person is None:
        person = people.add(db, email, name)
        logs.note(
            db, logs.REGISTERED, user_id=by or person.user_id, target_user_id=person.user_id, ipaddr=address
        )
    courses.join(db, course_id, person.user_id)
    if course_id != DEMO_COURSE or person.primary_course_id is None:
        people.prefer(db, person.user_id, course_id)
    logs.note(
        db,
        logs.COURSE_JOINED,
        user_id=by or person.user_id,
        target_user_id=person.user_id,
        course_id=course_id,
        ipaddr=address,
    )
    return person


def check_email(text: str) -> str:
    """Return the address in lower case. Raises Refused for what is none; whether mail arrives there is not asked."""
    try:
        checked = email_validator.validate_email(text.strip(), check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        raise Refused(INVALID_EMAIL) from error
    return checked.normalized.lower()


def check_name(text: str) -> str:
    """Return the name, trimmed. Raises Refused for one that is too long or not printable."""
    name = text.strip()
    if len(name) > NAME_LIMIT or not (name.isprintable() or not name):
        raise Refused(f"name has at most {NAME_LIMIT} printable characters", 400)
    return name


def check_list(fields: Fields) -> list[tuple[str, str]]:
    """Return addresses, each once, with the names at the same places. Raises Refused that says which is none."""
    given = [text for text in SEPARATORS.split(fields.text("email-addresses")) if text]
    if not given:
        raise Refused(INVALID_EMAIL)
    if len(given) > BULK_LIMIT:
        raise Refused(f"email-addresses has at most {BULK_LIMIT} addresses", 400)
    names = fields.text("names").splitlines()
    name_by_email: dict[str, str] = {}
    for place, text in enumerate(given):
        try:
            email = check_email(text)
        except Refused as error:
            raise Refused(f"{INVALID_EMAIL}: {text}") from error
        name_by_email.setdefault(email, check_name(names[place]) if place < len(names) else "")
    return list(name_by_email.items())
