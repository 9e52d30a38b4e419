"""An OpenAPI 3.1 document, made from routes and the Structs that stand above their responders."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from api import schemas
from api.typed import JSON, Answer, Operation, Resource, operation_of

REF = "#/components/schemas/{name}"
PROBLEM = "application/problem+json"
METHODS = ("get", "head", "post", "put", "patch", "delete")
FIELD = re.compile(r"{(\w+)(?::(\w+))?}")

MEANING = {
    400: "the body cannot be read as what it claims to be",
    401: "no token, or one that is unknown, expired or revoked",
    403: "the token may not do this",
    404: "there is none, or it is not yours",
    406: "none of the accepted media types is spoken here",
    409: "the state of things forbids it; with Retry-After, not for long",
    410: "it was there and is gone",
    411: "say how long the body is",
    413: "more bytes than the limit",
    415: "the media type is not spoken here",
    422: "a field is wrong; `pointer` or `parameter` names it, `limit` the bound",
    429: "too fast, or too many open jobs; Retry-After says for how long",
    500: "something went wrong on our side; the log has it under the request_id",
    503: "a service we lean on does not answer; try again",
}
HEADER_MEANING = {
    "Cache-Control": "for how long the answer may be kept",
    "Damaged-Frames": "numbers of frames that could not be decoded, the first of them",
    "ETag": "the version of what is answered, for If-None-Match",
    "Link": "the next page, with rel=next; of a picture what is told of it, with rel=describedby",
    "Location": "where it is",
    "Retry-After": "seconds after which to ask again",
    "Vary": "the headers of the request that decide",
}
INTEGER_HEADERS = {"Retry-After"}
BYTES = {"type": "string", "format": "binary"}


def document(
    routes: Iterable[tuple[str, Resource]], *, title: str, version: str, description: str, problem: type
) -> dict[str, Any]:
    """Return the document; problem is the Struct in which every refusal is worded."""
    rows = list(routes)
    paths: dict[str, Any] = {}
    for template, resource in rows:
        for method, operation in operations(resource):
            path = FIELD.sub(r"{\1}", template)
            paths.setdefault(path, {})[method] = _operation(template, resource, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {str(status): _problem(status, problem) for status in MEANING},
            "schemas": _schemas(rows, problem),
        },
    }


def operations(resource: Resource) -> Iterator[tuple[str, Operation]]:
    """Give method and operation of everything that the resource answers."""
    for method in METHODS:
        operation = operation_of(getattr(resource, f"on_{method}", None))
        if operation is not None:
            yield method, operation


def _operation(template: str, resource: Resource, operation: Operation) -> dict[str, Any]:
    anonymous = getattr(resource, "anonymous", False)
    statuses = _faults(template, operation, anonymous=anonymous)
    refusals = {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses}
    answers = {str(status): _answer(answer) for status, answer in operation.answers.items()}
    described: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", operation.summary.lower()).strip("_"),
        "summary": operation.summary,
        "tags": [getattr(resource, "tag", template.split("/")[2])],
        "parameters": [*_path_parameters(template), *_query_parameters(operation), *_headers(operation)],
        "responses": {**answers, **refusals},
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body is not None:
        described["requestBody"] = _request_body(operation)
    if anonymous:
        described["security"] = []
    return described


def _faults(template: str, operation: Operation, *, anonymous: bool) -> list[int]:
    statuses = {*operation.faults, 406, 500, 503}
    if not anonymous:
        statuses |= {401, 403, 429}
    if "{" in template:
        statuses.add(404)
    if operation.query is not None:
        statuses.add(422)
    if operation.body is not None:
        statuses |= {400, 413, 415, 422}
    return sorted(statuses)


def _answer(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.meaning}
    if answer.body is not None:
        bodies = answer.body if isinstance(answer.body, tuple) else (answer.body,)
        refs = [_schema_of(body) for body in bodies]
        schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
        described["content"] = {answer.content_type: {"schema": schema}}
        described["content"] |= {kind: {"schema": BYTES} for kind in answer.pictures}
    if answer.headers:
        described["headers"] = {
            name: {
                "description": HEADER_MEANING[name],
                "schema": {"type": "integer" if name in INTEGER_HEADERS else "string"},
            }
            for name in answer.headers
        }
    return described


def _problem(status: int, problem: type) -> dict[str, Any]:
    return {"description": MEANING[status], "content": {PROBLEM: {"schema": _schema_of(problem)}}}


def _path_parameters(template: str) -> Iterator[dict[str, Any]]:
    for name, converter in FIELD.findall(template):
        schema = (
            {"type": "integer", "minimum": 1} if converter == "id" else {"type": "string", "minLength": 1}
        )
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.query is None:
        return
    _, components = schemas.of([operation.query], REF)
    for name, schema in components[operation.query.__name__]["properties"].items():
        described = {"name": name, "in": "query", "required": False, "schema": _without_null(schema)}
        if meaning := schema.get("description"):
            described["description"] = meaning
        yield described


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter: leaving it out is how a query says null."""
    kept = {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    variants = [one for one in kept.get("anyOf", []) if one != {"type": "null"}]
    return variants[0] if len(variants) == 1 else kept


def _headers(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, meaning in operation.headers.items():
        yield {
            "name": name,
            "in": "header",
            "required": False,
            "description": meaning,
            "schema": {"type": "string"},
        }


def _request_body(operation: Operation) -> dict[str, Any]:
    refs = [_schema_of(body) for body in (operation.body, *operation.other_bodies)]
    content: dict[str, Any] = {JSON: {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}}
    if operation.raw_body:
        content = {**{kind: {"schema": BYTES} for kind in operation.raw_types}, **content}
    return {"required": not operation.body_is_optional, "content": content}


def _schema_of(body: Any) -> Any:
    (ref,), _ = schemas.of([body], REF)
    return ref


def _schemas(rows: list[tuple[str, Resource]], problem: type) -> dict[str, Any]:
    types: list[Any] = [problem]
    for _, resource in rows:
        for _, operation in operations(resource):
            types += [] if operation.body is None else [operation.body, *operation.other_bodies]
            for answer in operation.answers.values():
                types += answer.body if isinstance(answer.body, tuple) else [answer.body]
    known = [one for one in dict.fromkeys(types) if one is not None]
    return schemas.of(known, REF)[1]
