"""The app of this door, in either manner."""

from falcon import Request, Response

from api import door
from api.dialects.fluxtream import routes
from api.dialects.fluxtream.credential import credential_of
from api.dialects.fluxtream.envelope import envelope_of
from api.dialects.fluxtream.manner import Manner
from api.faults import BODY, App
from api.services import Services
from darkroom.errors import Invalid


class Sieve:
    """Lets no address in that holds a NUL character, which no text column of PostgreSQL could be asked for."""

    def process_request(self, req: Request, resp: Response) -> None:
        if "\x00" in req.path or "%00" in req.query_string:
            raise Invalid("an address has no NUL character", where=BODY)


def build(services: Services, manner: Manner) -> App:
    """Return the door's app."""
    app = door.open_door(services, envelope_of(manner), credential_of(services))
    app.add_middleware(Sieve())
    for path, resource in routes.routes(services, manner):
        app.add_route(manner.base + path, resource)
    return app
