"""Sensor streams: channels, the manifest of what each version of one consists of, uploads, and who may read."""

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from storage.tables import Id, metadata

streams_channels = Table(
    "streams_channels",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", ForeignKey("users.id"), nullable=False),
    Column("device", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column(
        "version", BigInteger, nullable=False
    ),  # rises with every change: what a publisher compares and swaps
    # of the newest version, as its publisher found them; null where there is none
    Column("numbers", BigInteger, nullable=False, default=0),
    Column("texts", BigInteger, nullable=False, default=0),
    Column("t_min", Double),
    Column("t_max", Double),
    Column("v_min", Double),
    Column("v_max", Double),
    Column("t_end", Double),  # later than this nothing was ever said: what comes after it may lie in the tail
    Column("metadata", Text, nullable=False, default="{}"),
    Column("style", Text),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    sa.UniqueConstraint("owner", "device", "name"),
)

# A row of the next three is in every version from `version` on, up to but not including `until` if that is set.
streams_chunks = Table(
    "streams_chunks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", ForeignKey("streams_channels.id"), nullable=False),
    Column("is_text", Boolean, nullable=False),
    Column("level", Integer, nullable=False),  # with `place` the cell of time
    Column("place", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("until_at", Double),
    Column("entries", BigInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("t_min", Double),
    Column("t_max", Double),
    Column("v_min", Double),
    Column("v_max", Double),
    Column("key", Text, nullable=False, index=True),
    Index("ix_streams_chunks_channel", "channel", "until"),
)

streams_pages = Table(
    "streams_pages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", ForeignKey("streams_channels.id"), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("until_at", Double),
    Column("key", Text, nullable=False, index=True),
    Index("ix_streams_pages_channel", "channel", "until"),
)

streams_tail = Table(
    "streams_tail",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", ForeignKey("streams_channels.id"), nullable=False),
    Column("upload", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("until_at", Double),
    Column("n", BigInteger, nullable=False),
    Column("samples", LargeBinary, nullable=False),  # bytes of a chunk
    Column("texts", LargeBinary, nullable=False),
    Index("ix_streams_tail_channel", "channel", "until"),
)

streams_uploads = Table(
    "streams_uploads",
    metadata,
    Column("id", Id, primary_key=True),  # of two that write one time, the higher wins
    Column("owner", ForeignKey("users.id"), nullable=False),
    Column("device", Text, nullable=False),
    Column("sha256", Text, nullable=False),  # of all that decides what it says
    Column("answers", Boolean, nullable=False),  # the same once more is answered by this one
    Column("form", Text, nullable=False),  # JSON: how its bytes are to be read
    Column("key", Text, index=True),  # of its bytes in the store; null: they are few, and here
    Column("body", LargeBinary),
    Column("size", BigInteger, nullable=False),
    Column("undoes", BigInteger),  # it says nothing of its own, and takes that upload back
    Column("job", BigInteger),
    Column("state", Text, nullable=False),  # pending, done, undone
    Column("rows", BigInteger),
    Column("result", Text),
    Column("created_at", Double, nullable=False),
    Column("done_at", Double),
    Index("ix_streams_uploads_device", "owner", "device", "id"),
    Index(
        "uq_streams_uploads_answers",
        "owner",
        "device",
        "sha256",
        unique=True,
        sqlite_where=sa.text("answers = 1"),
        postgresql_where=sa.text("answers"),
    ),
    Index(
        "ix_streams_uploads_pending",
        "owner",
        "device",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
)

streams_imports = Table(
    "streams_imports",
    metadata,
    Column("upload", ForeignKey("streams_uploads.id"), primary_key=True),
    Column("channel", ForeignKey("streams_channels.id"), primary_key=True, index=True),
    Column("version", BigInteger, nullable=False),  # the first of the channel that holds it
    Column("t_min", Double, nullable=False),  # of all that it says there, deletes too
    Column("t_max", Double, nullable=False),
)

streams_shares = Table(
    "streams_shares",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", ForeignKey("users.id"), nullable=False),
    Column("reader", ForeignKey("users.id"), nullable=False),
    Column("channel", ForeignKey("streams_channels.id")),  # null: every channel of the owner
    Column("created_at", Double, nullable=False),
    Index("ix_streams_shares_owner", "owner", "reader"),
    Index("ix_streams_shares_reader", "reader"),
)
