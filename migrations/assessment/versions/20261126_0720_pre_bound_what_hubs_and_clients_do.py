"""Lowest versions of apps per assessment, wrong codes of all instances, files by hubs."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0720"
down_revision = "20261126_0530"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "minimum_client",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("assessment", "client"),
    )
    op.create_table(
        "enrolment_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("caller", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_enrolment_attempt_caller", "enrolment_attempt", ["caller", "at"])
    op.create_index("ix_enrolment_attempt_at", "enrolment_attempt", ["at"])
    op.add_column("hub", sa.Column("report", sa.JSON(), nullable=True))
    op.add_column("attachment", sa.Column("hub", sa.Uuid(), nullable=True))
    op.create_index("ix_attachment_hub", "attachment", ["hub", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_attachment_hub", "attachment")
    with op.batch_alter_table("attachment") as table:
        table.drop_column("hub")
    with op.batch_alter_table("hub") as table:
        table.drop_column("report")
    op.drop_table("enrolment_attempt")
    op.drop_table("minimum_client")
