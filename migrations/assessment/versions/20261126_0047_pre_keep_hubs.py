"""Keep hubs at the centre; and at a hub its sealed parcels, its tablets and their mail."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0047"
down_revision = "20261126_0039"
branch_labels = None
depends_on = None

_WAITING = sa.text("sealed IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "hub",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("key", sa.JSON(), nullable=False),
        sa.Column("assessments", sa.JSON(), nullable=False),
        sa.Column("devices", sa.JSON(), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hub_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("assessments", sa.JSON(), nullable=False),
        sa.Column("devices", sa.JSON(), nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code_hash"),
    )
    op.create_table(
        "hub_delivery",
        sa.Column("parcel", sa.Uuid(), nullable=False),
        sa.Column("hub", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("interviews", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("parcel"),
    )
    op.create_index("ix_hub_delivery_device", "hub_delivery", ["device", "at"])
    op.create_index("ix_hub_delivery_hub", "hub_delivery", ["hub"])
    op.create_table(
        "hub_fact",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "hub_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("install", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("verifier", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("verifier"),
    )
    op.create_table(
        "hub_mail",
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("device"),
    )
    op.create_table(
        "hub_parcel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("coding", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("refusal", sa.String(length=80), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hub_parcel_device", "hub_parcel", ["device", "settled"])
    op.create_index(
        "ix_hub_parcel_waiting",
        "hub_parcel",
        ["id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_table(
        "hub_line",
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("parcel", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("device", "id", "digest"),
    )


def downgrade() -> None:
    for table in (
        "hub_line", "hub_parcel", "hub_mail", "hub_device", "hub_fact", "hub_delivery",
        "hub_code", "hub",
    ):  # fmt: skip
        op.drop_table(table)
