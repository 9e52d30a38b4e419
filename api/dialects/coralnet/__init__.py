"""The CoralNet door: classifiers deployed on images by URL, for clients of that project's API."""

from typing import Any

from api import door
from api.dialects.coralnet import routes
from api.dialects.coralnet.credential import credential_of
from api.dialects.coralnet.envelope import envelope
from api.dialects.coralnet.openapi import document
from api.dialects.coralnet.resources.documents import OpenApi
from api.dialects.coralnet.turnstile import Turnstile
from api.faults import App
from api.services import Services
from api.sieve import Sieve
from darkroom.errors import NotFound

PREFIXES = (
    "/api/token_auth",
    "/api/classifier",
    "/api/deploy_job",
    "/api/source",
    "/api/user",
    "/api/coralnet",
)


def build(services: Services) -> App:
    """Return the door's app; each path is answered with a slash at its end, as documented, and without."""
    credential = credential_of(services)
    app = door.open_door(services, envelope, credential)
    app.req_options.strip_url_path_trailing_slash = True
    answers: Any = app.resp_options  # Falcon does without a type, though its hints say that there is one
    answers.default_media_type = None  # an empty answer has none
    app.add_middleware(Sieve())
    app.add_middleware(Turnstile(services, credential))
    rows = routes.routes(services)
    for path, resource in rows:
        app.add_route(path, resource)
    app.add_route("/api/coralnet/openapi.json", OpenApi(document(services.settings)))
    app.add_sink(_turn_away)
    return app


def _turn_away(*_: object, **__: object) -> None:
    raise NotFound("Not found.")
