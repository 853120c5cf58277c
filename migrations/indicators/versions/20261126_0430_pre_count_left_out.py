"""Count in a release the interviews that cannot be weighed."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0430"
down_revision = "20261126_0105"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("release", sa.Column("left_out", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("release", "left_out")
