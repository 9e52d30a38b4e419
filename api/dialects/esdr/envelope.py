"""How this door answers: in a JSend envelope, where `error` is the client's fault and `fail` is ours."""

from typing import Any

import falcon
import msgspec
from falcon import Response

from api.faults import BODY, Fault, Wording


def envelope(fault: Fault) -> Wording:
    """Return a fault in the envelope; these clients' servers swap the words of the JSend specification."""
    said: dict[str, Any] = {
        "code": fault.status,
        "status": "fail" if fault.status >= 500 else "error",
        "data": None,
        "message": _located(fault),
    }
    return Wording(
        fault.status, {**fault.headers, "Content-Type": falcon.MEDIA_JSON}, msgspec.json.encode(said)
    )


def answer(resp: Response, data: bytes, status: int = 200) -> None:
    """Answer that it went well. data: JSON."""
    resp.status = status
    resp.content_type = falcon.MEDIA_JSON
    resp.data = b'{"code":%d,"status":"success","data":%b}' % (status, data)


def _located(fault: Fault) -> str:
    """Return the message with the field that it is about, unless it names it already."""
    if fault.where in {None, BODY} or str(fault.where) in fault.message:
        return fault.message
    return f"{fault.message} ({fault.where})"
