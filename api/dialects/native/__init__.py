"""The native door, /v1: what a client expects of a modern job API; the other dialects are translations of it."""

from api import door
from api.dialects.native import routes
from api.dialects.native.credential import credential
from api.dialects.native.envelope import envelope
from api.faults import App
from api.services import Services

PREFIXES = ("/v1",)


def build(services: Services) -> App:
    """Return the door's app."""
    app = door.open_door(services, envelope, credential)
    for path, resource in routes.routes(services):
        app.add_route(path, resource)
    return app
