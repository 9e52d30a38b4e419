"""One Falcon app in one dialect: who comes in, under which request id, and how errors are worded."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import falcon
import structlog
from falcon import CORSMiddleware, Request, Response

from api import faults
from api.auth import permit
from api.faults import App, Envelope
from api.ids import IdConverter
from api.services import Services
from storage.users import Caller

# A token's text; or who it is, where the door has found that out by another proof.
Credential = Callable[[Request], str | Caller | None]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
EXPOSED = ["ETag", "Link", "Location", "Retry-After", "X-Request-Id", "Content-Range", "Accept-Ranges"]


class Threshold:
    """What happens to every request before and after its responder."""

    def __init__(self, services: Services, credential: Credential, scope: str | None) -> None:
        self._services = services
        self._credential = credential
        self._scope = scope

    def process_request(self, req: Request, resp: Response) -> None:
        given = req.get_header("X-Request-Id") or ""
        req.context.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        resp.set_header("X-Request-Id", req.context.request_id)
        structlog.contextvars.bind_contextvars(request_id=req.context.request_id)

    def process_resource(
        self, req: Request, resp: Response, resource: object, params: dict[str, object]
    ) -> None:
        if req.method == "OPTIONS" or not hasattr(resource, f"on_{req.method.lower()}"):
            return  # the latter is refused as 405, whoever asks
        if not getattr(resource, "anonymous", False):
            self._admit(req, getattr(resource, "scope", None))
        spoken = getattr(resource, "speaks", falcon.MEDIA_JSON)
        if spoken and req.accept != "*/*" and not req.client_accepts(spoken):
            raise falcon.HTTPNotAcceptable(description=f"this is answered in {spoken} only")

    def process_response(self, req: Request, resp: Response, resource: object, req_succeeded: bool) -> None:
        resp.set_header("X-Content-Type-Options", "nosniff")
        structlog.contextvars.clear_contextvars()

    def _admit(self, req: Request, scope: str | None) -> None:
        given = self._credential(req)
        caller = given if isinstance(given, Caller) else self._services.callers.identify(given)
        structlog.contextvars.bind_contextvars(user=caller.name)
        req.context.caller = caller
        self._services.rate.take(caller.token_id)
        permit(caller, scope or self._scope or ("read" if req.method in {"GET", "HEAD"} else "write"))


def open_door(
    services: Services, envelope: Envelope, credential: Credential, *, scope: str | None = None
) -> App:
    """Return an app without routes that speaks the dialect of this envelope and credential.

    scope: what a token must allow here; without one, `read` or `write`, as the method has it.
    """
    middleware: list[Any] = [Threshold(services, credential, scope)]
    if origins := services.origins():
        middleware.append(
            CORSMiddleware(allow_origins="*" if "*" in origins else origins, expose_headers=EXPOSED)
        )
    app: App = falcon.App(middleware=middleware)
    app.router_options.converters["id"] = IdConverter
    faults.install(app, envelope)
    return app
