"""What only classification keeps: sources with their labels, images and points, backbones, classifiers."""

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
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

# Ids that clients keep and models carry are never given to something else: hence `sqlite_autoincrement`.

classify_sources = Table(
    "classify_sources",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", ForeignKey("users.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, default=""),
    Column("is_public", Boolean, nullable=False, default=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("owner", "name"),
    sqlite_autoincrement=True,
)

classify_members = Table(
    "classify_members",
    metadata,
    Column("source", ForeignKey("classify_sources.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True, index=True),
    Column("may_edit", Boolean, nullable=False, default=False),
)

classify_labels = Table(
    "classify_labels",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", ForeignKey("classify_sources.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("source", "code", name="uq_classify_labels_code"),
    UniqueConstraint("source", "name", name="uq_classify_labels_name"),
    sqlite_autoincrement=True,
)

classify_images = Table(
    "classify_images",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", ForeignKey("classify_sources.id"), nullable=False),
    Column("media_id", ForeignKey("media.id"), nullable=False, index=True),
    Column("sha256", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("source", "name"),
    Index("ix_classify_images_source_id", "source", "id"),
    sqlite_autoincrement=True,
)

classify_points = Table(
    "classify_points",
    metadata,
    Column("id", Id, primary_key=True),
    Column("image", ForeignKey("classify_images.id"), nullable=False),
    Column("at_row", Integer, nullable=False),  # pixels from the top of the picture as it is stored, from 0
    Column("at_column", Integer, nullable=False),  # pixels from its left
    Column("label", ForeignKey("classify_labels.id"), nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("image", "at_row", "at_column"),
)

classify_backbones = Table(
    "classify_backbones",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", ForeignKey("users.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("media_id", ForeignKey("media.id"), index=True),  # null once it is gone
    Column("sha256", Text, nullable=False),
    Column("manifest", Text, nullable=False),  # JSON
    Column("job", BigInteger, nullable=False),  # looks into it
    Column("state", Text, nullable=False),  # vetting, ready, failed
    Column("figures", Text),  # JSON: what the job found
    Column("failure", Text),  # JSON
    Column("created_at", Double, nullable=False),
    Column("gone_at", Double),
    Index(
        "ix_classify_backbones_pending",
        "id",
        sqlite_where=sa.text("state = 'vetting'"),
        postgresql_where=sa.text("state = 'vetting'"),
    ),
    sqlite_autoincrement=True,
)

classify_classifiers = Table(
    "classify_classifiers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", ForeignKey("classify_sources.id"), index=True),  # null once the source is gone
    Column("owner", ForeignKey("users.id"), nullable=False),  # of the source, and of the media below
    Column("name", Text, nullable=False),
    Column("backbone", ForeignKey("classify_backbones.id")),  # null: the built-in one, or one of elsewhere
    Column("job", BigInteger, nullable=False),  # trains it, or looks into one that was trained elsewhere
    Column("state", Text, nullable=False),  # training, ready, failed
    Column("labels", Text, nullable=False),  # JSON: ids, codes and names as they were called then
    Column("dataset_media", ForeignKey("media.id"), index=True),  # what it was trained from
    Column("media_id", ForeignKey("media.id"), index=True),
    Column("sha256", Text),
    Column("figures", Text),  # JSON: what the job found
    Column("evaluation_media", ForeignKey("media.id"), index=True),
    Column("confusion_media", ForeignKey("media.id"), index=True),
    Column("failure", Text),  # JSON
    Column("threshold", Double),  # of the score from which on a person need not look
    Column("created_at", Double, nullable=False),
    Column("ready_at", Double),
    Column("gone_at", Double),
    Index(
        "ix_classify_classifiers_pending",
        "id",
        sqlite_where=sa.text("state = 'training'"),
        postgresql_where=sa.text("state = 'training'"),
    ),
    sqlite_autoincrement=True,
)
