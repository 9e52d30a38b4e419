"""What only the Plant Tracer door keeps: people, courses, movies with their markers, and the log of what happened."""

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, Table, Text

from storage.tables import Id, metadata

ENROLLMENT = 100  # places in a course unless its operator says otherwise; the wire's own default

pt_courses = Table(
    "pt_courses",
    metadata,
    Column("course_id", Text, primary_key=True),  # as people write it, spaces and all
    Column("course_name", Text, nullable=False),
    Column("course_key", Text, nullable=False, unique=True),  # who knows it may register
    Column("max_enrollment", Integer, nullable=False, default=ENROLLMENT),
    Column("created_at", Double, nullable=False),
)

pt_people = Table(
    "pt_people",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("public_id", Text, nullable=False, unique=True),  # `u` and a UUID: the wire's user_id
    Column("email", Text, nullable=False, unique=True),  # in lower case
    Column("user_name", Text, nullable=False),
    Column("primary_course_id", ForeignKey("pt_courses.course_id")),
    Column("created_at", Double, nullable=False),
    Column("demo", Boolean, nullable=False, default=False),
)

pt_members = Table(
    "pt_members",
    metadata,
    Column("course_id", ForeignKey("pt_courses.course_id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True, index=True),
    Column("is_admin", Boolean, nullable=False, default=False),
    Column("joined_at", Double, nullable=False),
)

pt_movies = Table(
    "pt_movies",
    metadata,
    Column("movie_id", Text, primary_key=True),  # `m` and a UUID
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("course_id", ForeignKey("pt_courses.course_id"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("published", Integer, nullable=False, default=1),
    Column("deleted", Integer, nullable=False, default=0),
    Column("created_at", Double, nullable=False),
    Column("uploaded_at", Double),
    Column("sha256", Text, nullable=False),  # as the client declared it
    Column("size_declared", sa.BigInteger),
    Column("upload_key", Text),
    Column("media_id", ForeignKey("media.id")),  # once the bytes are there and are those declared
    Column("state", Text, nullable=False, index=True),  # uploading, processing, ready, upload failed
    Column("reason", Text),  # why the upload failed
    # of the analysis picture, before any turn
    Column("width", Integer),
    Column("height", Integer),
    Column("total_frames", Integer),
    Column("fps", Text),
    Column("rotation", Integer, nullable=False, default=0),  # degrees, clockwise
    Column("trim_start", Integer),
    Column("trim_end", Integer),
    Column("fpm", Text),  # as it was typed
    Column("research_use", Integer),
    Column("credit_by_name", Integer),
    Column("attribution_name", Text),
    Column("needs_retracing", Integer, nullable=False, default=0),
    Column("last_frame_tracked", Integer),
    Column("edits", Integer, nullable=False, default=0),  # rises with every change of a marker
    Column("version", Integer, nullable=False, default=0),
    Column("archive_job", sa.BigInteger),
    Column("archive_media", ForeignKey("media.id")),
    Column("trace_job", sa.BigInteger, index=True),
    Column("trace_from", Integer),
    Column("trace_to", Integer),
    Column("trace_edits", Integer),  # `edits` when the trace was ordered
    Column("traced_media", ForeignKey("media.id")),
    Column("traced_at", Double),
    Column("trace_reason", Text),  # why the last trace failed
    Column("trace_failed_at", Double),
    Index(  # what the sweeper asks for every second
        "ix_pt_movies_archive_job",
        "archive_job",
        sqlite_where=sa.text("archive_media IS NULL AND archive_job IS NOT NULL"),
        postgresql_where=sa.text("archive_media IS NULL AND archive_job IS NOT NULL"),
    ),
)

pt_frames = Table(
    "pt_frames",
    metadata,
    Column("movie_id", ForeignKey("pt_movies.movie_id"), primary_key=True),
    Column("frame", Integer, primary_key=True, autoincrement=False),
    Column("trackpoints", Text, nullable=False),  # JSON
    Column(
        "edit", Integer, nullable=False, default=0
    ),  # the movie's `edits` after a person's write; 0: a trace's
)

pt_leases = Table(
    "pt_leases",
    metadata,
    Column("movie_id", ForeignKey("pt_movies.movie_id"), primary_key=True),
    Column("lease_id", Text, nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("acquired_at", Double, nullable=False),
    Column("until", Double, nullable=False),
)

pt_log = Table(
    "pt_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("user_id", sa.BigInteger),  # who did it
    Column("course_id", Text),
    Column("movie_id", Text, index=True),
    Column("target_user_id", sa.BigInteger),  # to whom, when to another
    Column("ipaddr", Text, index=True),
    Column("detail", Text, nullable=False),  # JSON
    Index("ix_pt_log_user_id", "user_id", "id"),
    Index("ix_pt_log_course_id", "course_id", "id"),
)
