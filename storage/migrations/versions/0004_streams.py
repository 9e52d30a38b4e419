"""Sensor streams: channels, their manifest, uploads, shares"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "streams_channels",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("numbers", sa.BigInteger(), nullable=False),
        sa.Column("texts", sa.BigInteger(), nullable=False),
        sa.Column("t_min", sa.Double(), nullable=True),
        sa.Column("t_max", sa.Double(), nullable=True),
        sa.Column("v_min", sa.Double(), nullable=True),
        sa.Column("v_max", sa.Double(), nullable=True),
        sa.Column("t_end", sa.Double(), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("style", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name=op.f("fk_streams_channels_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams_channels")),
        sa.UniqueConstraint("owner", "device", "name", name=op.f("uq_streams_channels_owner")),
    )
    op.create_table(
        "streams_uploads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("job", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name=op.f("fk_streams_uploads_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams_uploads")),
    )
    with op.batch_alter_table("streams_uploads", schema=None) as batch_op:
        batch_op.create_index("ix_streams_uploads_device", ["owner", "device", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_streams_uploads_key"), ["key"], unique=False)
        batch_op.create_index(
            "ix_streams_uploads_pending",
            ["owner", "device"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(
            "uq_streams_uploads_answers",
            ["owner", "device", "sha256"],
            unique=True,
            sqlite_where=sa.text("answers = 1"),
            postgresql_where=sa.text("answers"),
        )

    op.create_table(
        "streams_chunks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_text", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("until_at", sa.Double(), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("t_min", sa.Double(), nullable=True),
        sa.Column("t_max", sa.Double(), nullable=True),
        sa.Column("v_min", sa.Double(), nullable=True),
        sa.Column("v_max", sa.Double(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["channel"], ["streams_channels.id"], name=op.f("fk_streams_chunks_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams_chunks")),
    )
    with op.batch_alter_table("streams_chunks", schema=None) as batch_op:
        batch_op.create_index("ix_streams_chunks_channel", ["channel", "until"], unique=False)
        batch_op.create_index(batch_op.f("ix_streams_chunks_key"), ["key"], unique=False)

    op.create_table(
        "streams_imports",
        sa.Column("upload", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("t_min", sa.Double(), nullable=False),
        sa.Column("t_max", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel"], ["streams_channels.id"], name=op.f("fk_streams_imports_channel")
        ),
        sa.ForeignKeyConstraint(["upload"], ["streams_uploads.id"], name=op.f("fk_streams_imports_upload")),
        sa.PrimaryKeyConstraint("upload", "channel", name=op.f("pk_streams_imports")),
    )
    with op.batch_alter_table("streams_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_streams_imports_channel"), ["channel"], unique=False)

    op.create_table(
        "streams_pages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("until_at", sa.Double(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["channel"], ["streams_channels.id"], name=op.f("fk_streams_pages_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams_pages")),
    )
    with op.batch_alter_table("streams_pages", schema=None) as batch_op:
        batch_op.create_index("ix_streams_pages_channel", ["channel", "until"], unique=False)
        batch_op.create_index(batch_op.f("ix_streams_pages_key"), ["key"], unique=False)

    op.create_table(
        "streams_shares",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reader", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["channel"], ["streams_channels.id"], name=op.f("fk_streams_shares_channel")),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name=op.f("fk_streams_shares_owner")),
        sa.ForeignKeyConstraint(["reader"], ["users.id"], name=op.f("fk_streams_shares_reader")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams_shares")),
    )
    with op.batch_alter_table("streams_shares", schema=None) as batch_op:
        batch_op.create_index("ix_streams_shares_owner", ["owner", "reader"], unique=False)
        batch_op.create_index("ix_streams_shares_reader", ["reader"], unique=False)

    op.create_table(
        "streams_tail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("upload", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("until_at", sa.Double(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("samples", sa.LargeBinary(), nullable=False),
        sa.Column("texts", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["channel"], ["streams_channels.id"], name=op.f("fk_streams_tail_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams_tail")),
    )
    with op.batch_alter_table("streams_tail", schema=None) as batch_op:
        batch_op.create_index("ix_streams_tail_channel", ["channel", "until"], unique=False)
