"""Find devices by their install: each push asks whose it is."""

from alembic import op

revision = "20261126_0530"
down_revision = "20261126_0440"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_device_install", "device", ["install"])


def downgrade() -> None:
    op.drop_index("ix_device_install", "device")
