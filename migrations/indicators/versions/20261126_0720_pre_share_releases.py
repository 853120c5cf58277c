"""Which partners a frozen release was shown to before it is published."""

import sqlalchemy as sa
from alembic import op
from usga_shared.database.types import UtcDateTime

revision = "20261126_0720"
down_revision = "20261126_0430"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_share",
        sa.Column("release_id", sa.String(length=36), nullable=False),
        sa.Column("partner", sa.String(length=36), nullable=False),
        sa.Column("shared_at", UtcDateTime(), nullable=False),
        sa.Column("shared_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.PrimaryKeyConstraint("release_id", "partner"),
    )


def downgrade() -> None:
    op.drop_table("release_share")
