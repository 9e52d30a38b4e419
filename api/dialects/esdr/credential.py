"""Who calls: a feed's key, in the path or the header FeedApiKey; else a token of this house."""

import msgspec
from falcon import Request

from api.door import Credential
from api.services import Services
from darkroom.errors import Unauthenticated
from storage import feeds
from storage.users import TOKEN_PREFIX, Caller

HEADER = "FeedApiKey"
_PLACE = 4  # of the key in /api/v1/feeds/KEY/…, split at its strokes


def credential_of(services: Services) -> Credential:
    """Return how the caller of a request is found; what a feed's key opens is kept with the request."""

    def credential(req: Request) -> str | Caller | None:
        text = _key_in(req.path) or req.get_header(HEADER)
        if text is not None:
            return _holder(req, services.callers.identify(text.strip()))
        scheme, _, token = (req.auth or "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    return credential


def is_key(named: str) -> bool:
    """Tell whether a path has a key where others have a feed's id."""
    return named.startswith(TOKEN_PREFIX)


def _holder(req: Request, caller: Caller) -> Caller:
    """Return the owner of the feed, with no more rights than its key gives. Raises Unauthenticated for another token."""
    key = feeds.key_of(caller)
    if key is None:
        raise Unauthenticated("this token is no feed's key", hint="make one with the scope feed:DEVICE")
    req.context.key = key
    scopes = frozenset({"read", "write"} if key.may_upload else {"read"})
    return msgspec.structs.replace(caller, is_admin=False, scopes=scopes)


def _key_in(path: str) -> str | None:
    parts = path.split("/")
    return parts[_PLACE] if len(parts) > _PLACE and is_key(parts[_PLACE]) else None
