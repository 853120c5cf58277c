"""Keep with a release what an attacker could say of its hidden cells."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_2225"
down_revision = "20261125_2036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("release", sa.Column("audit", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("release", "audit")
