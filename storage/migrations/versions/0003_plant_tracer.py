"""Plant Tracer: people, courses, movies, markers, log"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pt_courses",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("course_name", sa.Text(), nullable=False),
        sa.Column("course_key", sa.Text(), nullable=False),
        sa.Column("max_enrollment", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_pt_courses")),
        sa.UniqueConstraint("course_key", name=op.f("uq_pt_courses_course_key")),
    )
    op.create_table(
        "pt_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("course_id", sa.Text(), nullable=True),
        sa.Column("movie_id", sa.Text(), nullable=True),
        sa.Column("target_user_id", sa.BigInteger(), nullable=True),
        sa.Column("ipaddr", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pt_log")),
    )
    with op.batch_alter_table("pt_log") as batch_op:
        batch_op.create_index(batch_op.f("ix_pt_log_at"), ["at"], unique=False)
        batch_op.create_index("ix_pt_log_course_id", ["course_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pt_log_ipaddr"), ["ipaddr"], unique=False)
        batch_op.create_index(batch_op.f("ix_pt_log_movie_id"), ["movie_id"], unique=False)
        batch_op.create_index("ix_pt_log_user_id", ["user_id", "id"], unique=False)

    op.create_table(
        "pt_members",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["pt_courses.course_id"], name=op.f("fk_pt_members_course_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_pt_members_user_id")),
        sa.PrimaryKeyConstraint("course_id", "user_id", name=op.f("pk_pt_members")),
    )
    with op.batch_alter_table("pt_members") as batch_op:
        batch_op.create_index(batch_op.f("ix_pt_members_user_id"), ["user_id"], unique=False)

    op.create_table(
        "pt_people",
        sa.Column(
            "user_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("primary_course_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["primary_course_id"], ["pt_courses.course_id"], name=op.f("fk_pt_people_primary_course_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_pt_people_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_pt_people")),
        sa.UniqueConstraint("email", name=op.f("uq_pt_people_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_pt_people_public_id")),
    )
    op.create_table(
        "pt_movies",
        sa.Column("movie_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("uploaded_at", sa.Double(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_declared", sa.BigInteger(), nullable=True),
        sa.Column("upload_key", sa.Text(), nullable=True),
        sa.Column("media_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("total_frames", sa.Integer(), nullable=True),
        sa.Column("fps", sa.Text(), nullable=True),
        sa.Column("rotation", sa.Integer(), nullable=False),
        sa.Column("trim_start", sa.Integer(), nullable=True),
        sa.Column("trim_end", sa.Integer(), nullable=True),
        sa.Column("fpm", sa.Text(), nullable=True),
        sa.Column("research_use", sa.Integer(), nullable=True),
        sa.Column("credit_by_name", sa.Integer(), nullable=True),
        sa.Column("attribution_name", sa.Text(), nullable=True),
        sa.Column("needs_retracing", sa.Integer(), nullable=False),
        sa.Column("last_frame_tracked", sa.Integer(), nullable=True),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("archive_job", sa.BigInteger(), nullable=True),
        sa.Column("archive_media", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("trace_job", sa.BigInteger(), nullable=True),
        sa.Column("trace_from", sa.Integer(), nullable=True),
        sa.Column("trace_to", sa.Integer(), nullable=True),
        sa.Column("trace_edits", sa.Integer(), nullable=True),
        sa.Column("traced_media", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("traced_at", sa.Double(), nullable=True),
        sa.Column("trace_reason", sa.Text(), nullable=True),
        sa.Column("trace_failed_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["archive_media"], ["media.id"], name=op.f("fk_pt_movies_archive_media")),
        sa.ForeignKeyConstraint(["course_id"], ["pt_courses.course_id"], name=op.f("fk_pt_movies_course_id")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_pt_movies_media_id")),
        sa.ForeignKeyConstraint(["traced_media"], ["media.id"], name=op.f("fk_pt_movies_traced_media")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_pt_movies_user_id")),
        sa.PrimaryKeyConstraint("movie_id", name=op.f("pk_pt_movies")),
    )
    op.create_index(
        "ix_pt_movies_archive_job",
        "pt_movies",
        ["archive_job"],
        unique=False,
        sqlite_where=sa.text("archive_media IS NULL AND archive_job IS NOT NULL"),
        postgresql_where=sa.text("archive_media IS NULL AND archive_job IS NOT NULL"),
    )
    with op.batch_alter_table("pt_movies") as batch_op:
        batch_op.create_index(batch_op.f("ix_pt_movies_course_id"), ["course_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pt_movies_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_pt_movies_trace_job"), ["trace_job"], unique=False)
        batch_op.create_index(batch_op.f("ix_pt_movies_user_id"), ["user_id"], unique=False)

    op.create_table(
        "pt_frames",
        sa.Column("movie_id", sa.Text(), nullable=False),
        sa.Column("frame", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("trackpoints", sa.Text(), nullable=False),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["movie_id"], ["pt_movies.movie_id"], name=op.f("fk_pt_frames_movie_id")),
        sa.PrimaryKeyConstraint("movie_id", "frame", name=op.f("pk_pt_frames")),
    )
    op.create_table(
        "pt_leases",
        sa.Column("movie_id", sa.Text(), nullable=False),
        sa.Column("lease_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("acquired_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["movie_id"], ["pt_movies.movie_id"], name=op.f("fk_pt_leases_movie_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_pt_leases_user_id")),
        sa.PrimaryKeyConstraint("movie_id", name=op.f("pk_pt_leases")),
    )
    with op.batch_alter_table("tokens") as batch_op:
        batch_op.add_column(sa.Column("first_used_at", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("use_count", sa.BigInteger(), server_default="0", nullable=False))
