"""Typed responders: what one takes and answers stands above it, is checked, and is what the documentation prints."""

import functools
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec
from falcon import Request, Response
from msgspec import Struct

from api.bodies import has_body, read_json
from api.services import Services
from darkroom.errors import Invalid
from darkroom.pointers import locate

T = TypeVar("T", bound=Struct)
Responder = Callable[..., None]

JSON = "application/json"
OCTETS = "application/octet-stream"


class Answer(Struct, frozen=True):
    """What comes with one status; body is a Struct (or a list of one), None when nothing comes.

    pictures: media types of plain bytes that may come instead.
    """

    meaning: str
    body: Any = None
    content_type: str = JSON
    headers: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


class Operation(Struct, frozen=True, kw_only=True):
    """One method of one route.

    other_bodies: what the JSON may be besides `body`, where the responder reads it itself (raw_body), as it does plain
    bytes of raw_types. faults: statuses
    beyond those that every such operation may answer.
    """

    summary: str
    description: str
    answers: dict[int, Answer]
    query: type[Struct] | None = None
    body: type[Struct] | None = None
    body_is_optional: bool = False
    raw_body: bool = False
    raw_types: tuple[str, ...] = (OCTETS,)
    other_bodies: tuple[type[Struct], ...] = ()
    headers: dict[str, str] = {}
    faults: tuple[int, ...] = ()


class Resource(Protocol):
    """What answers on a route. anonymous: needs no token."""

    services: Services


def operation(
    summary: str,
    *,
    answers: dict[int, Answer],
    query: type[Struct] | None = None,
    body: type[Struct] | None = None,
    body_is_optional: bool = False,
    raw_body: bool = False,
    raw_types: tuple[str, ...] = (OCTETS,),
    other_bodies: tuple[type[Struct], ...] = (),
    headers: dict[str, str] | None = None,
    faults: tuple[int, ...] = (),
) -> Callable[[Responder], Responder]:
    """Give the responder its query and body as Structs, as arguments of these names; keep the words for OpenAPI."""

    def wrap(responder: Responder) -> Responder:
        @functools.wraps(responder)
        def typed(resource: Resource, req: Request, resp: Response, **given: Any) -> None:
            if query is not None:
                given["query"] = read_query(req, query)
            if body is not None and not raw_body:
                given["body"] = read_body(req, resource.services, body, optional=body_is_optional)
            responder(resource, req, resp, **given)

        typed.__dict__["operation"] = Operation(
            summary=summary,
            description=" ".join((responder.__doc__ or "").split()),
            answers=answers,
            query=query,
            body=body,
            body_is_optional=body_is_optional,
            raw_body=raw_body,
            raw_types=raw_types,
            other_bodies=other_bodies,
            headers=headers or {},
            faults=faults,
        )
        return typed

    return wrap


def operation_of(responder: object) -> Operation | None:
    """Return what `operation` said of this responder."""
    found = getattr(responder, "operation", None)
    return found if isinstance(found, Operation) else None


def read_query(req: Request, query: type[T]) -> T:
    """Return the query as a Struct. Raises Invalid that names the parameter."""
    try:
        return msgspec.convert(req.params, query, strict=False)
    except msgspec.ValidationError as error:
        message, pointer = locate(error)
        raise Invalid(message, where=pointer.strip("/") or "query") from error


def read_body(req: Request, services: Services, body: type[T], *, optional: bool = False) -> T:
    """Return the JSON body as a Struct. Raises Invalid with a JSON pointer."""
    if optional and not has_body(req):
        return body()
    return to_struct(read_json(req, services.settings), body)


def to_struct(raw: Any, struct: type[T]) -> T:
    """Return the value as a Struct. Raises Invalid with a JSON pointer."""
    try:
        return msgspec.convert(raw, struct)
    except msgspec.ValidationError as error:
        message, pointer = locate(error)
        raise Invalid(message, where=pointer) from error
