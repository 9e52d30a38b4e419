"""The past of channels: how long versions that were replaced can be read, and which blobs some version still names."""

import sqlalchemy as sa

from storage.engine import now
from storage.streams.tables import (
    streams_channels,
    streams_chunks,
    streams_pages,
    streams_tail,
    streams_uploads,
)


def forget_past(db: sa.Connection, seconds: float) -> int:
    """Let go of what was replaced longer ago than this; return how many rows went. Their blobs are swept by age."""
    gone = 0
    for table in (streams_chunks, streams_pages, streams_tail):
        gone += db.execute(sa.delete(table).where(table.c.until_at < now() - seconds)).rowcount
    return gone


def kept_keys(db: sa.Connection, keys: list[str]) -> set[str]:
    """Return those of the keys that a version, or an upload, points to."""
    named = (
        sa.select(table.c.key).where(table.c.key.in_(keys))
        for table in (streams_chunks, streams_pages, streams_uploads)
    )
    return set(db.execute(sa.union(*named)).scalars())


def worn(db: sa.Connection, tombstones: int) -> list[tuple[int, int, int]]:
    """Return (channel, version, owner) of channels with at least so many tombstones: they are worth compacting."""
    its, channels = streams_chunks.c, streams_channels.c
    query = (
        sa.select(channels.id, channels.version, channels.owner)
        .join(streams_chunks, its.channel == channels.id)
        .where(its.until.is_(None), its.entries > its.n)
        .group_by(channels.id, channels.version, channels.owner)
        .having(sa.func.sum(its.entries - its.n) >= tombstones)
    )
    return [(row.id, row.version, row.owner) for row in db.execute(query)]
