"""The body of a call, read as JSON in the words that its clients know."""

import json
from typing import Any

import falcon
from falcon import Request

from api.bodies import depth_of, essence, has_body, read_bytes
from api.dialects.coralnet.wire import MEDIA_TYPE
from api.faults import BODY
from darkroom.errors import Invalid
from darkroom.settings import Settings

UNREAD = "JSON parse error - {reason}"
MISTYPED = f"Content type should be {MEDIA_TYPE}, not {{type}}"
SHOWN = 100  # characters of a type that is not understood


def read_body(req: Request, settings: Settings) -> Any:
    """Return the body's value; no body at all is an object without members, whatever type it is said to have.

    Raises 415, Invalid (where="body") for what is no JSON, TooLarge.
    """
    if not has_body(req):
        return {}
    if essence(req) != MEDIA_TYPE:
        told = MISTYPED.format(type=(req.content_type or "")[:SHOWN])
        raise falcon.HTTPUnsupportedMediaType(description=told)
    return decode(read_bytes(req, settings.coralnet_body_limit_bytes), settings.json_depth_limit)


def decode(raw: bytes, depth_limit: int) -> Any:
    """Return the value of strict JSON, of two members of one name the last. Raises Invalid."""
    if depth_of(raw) > depth_limit:
        raise Invalid(
            UNREAD.format(reason=f"nested deeper than {depth_limit}"), where=BODY, limit=depth_limit
        )
    try:
        return json.loads(raw.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Invalid(UNREAD.format(reason=error), where=BODY) from error


def _refuse(constant: str) -> None:
    raise ValueError(f"Out of range float values are not JSON compliant: {constant!r}")
