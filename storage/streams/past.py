"""The past of channels: how long versions that were replaced can be read, and which blobs some version still names."""

import sqlalchemy as sa

from storage.engine import now
from storage.streams.tables import streams_chunks, streams_pages, streams_tail, streams_uploads


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
