"""Where on the line of time a path points: the level and offset of a tile."""

import math
import re

from msgspec import Struct

from darkroom.errors import Invalid, NotFound

SPOT = re.compile(r"(-?\d{1,400})\.(-?\d{1,400})\.json")
LEVEL_LIMIT = 63  # tiles beyond span no time, or all of it: there is nothing in them
OFFSET_LIMIT = 2**63
BINS_LOG2 = 9
MS = 1000
_FAR = 2**62  # beyond any time in ms that the ledger holds


class Spot(Struct, frozen=True):
    """A tile: 512 bins of 2^level seconds, the offset-th since the epoch."""

    level: int
    offset: int

    def seconds(self) -> float:
        """Return how long it lasts."""
        return math.ldexp(1.0, self.level + BINS_LOG2)

    def span_ms(self) -> tuple[int, int]:
        """Return its first whole millisecond, and the first after it."""
        if abs(self.level) > LEVEL_LIMIT:
            return 0, 0
        duration = self.seconds() * MS
        first, last = (math.ceil(duration * (self.offset + step)) for step in (0, 1))
        return max(-_FAR, min(first, _FAR)), max(-_FAR, min(last, _FAR))


def read_spot(text: str) -> Spot:
    """Return what `<level>.<offset>.json` says. Raises NotFound for what is no such path, Invalid beyond 64 bits."""
    match = SPOT.fullmatch(text)
    if match is None or not text.isascii():
        raise NotFound(f"there is no tile {text!r}: its name is <level>.<offset>.json, two whole numbers")
    level, offset = (int(number) for number in match.groups())
    if not -OFFSET_LIMIT <= offset < OFFSET_LIMIT or not -OFFSET_LIMIT <= level < OFFSET_LIMIT:
        raise Invalid("level and offset are whole numbers of 64 bits", where="body", limit="-2^63..2^63-1")
    return Spot(level, offset)
