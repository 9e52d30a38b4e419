"""Who may look at all that somebody has, photos too: those with whom the owner shares every channel."""

import sqlalchemy as sa

from storage.streams.tables import streams_shares


def sees_all(db: sa.Connection, reader: int, owner: int) -> bool:
    """Tell whether everything of the owner's is shared with this reader."""
    row = db.execute(
        sa.select(streams_shares.c.id)
        .where(
            streams_shares.c.owner == owner,
            streams_shares.c.reader == reader,
            streams_shares.c.channel.is_(None),
        )
        .limit(1)
    ).one_or_none()
    return row is not None
