"""The Plant Tracer door: what that project's browser client asks, answered in its own words."""

from api import door
from api.dialects.planttracer import routes
from api.dialects.planttracer.answers import send_missing
from api.dialects.planttracer.credential import credential_of
from api.dialects.planttracer.envelope import envelope
from api.faults import App
from api.services import Services
from storage.planttracer.people import SCOPE

PREFIXES = ("/api", "/resize-api", "/login")


def build(services: Services) -> App:
    """Return the door's app."""
    app = door.open_door(services, envelope, credential_of(services), scope=SCOPE)
    for path, resource in routes.routes(services):
        app.add_route(path, resource)
    app.add_sink(send_missing)
    return app
