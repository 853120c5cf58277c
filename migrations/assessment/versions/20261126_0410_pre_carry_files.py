"""Carry files: at a hub, what comes of tablets' files on their way to the centre."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0410"
down_revision = "20261126_0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hub_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hub", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("refusal", sa.String(length=80), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hub_file_device", "hub_file", ["device", "settled"])
    op.create_index("ix_hub_file_state", "hub_file", ["state", "expires_at"])


def downgrade() -> None:
    op.drop_table("hub_file")
