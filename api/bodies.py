"""JSON bodies: read strictly and within limits, written from Structs."""

import json
import re
from typing import Any, Protocol

import falcon
import msgspec
from falcon import Request, Response

from api.faults import BODY
from darkroom.errors import Invalid, TooLarge
from darkroom.settings import Settings

BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')
NUL = b"\\u0000"  # no text column of PostgreSQL can hold it


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def stream_of(req: Request) -> Stream:
    """Return the body as a stream that ends where the body ends. Raises 411 when nobody knows where that is."""
    if req.content_length is not None:
        return req.bounded_stream
    if not has_body(req):
        raise falcon.HTTPLengthRequired(description="say how long the body is, in Content-Length")
    stream: Stream = req.stream
    return stream


def has_body(req: Request) -> bool:
    """Tell whether a body comes with the request: one of a known length, or in chunks that the server joins."""
    if req.content_length is not None:
        return req.content_length > 0
    chunked = "chunked" in (req.get_header("Transfer-Encoding") or "").lower()
    return chunked and bool(req.env.get("wsgi.input_terminated"))


def is_json(req: Request) -> bool:
    return essence(req) == falcon.MEDIA_JSON


def read_json(req: Request, settings: Settings) -> Any:
    """Return the body's value.

    Raises Invalid (where="body") for what is no strict JSON, TooLarge, and 415 for another media type.
    """
    if req.content_type and not is_json(req):
        raise falcon.HTTPUnsupportedMediaType(description=f"send {falcon.MEDIA_JSON}, not {essence(req)}")
    return decode(read_bytes(req, settings.body_limit_bytes, "JSON body"), settings.json_depth_limit)


def write_json(resp: Response, value: Any, status: int = 200) -> None:
    resp.status = status
    resp.content_type = falcon.MEDIA_JSON
    resp.data = msgspec.json.encode(value)


def decode(raw: bytes, depth_limit: int) -> Any:
    """Return the value of strict JSON: no NaN, no name twice, no deeper than the limit. Raises Invalid."""
    if depth_of(raw) > depth_limit:
        raise Invalid(f"JSON nested deeper than {depth_limit}", where=BODY, limit=depth_limit)
    if NUL in raw:
        raise Invalid("text with a NUL character", where=BODY)
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"not JSON: {error}", where=BODY) from error
    json.loads(raw, object_pairs_hook=_refuse_twins)  # msgspec would keep the last of them in silence
    return value


def depth_of(raw: bytes) -> int:
    """Return how deep the brackets outside of strings nest."""
    if raw.count(b"[") + raw.count(b"{") < 2:
        return 1
    depth = deepest = 0
    for match in BRACKETS.finditer(raw):
        sign = match.group()[:1]
        if sign in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in b"]}":
            depth -= 1
    return deepest


def essence(req: Request) -> str:
    """Return the media type of the body without its parameters, in lower case."""
    return (req.content_type or "").partition(";")[0].strip().lower()


def read_bytes(req: Request, limit: int, noun: str = "body") -> bytes:
    """Return the whole body. noun: what it is called in errors. Raises Invalid (where="body"), TooLarge."""
    if (req.content_length or 0) > limit:
        raise TooLarge(f"a {noun} has at most {limit} bytes", limit=limit, where=BODY)
    if not has_body(req):
        raise Invalid("the body is missing", where=BODY)
    raw = _drain(stream_of(req), limit)
    if req.content_length is not None and len(raw) < req.content_length:
        raise Invalid("the body broke off", where=BODY, limit=req.content_length)
    if len(raw) > limit:
        raise TooLarge(f"a {noun} has at most {limit} bytes", limit=limit, where=BODY)
    return raw


def _drain(stream: Stream, limit: int) -> bytes:
    pieces, missing = [], limit + 1
    try:
        while missing and (piece := stream.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
    except OSError as error:  # what sockets and web servers raise when the peer is gone
        raise Invalid("the body broke off", where=BODY) from error
    return b"".join(pieces)


def _refuse_twins(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        twin = next(name for name in names if names.count(name) > 1)
        raise Invalid(f"the name {twin!r} is given twice in one object", where=BODY)
