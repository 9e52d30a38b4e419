"""A fault as this door words it: `{"result":"KO","message":…}`, or the bare message under v1."""

import falcon

from api.dialects.fluxtream.answers import encode, envelope
from api.dialects.fluxtream.manner import Manner
from api.faults import BODY, Envelope, Fault, Wording

DENIED = "Access Denied. Please log in ..."
CHALLENGE = 'Basic realm="Darkroom", charset="UTF-8"'
STATUS = {422: 400}  # of what is wrong with a call these clients know one only
SURPRISE = "an unexpected error; the log has it as {request_id}"


def envelope_of(manner: Manner) -> Envelope:
    """Return how this manner words a fault. Who is not known is told so in the same form by both."""

    def word(fault: Fault) -> Wording:
        if fault.status == 401:
            return Wording(401, {**_json(fault), "WWW-Authenticate": CHALLENGE}, _told(DENIED))
        status = STATUS.get(fault.status, fault.status)
        message = (
            SURPRISE.format(request_id=fault.request_id) if fault.code == "internal" else _located(fault)
        )
        if manner.is_legacy:
            return Wording(status, _json(fault), _told(message))
        headers = {**fault.headers, "Content-Type": "text/plain; charset=utf-8"}
        return Wording(status, headers, message.encode())

    return word


def _told(message: str) -> bytes:
    return encode(envelope("KO", message))


def _json(fault: Fault) -> dict[str, str]:
    return {**fault.headers, "Content-Type": falcon.MEDIA_JSON}


def _located(fault: Fault) -> str:
    """Return the message with the field that it is about, unless it names it already."""
    if fault.where in {None, BODY} or str(fault.where) in fault.message:
        return fault.message
    return f"{fault.message} ({fault.where})"
