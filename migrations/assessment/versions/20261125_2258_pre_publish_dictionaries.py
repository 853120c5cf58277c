"""Keep the compression dictionary of each published instrument version."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_2258"
down_revision = "20261125_2235"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instrument_dictionary",
        sa.Column("instrument", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["instrument"], ["instrument_version.id"]),
        sa.PrimaryKeyConstraint("instrument"),
    )
    op.create_index(
        "ix_instrument_dictionary_assessment", "instrument_dictionary", ["assessment", "number"]
    )


def downgrade() -> None:
    op.drop_index("ix_instrument_dictionary_assessment", table_name="instrument_dictionary")
    op.drop_table("instrument_dictionary")
