"""The app of this door, in either manner."""

from api import door
from api.dialects.fluxtream import routes
from api.dialects.fluxtream.credential import credential_of
from api.dialects.fluxtream.envelope import envelope_of
from api.dialects.fluxtream.manner import Manner
from api.faults import App
from api.services import Services
from api.sieve import Sieve


def build(services: Services, manner: Manner) -> App:
    """Return the door's app."""
    app = door.open_door(services, envelope_of(manner), credential_of(services))
    app.add_middleware(Sieve())
    for path, resource in routes.routes(services, manner):
        app.add_route(manner.base + path, resource)
    return app
