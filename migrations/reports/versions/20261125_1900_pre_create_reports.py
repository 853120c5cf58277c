"""Reports, their jobs and the Idempotency-Keys of orders."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "20261125_1900"
down_revision = None
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool) -> "sa.Column[datetime]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("assessment", sa.String(32), nullable=False),
        sa.Column("release", sa.String(64), nullable=False),
        sa.Column("release_state", sa.String(16), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("template_version", sa.String(32), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(64), nullable=True),
        sa.Column("ordered_by", sa.String(128), nullable=False),
        _moment("ordered_at", nullable=False),
        _moment("finished_at", nullable=True),
        sa.Column("bundle_sha256", sa.String(64), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.UniqueConstraint(
            "release", "release_state", "template", "template_version", "language", "format"
        ),
    )
    op.create_index("ix_report_assessment_id", "report", ["assessment", "id"])
    op.create_table(
        "report_job",
        sa.Column(
            "report", sa.Uuid(), sa.ForeignKey("report.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("run_at", nullable=False),
        sa.Column("worker", sa.String(64), nullable=True),
        _moment("lease_until", nullable=True),
    )
    op.create_index("ix_report_job_state_run_at", "report_job", ["state", "run_at"])
    op.create_table(
        "report_order_key",
        sa.Column("actor", sa.String(128), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column(
            "report", sa.Uuid(), sa.ForeignKey("report.id", ondelete="CASCADE"), nullable=False
        ),
        _moment("used_at", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("report_order_key")
    op.drop_index("ix_report_job_state_run_at", "report_job")
    op.drop_table("report_job")
    op.drop_index("ix_report_assessment_id", "report")
    op.drop_table("report")
