"""Classification: sources with their labels, images and points, backbones, classifiers"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "classify_sources",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name=op.f("fk_classify_sources_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classify_sources")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_classify_sources_owner")),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "classify_members",
        sa.Column("source", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("may_edit", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["classify_sources.id"], name=op.f("fk_classify_members_source")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_classify_members_user_id")),
        sa.PrimaryKeyConstraint("source", "user_id", name=op.f("pk_classify_members")),
    )
    with op.batch_alter_table("classify_members") as batch_op:
        batch_op.create_index(batch_op.f("ix_classify_members_user_id"), ["user_id"], unique=False)

    op.create_table(
        "classify_labels",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["classify_sources.id"], name=op.f("fk_classify_labels_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classify_labels")),
        sa.UniqueConstraint("source", "code", name="uq_classify_labels_code"),
        sa.UniqueConstraint("source", "name", name="uq_classify_labels_name"),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "classify_images",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("media_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_classify_images_media_id")),
        sa.ForeignKeyConstraint(["source"], ["classify_sources.id"], name=op.f("fk_classify_images_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classify_images")),
        sa.UniqueConstraint("source", "name", name=op.f("uq_classify_images_source")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("classify_images") as batch_op:
        batch_op.create_index(batch_op.f("ix_classify_images_media_id"), ["media_id"], unique=False)
        batch_op.create_index("ix_classify_images_source_id", ["source", "id"], unique=False)

    op.create_table(
        "classify_points",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("image", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_row", sa.Integer(), nullable=False),
        sa.Column("at_column", sa.Integer(), nullable=False),
        sa.Column("label", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["image"], ["classify_images.id"], name=op.f("fk_classify_points_image")),
        sa.ForeignKeyConstraint(["label"], ["classify_labels.id"], name=op.f("fk_classify_points_label")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classify_points")),
        sa.UniqueConstraint("image", "at_row", "at_column", name=op.f("uq_classify_points_image")),
    )
    with op.batch_alter_table("classify_points") as batch_op:
        batch_op.create_index(batch_op.f("ix_classify_points_label"), ["label"], unique=False)

    op.create_table(
        "classify_backbones",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("job", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("gone_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_classify_backbones_media_id")),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name=op.f("fk_classify_backbones_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classify_backbones")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("classify_backbones") as batch_op:
        batch_op.create_index(batch_op.f("ix_classify_backbones_media_id"), ["media_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_classify_backbones_owner"), ["owner"], unique=False)
        batch_op.create_index(
            "ix_classify_backbones_pending",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'vetting'"),
            postgresql_where=sa.text("state = 'vetting'"),
        )

    op.create_table(
        "classify_classifiers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("backbone", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("job", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("dataset_media", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("media_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("figures", sa.Text(), nullable=True),
        sa.Column("evaluation_media", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("confusion_media", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("ready_at", sa.Double(), nullable=True),
        sa.Column("gone_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["backbone"], ["classify_backbones.id"], name=op.f("fk_classify_classifiers_backbone")
        ),
        sa.ForeignKeyConstraint(
            ["confusion_media"], ["media.id"], name=op.f("fk_classify_classifiers_confusion_media")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_media"], ["media.id"], name=op.f("fk_classify_classifiers_dataset_media")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_media"], ["media.id"], name=op.f("fk_classify_classifiers_evaluation_media")
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_classify_classifiers_media_id")),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name=op.f("fk_classify_classifiers_owner")),
        sa.ForeignKeyConstraint(
            ["source"], ["classify_sources.id"], name=op.f("fk_classify_classifiers_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classify_classifiers")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("classify_classifiers") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_classify_classifiers_confusion_media"), ["confusion_media"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_classify_classifiers_dataset_media"), ["dataset_media"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_classify_classifiers_evaluation_media"), ["evaluation_media"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_classify_classifiers_media_id"), ["media_id"], unique=False)
        batch_op.create_index(
            "ix_classify_classifiers_pending",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'training'"),
            postgresql_where=sa.text("state = 'training'"),
        )
        batch_op.create_index(batch_op.f("ix_classify_classifiers_source"), ["source"], unique=False)
