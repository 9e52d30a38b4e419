"""How this door answers: old paths in an envelope, printed as its clients' server printed it."""

from typing import Any

import falcon
import msgspec
from falcon import Response

from api.dialects.fluxtream.manner import Manner

# The server of old wrote these signs so, wherever they stood in a text; some clients compare whole answers.
_ESCAPES = {sign.encode(): f"\\u{ord(sign):04x}".encode() for sign in "'<>&="}


class Refused(falcon.HTTPError):
    """What a client is told in words that are part of the wire."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(status, description=message)


def encode(value: Any) -> bytes:
    """Return JSON in the writing of old."""
    text = msgspec.json.encode(value)
    for sign, escape in _ESCAPES.items():
        text = text.replace(sign, escape)
    return text


def envelope(result: str, message: str, payload: Any = None) -> dict[str, Any]:
    """Return the envelope of old; without a payload it has no such member."""
    return {"result": result, "message": message} | ({} if payload is None else {"payload": payload})


def answer(resp: Response, value: Any, status: int = 200) -> None:
    """Answer with this value, which both manners send bare."""
    resp.status = status
    resp.content_type = falcon.MEDIA_JSON
    resp.data = encode(value)


def answer_done(resp: Response, manner: Manner, message: str, payload: Any = None) -> None:
    """Answer that it is done: in an envelope, or with the bare payload."""
    answer(
        resp, envelope("OK", message, payload) if manner.is_legacy else ({} if payload is None else payload)
    )


def answer_unfit(resp: Response, manner: Manner, status: int, message: str, reason: str) -> None:
    """Answer that something is refused, in the words of the wire and with the reason beside them."""
    if manner.is_legacy:
        answer(resp, envelope("KO", message, {"reason": reason}), status)
        return
    resp.status = status
    resp.content_type = falcon.MEDIA_TEXT
    resp.text = f"{message}: {reason}"


def answer_refused(resp: Response, manner: Manner, message: str, status: int = 400) -> None:
    """Answer that an upload of samples failed: clients of old look for `KO` behind a status 200."""
    if manner.is_legacy:
        answer(resp, envelope("KO", message, {"failure": message}))
        return
    resp.status = status
    resp.content_type = falcon.MEDIA_TEXT
    resp.text = message
