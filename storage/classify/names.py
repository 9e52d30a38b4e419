"""What names may be: of sources, labels, images and what is trained; they come back unchanged from a CSV."""

from darkroom.errors import Invalid

NAME_CHARACTERS = 200
CODE_CHARACTERS = 50
IMAGE_CHARACTERS = 500


def check_name(name: str, where: str, limit: int = NAME_CHARACTERS) -> str:
    """Return the name.

    Raises Invalid unless it is printable, of 1 to `limit` characters, and neither begins nor ends with a space.
    """
    if not 1 <= len(name) <= limit:
        raise Invalid(f"a name has 1 to {limit} characters", where=where, limit=limit)
    if not name.isprintable() or name != name.strip():
        raise Invalid("a name is printable, and neither begins nor ends with a space", where=where)
    return name


def check_text(text: str, where: str) -> str:
    """Return a text of several lines. Raises Invalid when it has a character that databases do not keep."""
    if "\0" in text:
        raise Invalid("a text has no character U+0000", where=where)
    return text
