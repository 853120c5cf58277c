"""Count in a release the observations whose error rests on a stratum with one PSU."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_2036"
down_revision = "20261125_1859"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "release", sa.Column("lonely_psu", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("release", "lonely_psu")
