"""Ids in this door's paths: any whole number names something, even if nothing has it."""

from api.ids import ID_LIMIT
from darkroom.errors import NotFound

DIGITS_LIMIT = 19  # of a number that the ledger can hold


def read_id(text: str, missing: str) -> int:
    """Return the id. missing: what is told of a number that nothing has. Raises NotFound."""
    if not (text.isascii() and text.isdigit()):
        raise NotFound("Not found.")
    digits = text.lstrip("0")
    if not digits or len(digits) > DIGITS_LIMIT or int(digits) > ID_LIMIT:
        raise NotFound(missing)
    return int(digits)
