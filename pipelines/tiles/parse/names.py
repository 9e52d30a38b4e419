"""Names of devices and channels: other signs become underscores, and what that confuses is refused."""

import re
from collections.abc import Sequence

from pipelines.errors import BadInput

NAME_LIMIT = 200  # characters
CHANNELS_LIMIT = 1000  # of one upload


def device_name(name: str) -> str:
    """Give the name as it is kept: all but letters, digits and underscores becomes an underscore.

    Raises BadInput bad_name for one that is empty or too long.
    """
    _check_length("device", name)
    return re.sub(r"[^0-9A-Za-z_]", "_", name)


def channel_names(names: Sequence[str]) -> tuple[str, ...]:
    """Give the names as they are kept: as `device_name`, but dots stay, for `a._comment` belongs to `a`.

    Raises BadInput: bad_name (empty, too long, a dot at an end or two in a row), name_twice (one name twice, or two
    that become one), too_many_channels.
    """
    if not names:
        raise BadInput("channel_names is empty; it names a column for each value of a row", code="bad_name")
    if len(names) > CHANNELS_LIMIT:
        raise BadInput(
            f"channel_names has {len(names)} names; the limit is {CHANNELS_LIMIT}", code="too_many_channels"
        )
    given_by_name: dict[str, str] = {}
    for given in names:
        name = _channel_name(given)
        if name in given_by_name:
            raise BadInput(_twice(given_by_name[name], given, name), code="name_twice")
        given_by_name[name] = given
    return tuple(given_by_name)


def _channel_name(given: str) -> str:
    _check_length("channel", given)
    name = re.sub(r"[^0-9A-Za-z_.]", "_", given)
    if name.startswith(".") or name.endswith(".") or ".." in name:
        raise BadInput(
            f"channel name {given!r} may not begin or end with a dot, nor have two in a row", code="bad_name"
        )
    return name


def _check_length(what: str, name: str) -> None:
    if not name:
        raise BadInput(f"a {what} name is empty", code="bad_name")
    if len(name) > NAME_LIMIT:
        raise BadInput(
            f"{what} name {name[:20]!r}… has {len(name)} characters; the limit is {NAME_LIMIT}",
            code="bad_name",
        )


def _twice(first: str, second: str, name: str) -> str:
    if first == second:
        return f"channel name {first!r} stands twice in channel_names"
    return f"channel names {first!r} and {second!r} would both be kept as {name!r}"
