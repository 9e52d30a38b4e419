"""Checks of what sends login links to the people of Plant Tracer's courses."""

from collections.abc import Iterator

from api import mail
from api.mail import MailFault, Undelivered
from cli.findings import Finding, fail, ok, warn
from darkroom.errors import DarkroomError
from darkroom.settings import Settings
from storage import engine as engines
from storage import schema
from storage.engine import read
from storage.planttracer import courses

ADVICE_BY_FAULT = {
    MailFault.NO_MAILER: "set DARKROOM_SMTP_HOST and DARKROOM_SMTP_FROM; until then links are in the log, keys and all",
    MailFault.REFUSED_LOGIN: "look at DARKROOM_SMTP_USER and DARKROOM_SMTP_PASSWORD",
    MailFault.INVALID: "look at the DARKROOM_SMTP_* settings, and whether the server runs",
}


def check_mail(settings: Settings) -> Iterator[Finding]:
    """Knock at the mail server, sending nothing; where nobody would get a letter, there is nothing to say."""
    if not settings.smtp_host:
        if _has_courses(settings):
            message = "no server is set, and there are courses"
            yield warn("mail", message, ADVICE_BY_FAULT[MailFault.NO_MAILER])
        return
    try:
        mail.deliver(settings, [])
    except Undelivered as error:
        yield fail("mail", error.message, ADVICE_BY_FAULT[error.fault])
    else:
        yield ok("mail", f"{settings.smtp_host}:{settings.smtp_port} takes letters")


def _has_courses(settings: Settings) -> bool:
    engine = engines.connect(settings.database())
    try:
        with read(engine) as db:
            return schema.is_current(db) and bool(courses.find(db))
    except DarkroomError:
        return False  # the check of the database says so
    finally:
        engine.dispose()
