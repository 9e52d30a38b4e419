"""Who calls: a token in the header Authorization, after the word `Token`."""

from collections.abc import Callable

from falcon import Request

from api.peers import peer_of
from api.rate import Rate
from api.services import Services
from darkroom.errors import Unauthenticated
from storage.users import Caller

Identify = Callable[[Request], Caller]

ABSENT = "Authentication credentials were not provided."
EMPTY = "Invalid token header. No credentials provided."
SPACED = "Invalid token header. Token string should not contain spaces."
UNKNOWN = "Invalid token."
WRONG_PER_SECOND, WRONG_BURST = 1.0, 60  # tokens that one address may get wrong


def credential_of(services: Services) -> Identify:
    """Return how the caller of a request is found; who shows wrong tokens all the time is told to wait."""
    wrong = Rate(WRONG_PER_SECOND, WRONG_BURST, refusal="too many wrong tokens came from this address")

    def credential(req: Request) -> Caller:
        token = _token_in(req.auth)
        try:
            return services.callers.identify(token)
        except Unauthenticated as error:
            wrong.take(peer_of(req, services.settings))
            raise Unauthenticated(UNKNOWN) from error

    return credential


def _token_in(header: str | None) -> str:
    """Return the token. Raises Unauthenticated, in the words of the wire."""
    words = (header or "").split()
    if not words or words[0].lower() != "token":
        raise Unauthenticated(ABSENT)
    if len(words) == 1:
        raise Unauthenticated(EMPTY)
    if len(words) > 2:
        raise Unauthenticated(SPACED)
    return words[1]
