"""Remember what tablets were told, and of lists what later versions are compared with."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0039"
down_revision = "20261125_2328"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reference_list_version",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("prints", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("assessment", "name", "digest"),
    )
    op.create_table(
        "device_told",
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("prints", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"]),
        sa.PrimaryKeyConstraint("device", "name"),
    )


def downgrade() -> None:
    op.drop_table("device_told")
    op.drop_table("reference_list_version")
