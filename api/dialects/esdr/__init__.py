"""The ESDR door: uploads, tiles and exports of sensor feeds, for clients of that project's API."""

from api import door
from api.dialects.esdr import routes
from api.dialects.esdr.credential import credential_of
from api.dialects.esdr.envelope import envelope
from api.faults import App
from api.services import Services
from api.sieve import Sieve

PREFIXES = ("/api/v1/feeds", "/api/v1/feed", "/api/v1/multifeeds")


def build(services: Services) -> App:
    """Return the door's app."""
    app = door.open_door(services, envelope, credential_of(services))
    app.add_middleware(Sieve())
    for path, resource in routes.routes(services):
        app.add_route(path, resource)
    return app
