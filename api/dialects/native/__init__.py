"""The native door, /v1: what a client expects of a modern job API; the other dialects are translations of it."""

import darkroom
from api import docs, door, openapi
from api.dialects.native import routes, wire
from api.dialects.native.credential import credential
from api.dialects.native.envelope import envelope
from api.dialects.native.introduction import DESCRIPTION, INTRODUCTION
from api.dialects.native.meanings import MEANING_BY_CODE
from api.dialects.native.resources.documents import Docs, OpenApi
from api.dialects.native.resources.house import kind_rows
from api.faults import App
from api.services import Services

PREFIXES = ("/v1",)


def build(services: Services) -> App:
    """Return the door's app."""
    app = door.open_door(services, envelope, credential)
    rows = routes.routes(services)
    for path, resource in rows:
        app.add_route(path, resource)
    document = openapi.document(
        rows,
        title="Darkroom API",
        version=darkroom.__version__,
        description=DESCRIPTION,
        problem=wire.Problem,
    )
    app.add_route("/v1/openapi.json", OpenApi(document))
    page = docs.render(document, INTRODUCTION, kind_rows(services.settings), MEANING_BY_CODE)
    app.add_route("/v1/docs", Docs(page))
    return app
