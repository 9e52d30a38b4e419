"""Letters to people, by SMTP; a silent or unwilling server costs its timeout, and no more."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from enum import StrEnum

import structlog
from msgspec import Struct

from darkroom.errors import Unavailable
from darkroom.settings import Settings

log = structlog.get_logger()

SMTPS_PORT = 465  # where a connection is encrypted from its first byte (RFC 8314, §3.3)


class Letter(Struct, frozen=True):
    to: str
    subject: str
    text: str


class MailFault(StrEnum):
    NO_MAILER = "no server is set"
    REFUSED_LOGIN = "the server refused the login"
    INVALID = "the server cannot be used as it is set"


class Undelivered(Unavailable):
    """A letter did not go out; `fault` says whose matter that is, the log has the rest."""

    code = "undelivered"

    def __init__(self, fault: MailFault, reason: str = "") -> None:
        super().__init__(f"no mail was sent: {reason or fault.value}")
        self.fault = fault


def deliver(settings: Settings, letters: Sequence[Letter]) -> None:
    """Send letters over one connection; with none, only see whether the server would take one. Raises Undelivered."""
    if not settings.smtp_host:
        raise Undelivered(MailFault.NO_MAILER)
    if not settings.smtp_from:
        raise _invalid(settings, "letters have no sender: DARKROOM_SMTP_FROM is not set")
    try:
        with _connection(settings) as server:
            for letter in letters:
                server.send_message(_message(settings, letter))
    except smtplib.SMTPAuthenticationError as error:
        log.warning("mail server refused the login", host=settings.smtp_host, error=str(error))
        raise Undelivered(MailFault.REFUSED_LOGIN) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise _invalid(settings, f"{type(error).__name__}: {error}") from error


def _invalid(settings: Settings, reason: str) -> Undelivered:
    log.warning("mail not sent", host=settings.smtp_host, error=reason)
    return Undelivered(MailFault.INVALID, reason)


@contextmanager
def _connection(settings: Settings) -> Iterator[smtplib.SMTP]:
    where = (settings.smtp_host, settings.smtp_port)
    seconds = settings.smtp_timeout_seconds
    if settings.smtp_port == SMTPS_PORT:
        opened: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=seconds, context=ssl.create_default_context())
    else:
        opened = smtplib.SMTP(*where, timeout=seconds)
    with opened as server:
        if settings.smtp_starttls and settings.smtp_port != SMTPS_PORT:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        yield server


def _message(settings: Settings, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.smtp_from
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message.set_content(letter.text)
    return message
