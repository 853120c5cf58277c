"""Keep every verdict about an interview, its warnings, and the files that its answers name."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_2140"
down_revision = "20261125_1919"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submission_revision", sa.Column("warnings", sa.Text(), nullable=True))
    op.add_column(
        "submission_revision", sa.Column("judged_by", sa.String(length=64), nullable=True)
    )
    op.create_table(
        "submission_verdict",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("instrument", sa.String(length=64), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.Column("warnings", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["revision"], ["submission_revision.pk"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_submission_verdict_revision", "submission_verdict", ["revision"])
    op.create_table(
        "expected_file",
        sa.Column("revision", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pointer", sa.Text(), nullable=False),
        sa.Column("field_class", sa.String(length=16), nullable=False),
        sa.Column("name_mac", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("media_type", sa.String(length=127), nullable=True),
        sa.ForeignKeyConstraint(["revision"], ["submission_revision.pk"]),
        sa.PrimaryKeyConstraint("revision", "position"),
    )


def downgrade() -> None:
    op.drop_table("expected_file")
    op.drop_index("ix_submission_verdict_revision", table_name="submission_verdict")
    op.drop_table("submission_verdict")
    op.drop_column("submission_revision", "judged_by")
    op.drop_column("submission_revision", "warnings")
