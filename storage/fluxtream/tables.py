"""What only the Fluxtream door keeps: photos with their tags, and saved views of the grapher."""

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables import Id, metadata

fx_photos = Table(
    "fx_photos",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", ForeignKey("users.id"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("captured_ms", BigInteger, nullable=False),  # since the epoch, UTC
    Column(
        "media_id", BigInteger, nullable=False
    ),  # its owner may remove the medium: then there are no bytes
    Column("content_type", Text, nullable=False),
    Column("comment", Text),
    Column("state", Text, nullable=False),  # pending, ready, failed
    Column("job", BigInteger, nullable=False),
    # what the job found; null before, and where the photo does not say
    Column("width", Integer),
    Column("height", Integer),
    Column("orientation", Integer, nullable=False, default=1),  # EXIF's, 1 to 8
    Column("latitude", Double),
    Column("longitude", Double),
    Column("thumbnails", Text, nullable=False, default="[]"),  # JSON, from the smallest
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    UniqueConstraint("owner", "sha256", "captured_ms"),
    Index("ix_fx_photos_captured", "owner", "captured_ms", "id"),
    Index(
        "ix_fx_photos_pending",
        "id",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
)

fx_tags = Table(
    "fx_tags",
    metadata,
    Column("photo", ForeignKey("fx_photos.id"), primary_key=True),
    Column("tag", Text, primary_key=True),
)

fx_views = Table(
    "fx_views",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", ForeignKey("users.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("data", Text, nullable=False),  # JSON, as the grapher wrote it
    Column("used_at", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("owner", "name"),
)
