"""Every path of the Plant Tracer door, in one list."""

from api.dialects.planttracer.resources.house import ConfigCheck, Version
from api.services import Services
from api.typed import Resource

Routes = list[tuple[str, Resource]]


def routes(services: Services) -> Routes:
    """Return path and resource."""
    return [*_house(services)]


def _house(services: Services) -> Routes:
    return [
        ("/api/ver", Version(services)),
        ("/api/config-check", ConfigCheck(services)),
    ]
