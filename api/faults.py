"""Errors on their way out: any exception becomes one Fault, which a dialect words in its own form."""

import math
import re
from collections.abc import Callable
from http import HTTPStatus

import falcon
import structlog
from falcon import Request, Response
from msgspec import Struct

from darkroom import errors
from darkroom.errors import DarkroomError, Invalid, NotReady, TooLarge, TooMany, Unavailable
from storage.users import TOKEN_PREFIX

log = structlog.get_logger()

App = falcon.App[Request, Response]

STATUS: dict[type[DarkroomError], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Invalid: 422,
    errors.NotAcceptable: 406,
    errors.Conflict: 409,
    errors.IdempotencyMismatch: 409,
    errors.NotReady: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Fenced: 409,
    errors.Unavailable: 503,
}

CODES = {  # of what the framework refuses before a responder is reached
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    411: "length_required",
    413: "too_large",
    415: "unsupported_media_type",
}

BODY = (
    "body"  # where an Invalid stands that concerns the body as a whole: it cannot be read as what it claims
)


SECRET = re.compile(rf"{TOKEN_PREFIX}[\w-]+")  # some clients put their key into the path


class Fault(Struct, frozen=True, kw_only=True):
    """What went wrong, in nobody's dialect."""

    status: int
    code: str
    message: str
    request_id: str
    where: str | None = None
    limit: float | str | None = None
    hint: str | None = None
    headers: dict[str, str] = {}


class Wording(Struct, frozen=True):
    """A fault in a dialect's form."""

    status: int
    headers: dict[str, str]
    body: bytes


Envelope = Callable[[Fault], Wording]


def install(app: App, envelope: Envelope) -> None:
    """Let every error that leaves a responder of this app speak the dialect."""

    def answer(resp: Response, fault: Fault) -> None:
        wording = envelope(fault)
        resp.status = wording.status
        for name, value in wording.headers.items():
            # Falcon has cookies appended: an answer may set several.
            (resp.append_header if name == "Set-Cookie" else resp.set_header)(name, value)
        resp.data = wording.body
        resp.text = resp.media = resp.stream = None

    def ours(req: Request, resp: Response, error: DarkroomError, params: object) -> None:
        answer(resp, fault_of(error, request_id(req)))

    def framework(req: Request, resp: Response, error: falcon.HTTPError, params: object) -> None:
        answer(resp, fault_of_http(error, request_id(req)))

    def unexpected(req: Request, resp: Response, error: Exception, params: object) -> None:
        path = SECRET.sub(f"{TOKEN_PREFIX}…", req.path)
        log.error("unexpected error", method=req.method, path=path, exc_info=error)
        answer(resp, fault_of_surprise(request_id(req)))

    app.add_error_handler(Exception, unexpected)
    app.add_error_handler(falcon.HTTPError, framework)
    app.add_error_handler(DarkroomError, ours)


def request_id(req: Request) -> str:
    return str(getattr(req.context, "request_id", ""))


def fault_of(error: DarkroomError, request_id: str) -> Fault:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    where, limit, headers = None, None, {}
    match error:
        case Invalid():
            where, limit = error.where, error.limit
            status = 400 if where == BODY else status
        case TooLarge():
            where, limit = error.where, error.limit
        case TooMany():
            limit, headers = error.limit, _retry(error.retry_after)
        case NotReady() | Unavailable():
            headers = _retry(error.retry_after)
    return Fault(
        status=status,
        code=error.code,
        message=error.message,
        request_id=request_id,
        where=where,
        limit=limit,
        hint=error.hint,
        headers=headers,
    )


def fault_of_http(error: falcon.HTTPError, request_id: str) -> Fault:
    status = error.status_code
    return Fault(
        status=status,
        code=CODES.get(status, "bad_request"),
        message=error.description or error.title or HTTPStatus(status).phrase,
        request_id=request_id,
        headers=dict(error.headers or {}),  # without them a 405 loses Allow, a 429 Retry-After
    )


def fault_of_surprise(request_id: str) -> Fault:
    return Fault(
        status=500,
        code="internal",
        message="something went wrong on our side",
        request_id=request_id,
        hint="tell the operator the request_id: the log has the rest under it",
    )


def _retry(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(seconds)))}
