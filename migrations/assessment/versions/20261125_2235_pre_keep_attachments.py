"""Keep the files of interviews: uploads on their way, and what is kept of them."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_2235"
down_revision = "20261125_2140"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("submission", sa.Uuid(), nullable=False),
        sa.Column("name_mac", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("media_type", sa.String(length=127), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fate", sa.String(length=16), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pointer", sa.Text(), nullable=True),
        sa.Column("field_class", sa.String(length=16), nullable=True),
        sa.Column("kept_size", sa.BigInteger(), nullable=True),
        sa.Column("kept_type", sa.String(length=127), nullable=True),
        sa.Column("kept_sha256", sa.String(length=64), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_swept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_attachment_submission", "attachment", ["assessment", "submission"])
    op.create_index("ix_attachment_state", "attachment", ["state", "expires_at"])
    op.create_index("ix_attachment_device", "attachment", ["device", "created_at"])
    op.create_index("ix_attachment_size", "attachment", ["assessment", "state", "size"])


def downgrade() -> None:
    op.drop_table("attachment")
