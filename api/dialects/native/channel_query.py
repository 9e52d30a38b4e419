"""What paths and queries say of channels, read into plain values."""

import re

import sqlalchemy as sa
from falcon import Request

from darkroom.errors import Invalid, NotFound
from storage import streams
from storage.streams import Channel

WHOLE = re.compile(r"-?[0-9]{1,19}")
INT64 = 1 << 63
STATS = ("min", "max", "first", "last")


def split_name(full: str) -> tuple[str, str]:
    """Return device and channel: the device ends at the first dot, for only channels may have some."""
    device, _, name = full.partition(".")
    return device, name


def readable_channel(db: sa.Connection, req: Request, full: str, owner: int | None) -> Channel:
    """Return a channel that the caller may read. Raises NotFound, for a stranger's too."""
    caller: int = req.context.caller.user_id
    if not full.isprintable():  # PostgreSQL refuses to look for a NUL
        raise NotFound("there is no channel of this name")
    return streams.get_channel(db, owner or caller, *split_name(full), reader=caller)


def own_channel(db: sa.Connection, req: Request, full: str) -> Channel:
    """Return a channel of the caller's. Raises NotFound."""
    return readable_channel(db, req, full, None)


def whole_number(text: str, where: str) -> int:
    """Return a signed 64-bit number. Raises Invalid."""
    number = int(text) if WHOLE.fullmatch(text) else None
    if number is None:
        raise Invalid(f"{where} {text[:40]!r} is no whole number of at most 64 bits", where=where)
    if not -INT64 <= number < INT64:
        raise Invalid(f"{where} does not fit in a signed 64-bit integer", where=where, limit="2**63 - 1")
    return number


def stats_of(text: str | None) -> tuple[str, ...]:
    """Return the columns that are asked for. Raises Invalid."""
    names = () if text is None else tuple(text.split(","))
    for at, name in enumerate(names):
        if name not in STATS:
            raise Invalid(f"stats has {name!r}", where="stats", limit=", ".join(STATS))
        if name in names[:at]:
            raise Invalid(f"stats has {name!r} twice", where="stats")
    return names


def names_beside(full: str, said: str | list[str] | None, limit: int) -> list[str]:
    """Return the channel of the path, then those of `with`. Raises Invalid."""
    parts = [said] if isinstance(said, str) else said or []
    names = [full, *(name for part in parts for name in part.split(","))]
    if len(names) > limit:
        raise Invalid(f"a tile shows at most {limit} channels, not {len(names)}", where="with", limit=limit)
    for at, name in enumerate(names):
        if name in names[:at]:
            raise Invalid(f"channel {name[:401]!r} is named twice", where="with")
    return names
