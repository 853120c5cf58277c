"""Keep what each tablet last told of itself: version, unsent interviews, clock."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_2328"
down_revision = "20261125_2258"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_report",
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client", sa.String(length=80), nullable=False),
        sa.Column("unsent", sa.Integer(), nullable=True),
        sa.Column("clock_skew", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["device"], ["device.id"]),
        sa.PrimaryKeyConstraint("device"),
    )


def downgrade() -> None:
    op.drop_table("device_report")
