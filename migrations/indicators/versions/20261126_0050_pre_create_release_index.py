"""Keep composite indices with their release; observations may be of a group of people."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0050"
down_revision = "20261125_2255"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_index",
        sa.Column("release_id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.PrimaryKeyConstraint("release_id", "code", "version"),
    )
    op.add_column(
        "observation",
        sa.Column("subgroup", sa.String(length=64), nullable=False, server_default="_T"),
    )


def downgrade() -> None:
    op.drop_column("observation", "subgroup")
    op.drop_table("release_index")
