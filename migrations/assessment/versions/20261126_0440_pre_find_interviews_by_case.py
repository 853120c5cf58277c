"""Find the interviews of a case: one case gives one interview to a form."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_0440"
down_revision = "20261126_0410"
branch_labels = None
depends_on = None

_TABLE, _COLUMNS = "submission_revision", ["assessment", "case_id"]


def upgrade() -> None:
    op.drop_index("ix_submission_revision_s3_case", _TABLE)
    known = sa.text("case_id IS NOT NULL")
    op.create_index(
        "ix_submission_revision_case",
        _TABLE,
        _COLUMNS,
        sqlite_where=known,
        postgresql_where=known,
    )


def downgrade() -> None:
    op.drop_index("ix_submission_revision_case", _TABLE)
    sensitive = sa.text("has_s3")
    op.create_index(
        "ix_submission_revision_s3_case",
        _TABLE,
        _COLUMNS,
        sqlite_where=sensitive,
        postgresql_where=sensitive,
    )
