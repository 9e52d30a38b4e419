"""How this door answers: a document, errors, or nothing but a path."""

import msgspec
from falcon import Response

from api.dialects.coralnet.wire import MEDIA_TYPE, Error, Errors, Source

Complaints = list[tuple[str, str | None]]  # what is wrong, and a pointer to it, if there is one


def answer(resp: Response, value: msgspec.Struct, status: int = 200) -> None:
    """Answer with this document."""
    _send(resp, status, msgspec.json.encode(value))


def answer_errors(resp: Response, status: int, complaints: Complaints) -> None:
    """Answer with several errors at once, which no exception tells."""
    _send(resp, status, encode_errors(complaints))


def encode_errors(complaints: Complaints) -> bytes:
    errors = [
        Error(message, msgspec.UNSET if where is None else Source(where)) for message, where in complaints
    ]
    return msgspec.json.encode(Errors(errors))


def point_to(resp: Response, status: int, path: str) -> None:
    """Answer with nothing but a path: clients put their host before it themselves."""
    resp.status = status
    resp.set_header("Location", path)


def _send(resp: Response, status: int, encoded: bytes) -> None:
    resp.status = status
    resp.content_type = MEDIA_TYPE
    resp.data = encoded
