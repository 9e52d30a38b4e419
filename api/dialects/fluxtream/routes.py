"""Every path of the Fluxtream door, in one list; each begins with `/api` or `/api/v1`."""

from api.dialects.fluxtream.manner import Manner
from api.dialects.fluxtream.resources.guest import Guest
from api.services import Services
from api.typed import Resource

Routes = list[tuple[str, Resource]]


def routes(services: Services, manner: Manner) -> Routes:
    """Return path and resource."""
    return [("/guest", Guest(services))]
