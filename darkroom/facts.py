"""What a probe found of a movie, as far as the counter needs it to check an order."""

from msgspec import Struct


class MovieFacts(Struct, frozen=True):
    """width and height in pixels of the upright picture; duration_seconds is None where the movie keeps no times.

    coded_width, coded_height: of the picture as stored; 0 where a probe of an earlier version did not say.
    """

    width: int
    height: int
    frames: int
    duration_seconds: float | None = None
    encrypted: bool = False
    truncated: bool = False
    coded_width: int = 0
    coded_height: int = 0

    def size(self, *, upright: bool) -> tuple[int, int]:
        """Return (width, height) of the picture as it is shown, or as it is stored."""
        if upright or not self.coded_width:
            return self.width, self.height
        return self.coded_width, self.coded_height


Facts = dict[str, MovieFacts]  # by role
