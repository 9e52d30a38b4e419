"""The name of an upload, when only its Content-Disposition says it (RFC 6266)."""

from email.message import Message

from darkroom.errors import Invalid

NAME_LIMIT = 255  # characters
UNNAMED = "upload"


def name_of(disposition: str | None) -> str:
    """Return the file name in the header, `upload` when there is none. Raises Invalid for one that cannot be kept."""
    if disposition is None:
        return UNNAMED
    message = Message()
    message["Content-Disposition"] = disposition
    try:
        name = message.get_filename(UNNAMED).strip() or UNNAMED
    except ValueError:  # a charset that is none of text, a part number without end
        name = ""
    if not 1 <= len(name) <= NAME_LIMIT or not name.isprintable():
        raise Invalid(
            f"a name has 1 to {NAME_LIMIT} printable characters",
            where="Content-Disposition",
            limit=NAME_LIMIT,
        )
    return name
