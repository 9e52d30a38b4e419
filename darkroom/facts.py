"""What a probe found of a movie, as far as the counter needs it to check an order."""

from msgspec import Struct


class MovieFacts(Struct, frozen=True):
    """width and height in pixels of the upright picture; duration_seconds is None where the movie keeps no times."""

    width: int
    height: int
    frames: int
    duration_seconds: float | None = None
    encrypted: bool = False


Facts = dict[str, MovieFacts]  # by role
