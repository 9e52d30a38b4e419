"""A fault as this door words it: JSON:API errors, with a pointer to what is wrong."""

import msgspec
from falcon import Response

from api.dialects.coralnet.wire import MEDIA_TYPE, Error, Errors, Source
from api.faults import BODY, Fault, Wording

STATUS = {401: 403, 422: 400}  # of these its clients know no 401 and no 422
SURPRISE = "An internal error occurred; the log has it as {request_id}."


def envelope(fault: Fault) -> Wording:
    """Return the wording of a fault."""
    message = SURPRISE.format(request_id=fault.request_id) if fault.code == "internal" else fault.message
    where = None if fault.where == BODY else fault.where
    return Wording(
        STATUS.get(fault.status, fault.status),
        {**fault.headers, "Content-Type": MEDIA_TYPE},
        encode([(message, where)]),
    )


def encode(complaints: list[tuple[str, str | None]]) -> bytes:
    """Return the errors of these messages, each with the pointer that it concerns, if any."""
    errors = [
        Error(message, msgspec.UNSET if where is None else Source(where)) for message, where in complaints
    ]
    return msgspec.json.encode(Errors(errors))


def answer(resp: Response, value: object, status: int = 200) -> None:
    """Answer with this value."""
    resp.status = status
    resp.content_type = MEDIA_TYPE
    resp.data = value if isinstance(value, bytes) else msgspec.json.encode(value)


def point_to(resp: Response, status: int, path: str) -> None:
    """Answer with nothing but a path: clients put their host before it themselves."""
    resp.status = status
    resp.set_header("Location", path)
