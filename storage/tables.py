"""Every table; the one truth that migrations are made from. Times are seconds since the epoch, UTC."""

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

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself

NEVER_SERVED = -1e18  # a new owner goes first

HELD = "held"  # the state of a part that joins what the others made, until they have: nobody may claim it

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password", Text),  # argon2, for dialects whose clients log in
    Column("is_admin", Boolean, nullable=False, default=False),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("created_at", Double, nullable=False),
    # log2 of the seconds of work done for this owner, decayed: who is least served is claimed for first
    Column("served_level", Double, nullable=False, default=NEVER_SERVED, index=True),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column(
        "scopes", Text, nullable=False
    ),  # comma-separated; "all", some of read, write, admin, or a dialect's
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("used_at", Double),
    Column("first_used_at", Double),
    Column("use_count", BigInteger, nullable=False, default=0, server_default="0"),  # to the minute
)

media = Table(
    "media",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", ForeignKey("users.id"), nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("probe_job", BigInteger),  # its result is what is known of the movie
    Index("ix_media_owner_id", "owner", "id"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", ForeignKey("users.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("multipart_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("part_size", BigInteger, nullable=False),
    Column("sha256", Text),  # as the client declared it
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("media_id", ForeignKey("media.id")),  # set when completed
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("params", Text, nullable=False),  # canonical JSON, defaults filled in
    Column("pipeline_version", Integer, nullable=False),
    Column("cache_key", Text, nullable=False),
    Column("owner", ForeignKey("users.id"), nullable=False),
    Column("dialect", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("priority", Integer, nullable=False, default=0),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False, default=1),  # rises with every visible change: the ETag
    Column("parts_total", Integer, nullable=False),
    Column("parts_left", Integer, nullable=False),
    # The last part is handed what the others made, and its result is the job's.
    Column("joins", Boolean, nullable=False, default=False, server_default=sa.false()),
    Column("max_attempts", Integer, nullable=False),
    Column("result", Text),
    Column("failure", Text),
    Column("rerun_of", BigInteger),
    Column("reused_from", BigInteger),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("cancel_requested_at", Double),
    Column("expires_at", Double),  # when the result goes
    Column("expired", Boolean, nullable=False, default=False),
    Index("ix_jobs_owner_id", "owner", "id"),
    Index("ix_jobs_cache_key", "owner", "cache_key"),
    Index(
        "ix_jobs_open",
        "owner",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
    Index(
        "ix_jobs_expires_at",
        "expires_at",
        sqlite_where=sa.text("expired = 0"),
        postgresql_where=sa.text("NOT expired"),
    ),
)

job_inputs = Table(
    "job_inputs",
    metadata,
    Column("job_id", ForeignKey("jobs.id"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("media_id", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False, index=True),
)

parts = Table(
    "parts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False),
    Column("number", Integer, nullable=False),  # from 0
    Column("queue", Text, nullable=False),
    Column("owner", BigInteger, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", Text, nullable=False),  # as of a job, or HELD
    Column("attempt", Integer, nullable=False, default=0),  # claims so far; never falls
    Column("spent", Integer, nullable=False, default=0),  # of them, those that count against max_attempts
    Column("not_before", Double, nullable=False),
    Column("lease_worker", Text),
    Column("lease_token", Text),
    Column("lease_until", Double),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("done", BigInteger, nullable=False, default=0),
    Column("total", BigInteger, nullable=False, default=0),
    Column("phase", Text, nullable=False, default=""),
    Column("result", Text),
    Column("failure", Text),
    UniqueConstraint("job_id", "number"),
    Index(
        "ix_parts_waiting",
        "queue",
        "owner",
        sa.text("priority DESC"),
        "id",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    ),
    Index(
        "ix_parts_leased",
        "lease_until",
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    ),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False, index=True),
    Column("part_id", ForeignKey("parts.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("cause", Text),  # null while it runs
    Column("failure", Text),
    Column("machine", Text),  # versions, processor, peak memory of the child that ran it: JSON
    UniqueConstraint("part_id", "number"),
)

outputs = Table(
    "outputs",
    metadata,
    Column("job_id", ForeignKey("jobs.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("key", Text, nullable=False, index=True),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("content_type", Text, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("owner", ForeignKey("users.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_sha256", Text, nullable=False),
    Column("job_id", ForeignKey("jobs.id"), nullable=False),
    Column("created_at", Double, nullable=False, index=True),
)

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),  # host:pid:random
    Column("queues", Text, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("busy", Integer, nullable=False, default=0),
    Column("numerics", Text, nullable=False),  # libraries and processor class that its figures depend on
    Column("started_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False, index=True),
)
