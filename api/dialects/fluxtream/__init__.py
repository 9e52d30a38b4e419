"""The Fluxtream door: sensor streams, tiles and photos for that project's clients, in the words of its older paths."""

from api.dialects.fluxtream import entrance
from api.dialects.fluxtream.manner import LEGACY
from api.faults import App
from api.services import Services

PREFIXES = ("/api/guest", "/api/bodytrack")


def build(services: Services) -> App:
    """Return the door's app for the older paths."""
    return entrance.build(services, LEGACY)
