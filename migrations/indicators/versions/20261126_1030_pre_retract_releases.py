"""Why and by whom a published release was taken back."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_1030"
down_revision = "20261126_0720"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("release") as table:
        table.add_column(sa.Column("retraction", sa.JSON(), nullable=True))
        table.add_column(sa.Column("retracted_by", sa.String(length=80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("release") as table:
        table.drop_column("retracted_by")
        table.drop_column("retraction")
