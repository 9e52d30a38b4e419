"""The OpenAPI 3.1 document of this door, made from the Structs of its wire and the limits that are set."""

from typing import Any

from msgspec import Struct

import darkroom
from api import schemas
from api.dialects.coralnet import wire
from api.dialects.coralnet.wire import MEDIA_TYPE
from darkroom.settings import Settings

REF = "#/components/schemas/{name}"
DESCRIPTION = "Classifiers deployed on images by URL, for clients of CoralNet's API."
MEANING = {
    400: "a field is wrong, or the body is no JSON; `pointer` names the field",
    403: "no token, or one that is not known",
    404: "there is none, or it is not yours",
    409: "not yet, or not any more",
    413: "more bytes than the limit",
    415: f"another content type than {MEDIA_TYPE}",
    429: "too often, or too many jobs at once; Retry-After says for how long",
    500: "something went wrong on our side",
    503: "a service we lean on does not answer; try again",
}
ALWAYS = (404, 429, 500, 503)
TYPES = (
    wire.Credentials,
    wire.Token,
    wire.Deploy,
    wire.JobStatus,
    wire.DeployResult,
    wire.OwnDetails,
    wire.Errors,
)


class Operation(Struct, frozen=True, kw_only=True):
    """One method of one path; answer: of status 200. points_to: the status of an empty answer with a Location."""

    path: str
    method: str
    summary: str
    body: type[Struct] | None = None
    answer: type[Struct] | None = None
    points_to: int | None = None
    refusals: tuple[int, ...] = ()
    is_anonymous: bool = False


OPERATIONS = (
    Operation(
        path="/api/token_auth/",
        method="post",
        summary="Get a token",
        body=wire.Credentials,
        answer=wire.Token,
        refusals=(400, 413, 415),
        is_anonymous=True,
    ),
    Operation(
        path="/api/classifier/{classifier}/deploy/",
        method="post",
        summary="Deploy a classifier on images",
        body=wire.Deploy,
        points_to=202,
        refusals=(400, 409, 413, 415),
    ),
    Operation(
        path="/api/deploy_job/{job}/status/",
        method="get",
        summary="See how far a deploy is",
        answer=wire.JobStatus,
        points_to=303,
    ),
    Operation(
        path="/api/deploy_job/{job}/result/",
        method="get",
        summary="Get the result of a deploy",
        answer=wire.DeployResult,
        refusals=(409,),
    ),
    Operation(
        path="/api/user/{name}/", method="get", summary="List your own deploys", answer=wire.OwnDetails
    ),
)


def document(settings: Settings) -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Darkroom, the CoralNet door",
            "version": darkroom.__version__,
            "description": DESCRIPTION,
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": _security()},
            "responses": {str(status): _refusal(status) for status in MEANING},
            "schemas": _schemas(settings),
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    refusals = {*operation.refusals, *ALWAYS} | (set() if operation.is_anonymous else {403})
    responses: dict[str, Any] = {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(refusals)
    }
    if operation.answer is not None:
        responses["200"] = {"description": "what was asked for", "content": _content(operation.answer)}
    if operation.points_to is not None:
        where = {"description": "a path on this host", "schema": {"type": "string"}}
        responses[str(operation.points_to)] = {
            "description": "nothing but the path to go on with",
            "headers": {"Location": where},
        }
    described: dict[str, Any] = {
        "operationId": operation.summary.lower().replace(" ", "_"),
        "summary": operation.summary,
        "parameters": _parameters(operation.path),
        "responses": responses,
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    if operation.is_anonymous:
        described["security"] = []
    return described


def _parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    schemas_by_name = {"name": {"type": "string", "minLength": 1}}
    whole = {"type": "integer", "minimum": 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": schemas_by_name.get(name, whole)}
        for name in names
    ]


def _security() -> dict[str, str]:
    return {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Token` and the token that a login gave",
    }


def _refusal(status: int) -> dict[str, Any]:
    return {"description": MEANING[status], "content": _content(wire.Errors)}


def _content(struct: type[Struct]) -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": REF.format(name=struct.__name__)}}}


def _schemas(settings: Settings) -> dict[str, Any]:
    """Return the schema of each Struct, with the limits as they are set."""
    _, found = schemas.of(TYPES, REF)
    found["Deploy"]["properties"]["data"]["maxItems"] = settings.coralnet_images_limit
    found["WantedAttributes"]["properties"]["points"]["maxItems"] = settings.coralnet_points_limit
    return found
