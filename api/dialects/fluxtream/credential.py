"""Who calls: name and password as HTTP basic sends them, or a token of this house."""

import base64
import binascii

from falcon import Request

from api.door import Credential
from api.services import Services
from darkroom.errors import Unauthenticated
from storage.users import Caller


def credential_of(services: Services) -> Credential:
    """Return how the caller of a request is found."""

    def credential(req: Request) -> str | Caller | None:
        scheme, _, given = (req.auth or "").partition(" ")
        match scheme.lower():
            case "basic":
                return services.passwords.identify(*_name_and_password(given))
            case "bearer":
                return given.strip()
            case _:
                return None

    return credential


def _name_and_password(given: str) -> tuple[str, str]:
    """Return what is written in a basic credential (RFC 7617). Raises Unauthenticated."""
    try:
        text = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Unauthenticated("the header Authorization is not understood") from error
    name, colon, password = text.partition(":")
    if not colon or "\x00" in text:  # no text column of PostgreSQL can hold a NUL
        raise Unauthenticated("the header Authorization is not understood")
    return name, password
