"""A token for a name and its password; each login makes a new one."""

import secrets
from typing import Any

from falcon import Request, Response

from api.dialects.coralnet.answers import Complaints, answer, answer_errors
from api.dialects.coralnet.body import read_body
from api.dialects.coralnet.wire import Credentials, Token
from api.peers import peer_of
from api.rate import Rate
from api.services import Services
from darkroom.errors import Unauthenticated
from storage import users
from storage.engine import write

LABEL, SCOPES = "coralnet", "read,write"
TOKEN_BYTES = 20  # forty hexadecimal digits, as clients have always seen them
LOGINS_PER_SECOND, LOGINS_BURST = 1.0, 60  # from one address: a class may log in at once
FIELDS = ("username", "password")
WRONG = "Unable to log in with provided credentials."
NO_OBJECT = "Invalid data. Expected a dictionary, but got {type}."
MISSING = "This field is required."
NULL = "This field may not be null."
BLANK = "This field may not be blank."
NO_TEXT = "Not a valid string."


class Login:
    anonymous = True
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._rate = Rate(
            LOGINS_PER_SECOND, LOGINS_BURST, refusal="too many logins were tried from this address"
        )

    def on_post(self, req: Request, resp: Response) -> None:
        self._rate.take(peer_of(req, self.services.settings))
        given = read_body(req, self.services.settings)
        complaints = complaints_of(given)
        if complaints:
            answer_errors(resp, 400, complaints)
            return
        user_id = self._user(Credentials(given["username"], given["password"]))
        if user_id is None:
            answer_errors(resp, 400, [(WRONG, None)])
            return
        answer(resp, Token(self._token(user_id)))

    def _user(self, given: Credentials) -> int | None:
        try:
            return self.services.passwords.identify(given.username, given.password).user_id
        except Unauthenticated:
            return None

    def _token(self, user_id: int) -> str:
        with write(self.services.engine) as db:
            text = users.add_token(db, user_id, LABEL, scopes=SCOPES, text=secrets.token_hex(TOKEN_BYTES))
            users.forget_older(db, user_id, LABEL, keep=self.services.settings.coralnet_tokens_limit)
        return text


def complaints_of(given: Any) -> Complaints:
    """Return what is wrong with the body of a login, each with the pointer to its field."""
    if not isinstance(given, dict):
        return [(NO_OBJECT.format(type=type(given).__name__), None)]
    told = [(_complaint(given, name), f"/{name}") for name in FIELDS]
    return [(message, where) for message, where in told if message is not None]


def _complaint(given: dict[str, Any], name: str) -> str | None:
    if name not in given:
        return MISSING
    match given[name]:
        case None:
            return NULL
        case "":
            return BLANK
        case str() as text if _is_plain(text):
            return None
        case _:
            return NO_TEXT


def _is_plain(text: str) -> bool:
    """Tell whether a text can be looked for: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and text.encode(errors="ignore").decode() == text
