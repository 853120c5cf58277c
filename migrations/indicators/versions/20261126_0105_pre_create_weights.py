"""Weight sets, population margins and design rules; releases say which they used."""

import sqlalchemy as sa
from alembic import op
from usga_shared.database.types import UtcDateTime

revision = "20261126_0105"
down_revision = "20261126_0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "population_margin",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=400), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("assessment", "name"),
    )
    op.create_table(
        "weight_set",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("margins", sa.JSON(), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.Column("diagnostics", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("weights_sha256", sa.String(length=64), nullable=False),
        sa.Column("snapshot_sha256", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("interviews", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("assessment", "number", name="uq_weight_set_number"),
    )
    op.create_table(
        "weight_trim",
        sa.Column("weight_set_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("before", sa.Float(), nullable=False),
        sa.Column("after", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["weight_set_id"], ["weight_set.id"]),
        sa.PrimaryKeyConstraint("weight_set_id", "position"),
    )
    op.create_index("ix_weight_trim_unit", "weight_trim", ["unit"])
    op.create_table(
        "analysis_design",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lonely_psu", sa.String(length=16), nullable=False),
        sa.Column("adjust_domain_lonely", sa.Boolean(), nullable=False),
        sa.Column("fpc", sa.String(length=16), nullable=False),
        sa.Column("nested", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("assessment", "number"),
    )
    with op.batch_alter_table("release") as table:
        table.add_column(sa.Column("analysis", sa.JSON(), nullable=True))
        table.add_column(sa.Column("statistics_sha256", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("embargo_until", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("embargo_by", sa.String(length=80), nullable=True))
        table.add_column(sa.Column("corrects", sa.String(length=36), nullable=True))
        table.add_column(sa.Column("note", sa.String(length=2000), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("release") as table:
        for name in ("note", "corrects", "embargo_by", "embargo_until"):
            table.drop_column(name)
        table.drop_column("statistics_sha256")
        table.drop_column("analysis")
    op.drop_table("analysis_design")
    op.drop_index("ix_weight_trim_unit", "weight_trim")
    op.drop_table("weight_trim")
    op.drop_table("weight_set")
    op.drop_table("population_margin")
