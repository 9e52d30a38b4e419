"""What stands in paths beside the names: the level and offset of a tile, and lists of channels."""

import re

from darkroom.errors import Invalid

SPOT = re.compile(r"(-?[0-9]{1,19})\.(-?[0-9]{1,19})")
INT64 = 1 << 63


def read_spot(text: str) -> tuple[int, int]:
    """Return level and offset of `<level>.<offset>`. Raises Invalid."""
    match = SPOT.fullmatch(text)
    numbers = [] if match is None else [int(number) for number in match.groups()]
    if not numbers or any(not -INT64 <= number < INT64 for number in numbers):
        raise Invalid(
            f"{text[:80]!r} is no tile: its name is <level>.<offset>, two whole numbers of 64 bits",
            where="tile",
            limit="2**63 - 1",
        )
    return numbers[0], numbers[1]


def read_names(text: str, limit: int) -> list[str]:
    """Return the names of a comma-separated list. Raises Invalid: too many, one twice, one empty."""
    names = text.split(",")
    if len(names) > limit:
        raise Invalid(f"at most {limit} channels, not {len(names)}", where="channels", limit=limit)
    if "" in names or len(set(names)) < len(names):
        raise Invalid("channels are named once each, with a comma between two", where="channels")
    return names
