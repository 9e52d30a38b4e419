"""Channels: what an owner has, how each is to be drawn, and the bounds of its newest version."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from darkroom.errors import Conflict, Invalid, NotFound
from storage.engine import now
from storage.streams.tables import (
    streams_channels,
    streams_chunks,
    streams_imports,
    streams_pages,
    streams_shares,
    streams_tail,
    streams_uploads,
)

DEVICE = re.compile(r"[0-9A-Za-z_]{1,200}")
STYLE_LIMIT = 64 << 10  # bytes of JSON


class Channel(Struct, frozen=True):
    """A channel's newest version.

    numbers, texts: how many samples it has. t_min, t_max: seconds, of the numbers, else of the texts; v_min, v_max: of
    the numbers. None where there is none. metadata, style: JSON. changed_at: epoch seconds.
    """

    id: int
    owner: int
    device: str
    name: str
    version: int
    numbers: int
    texts: int
    t_min: float | None
    t_max: float | None
    v_min: float | None
    v_max: float | None
    metadata: str
    style: str | None
    created_at: float
    changed_at: float

    def bounds(self) -> dict[str, float]:
        """Return min_time, max_time, min_value, max_value, those that there are."""
        named = {
            "min_time": self.t_min,
            "max_time": self.t_max,
            "min_value": self.v_min,
            "max_value": self.v_max,
        }
        return {name: value for name, value in named.items() if value is not None}


COLUMNS = [streams_channels.c[name] for name in Channel.__struct_fields__]


def check_device(device: str) -> str:
    """Return the name of a device if it can be one. Raises Invalid."""
    if not DEVICE.fullmatch(device):
        raise Invalid(
            "a device's name has 1 to 200 letters, digits and underscores", where="device", limit=200
        )
    return device


def find_channels(
    db: sa.Connection, owner: int, *, device: str | None = None, reader: int | None = None
) -> list[Channel]:
    """Return the owner's channels by device and name; reader: only those that this user may read."""
    query = sa.select(*COLUMNS).where(streams_channels.c.owner == owner)
    if device is not None:
        query = query.where(streams_channels.c.device == device)
    if reader is not None and reader != owner:
        query = query.where(_is_shared(owner, reader))
    found = db.execute(query.order_by(streams_channels.c.device, streams_channels.c.name))
    return [Channel(*row) for row in found]


def page_of_channels(
    db: sa.Connection,
    owner: int,
    *,
    reader: int,
    device: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Channel]:
    """Return channels of the owner's that this user may read, newest first, those with an id below `before_id`."""
    its = streams_channels.c
    query = sa.select(*COLUMNS).where(its.owner == owner)
    if device is not None:
        query = query.where(its.device == device)
    if before_id is not None:
        query = query.where(its.id < before_id)
    if reader != owner:
        query = query.where(_is_shared(owner, reader))
    return [Channel(*row) for row in db.execute(query.order_by(its.id.desc()).limit(limit))]


def get_channel(db: sa.Connection, owner: int, device: str, name: str, *, reader: int) -> Channel:
    """Return a channel that the reader may read. Raises NotFound, for others' channels too."""
    channel = find_channel(db, owner, device, name)
    if channel is None or not may_read(db, reader, owner, channel.id):
        raise NotFound(f"there is no channel {device}.{name}")
    return channel


def find_channel(db: sa.Connection, owner: int, device: str, name: str) -> Channel | None:
    """Return a channel by its names, None when there is none; whoever asks."""
    its = streams_channels.c
    query = sa.select(*COLUMNS).where(its.owner == owner, its.device == device, its.name == name)
    row = db.execute(query).one_or_none()
    return None if row is None else Channel(*row)


def by_id(db: sa.Connection, channel: int) -> Channel | None:
    """Return a channel, whoever asks; None when there is none."""
    row = db.execute(sa.select(*COLUMNS).where(streams_channels.c.id == channel)).one_or_none()
    return None if row is None else Channel(*row)


def may_read(db: sa.Connection, reader: int, owner: int, channel: int | None = None) -> bool:
    """Say whether a user may read this channel of the owner's; without one, whether all of them."""
    if reader == owner:
        return True
    its = streams_shares.c
    whole = its.channel.is_(None)
    which = whole if channel is None else sa.or_(whole, its.channel == channel)
    query = sa.select(its.id).where(its.owner == owner, its.reader == reader, which).limit(1)
    return db.execute(query).one_or_none() is not None


def share(db: sa.Connection, owner: int, reader: int, channel: int | None = None) -> None:
    """Let a user read one channel of the owner's, or all; again is harmless. Raises NotFound."""
    if channel is not None:
        _owned(db, owner, channel)
    unshare(db, owner, reader, channel)
    values = {"owner": owner, "reader": reader, "channel": channel, "created_at": now()}
    db.execute(sa.insert(streams_shares).values(values))


def unshare(db: sa.Connection, owner: int, reader: int, channel: int | None = None) -> bool:
    """Take one share back, as it was given; return whether there was one."""
    its = streams_shares.c
    which = its.channel.is_(None) if channel is None else its.channel == channel
    gone = db.execute(sa.delete(streams_shares).where(its.owner == owner, its.reader == reader, which))
    return gone.rowcount > 0


def shares_of(db: sa.Connection, owner: int) -> list[tuple[int, int | None]]:
    """Return (reader, channel) of what the owner has shared; channel None: every one."""
    its = streams_shares.c
    query = sa.select(its.reader, its.channel).where(its.owner == owner).order_by(its.id)
    return [(row.reader, row.channel) for row in db.execute(query)]


def owners_for(db: sa.Connection, reader: int) -> list[int]:
    """Return the users who share something with this one."""
    query = sa.select(streams_shares.c.owner).where(streams_shares.c.reader == reader).distinct()
    return sorted(db.execute(query).scalars())


def set_style(db: sa.Connection, owner: int, channel: int, style: Any) -> None:
    """Keep how a channel is to be drawn, any JSON. Raises NotFound, Invalid."""
    _set(db, owner, channel, "style", style)


def set_metadata(db: sa.Connection, owner: int, channel: int, metadata: Mapping[str, Any]) -> None:
    """Keep what is said of a channel: units, a description. Raises NotFound, Invalid."""
    _set(db, owner, channel, "metadata", metadata)


def create_channel(db: sa.Connection, owner: int, device: str, name: str) -> Channel:
    """Return the channel, made empty when there is none of this name.

    Raises Invalid (device); Conflict when somebody else makes it at this very moment.
    """
    found = find_channel(db, owner, check_device(device), name)
    if found is not None:
        return found
    values = {
        "owner": owner,
        "device": device,
        "name": name,
        "version": 0,
        "created_at": now(),
        "changed_at": now(),
    }
    insert = sa.insert(streams_channels).values(values).returning(*COLUMNS)
    try:
        return Channel(*db.execute(insert).one())
    except IntegrityError as error:
        raise Conflict(f"the channel {device}.{name} is just being made", hint="ask again") from error


def delete_channel(db: sa.Connection, owner: int, channel: int) -> None:
    """Delete a channel with all its versions; its blobs are swept by age. Raises NotFound.

    Uploads stay on record; the same bytes sent again are a new upload, so that they can bring the channel back.
    """
    _owned(db, owner, channel, lock=True)
    uploads = sa.select(streams_imports.c.upload).where(streams_imports.c.channel == channel)
    db.execute(sa.update(streams_uploads).where(streams_uploads.c.id.in_(uploads)).values(answers=False))
    for table in (streams_chunks, streams_pages, streams_tail, streams_imports, streams_shares):
        db.execute(sa.delete(table).where(table.c.channel == channel))
    db.execute(sa.delete(streams_channels).where(streams_channels.c.id == channel))


def _owned(db: sa.Connection, owner: int, channel: int, *, lock: bool = False) -> None:
    its = streams_channels.c
    query = sa.select(its.id).where(its.id == channel, its.owner == owner)
    if db.execute(query.with_for_update() if lock else query).one_or_none() is None:
        raise NotFound(f"there is no channel {channel}")


def _set(db: sa.Connection, owner: int, channel: int, column: str, value: Any) -> None:
    encoded = msgspec.json.encode(value).decode()
    if len(encoded) > STYLE_LIMIT:
        raise Invalid(f"{column} is longer than {STYLE_LIMIT} bytes", where=f"/{column}", limit=STYLE_LIMIT)
    its = streams_channels.c
    changed = db.execute(
        sa.update(streams_channels).where(its.id == channel, its.owner == owner).values({column: encoded})
    )
    if changed.rowcount != 1:
        raise NotFound(f"there is no channel {channel}")


def _is_shared(owner: int, reader: int) -> sa.ColumnElement[bool]:
    its = streams_shares.c
    return sa.exists().where(
        its.owner == owner,
        its.reader == reader,
        sa.or_(its.channel.is_(None), its.channel == streams_channels.c.id),
    )
