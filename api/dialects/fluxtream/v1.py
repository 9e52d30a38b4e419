"""The same door under v1: bare values instead of envelopes, and every refusal with its true status."""

from api.dialects.fluxtream import entrance
from api.dialects.fluxtream.manner import V1
from api.faults import App
from api.services import Services

PREFIXES = ("/api/v1/guest", "/api/v1/bodytrack")


def build(services: Services) -> App:
    """Return the door's app for the paths under v1."""
    return entrance.build(services, V1)
