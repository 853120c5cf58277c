"""Every table of the assessment service: identity, assessments, samples, interviews, audit."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_1919"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assessment",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("variant", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("probability_sample", sa.Boolean(), nullable=False),
        sa.Column("require_approved", sa.Boolean(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("age_floor", sa.Integer(), nullable=False),
        sa.Column("fieldwork_from", sa.Date(), nullable=True),
        sa.Column("fieldwork_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("assessment", "seq"),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credential_subject"), ["subject"], unique=False)

    op.create_table(
        "install_sequence",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("install", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("ranges", sa.Text(), nullable=False),
        sa.Column("forks", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("assessment", "install"),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=36), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "instrument_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("assessment", "name", "version"),
    )
    with op.batch_alter_table("instrument_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_instrument_version_assessment"), ["assessment"], unique=False
        )

    op.create_table(
        "submission_revision",
        sa.Column("pk", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.Uuid(), nullable=False),
        sa.Column("revises", sa.Uuid(), nullable=True),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("install", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=64), nullable=True),
        sa.Column("instrument_version", sa.String(length=64), nullable=True),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.Column("redacted", sa.Text(), nullable=True),
        sa.Column("has_s3", sa.Boolean(), nullable=False),
        sa.Column("disposition", sa.String(length=8), nullable=True),
        sa.Column("n_eligible", sa.Integer(), nullable=True),
        sa.Column("withdraw_hash", sa.LargeBinary(), nullable=True),
        sa.Column("former", sa.Text(), nullable=True),
        sa.Column("feed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )
    with op.batch_alter_table("submission_revision", schema=None) as batch_op:
        batch_op.create_index("ix_submission_revision_feed", ["assessment", "feed"], unique=False)
        batch_op.create_index("ix_submission_revision_install", ["install", "seq"], unique=False)
        batch_op.create_index(
            "ix_submission_revision_root",
            ["root"],
            unique=False,
            sqlite_where=sa.text("revises IS NOT NULL"),
            postgresql_where=sa.text("revises IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_submission_revision_s3_case",
            ["assessment", "case_id"],
            unique=False,
            sqlite_where=sa.text("has_s3"),
            postgresql_where=sa.text("has_s3"),
        )
        batch_op.create_index(
            "ix_submission_revision_withdraw",
            ["withdraw_hash"],
            unique=False,
            sqlite_where=sa.text("withdraw_hash IS NOT NULL"),
            postgresql_where=sa.text("withdraw_hash IS NOT NULL"),
        )
        batch_op.create_index(
            "ux_submission_revision_id", ["id", "assessment", "version"], unique=True
        )

    op.create_table(
        "sync_counter",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("feed", sa.BigInteger(), nullable=False),
        sa.Column("audit", sa.BigInteger(), nullable=False),
        sa.Column("audit_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("assessment"),
    )
    op.create_table(
        "area",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("parent", sa.String(length=32), nullable=True),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("assessment", "code"),
    )
    op.create_table(
        "assessment_record",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("assessment", "kind", "revision"),
    )
    op.create_table(
        "assessment_transition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.String(length=16), nullable=False),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("assessment_transition", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_assessment_transition_assessment"), ["assessment"], unique=False
        )

    op.create_table(
        "credential_grant",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"]),
        sa.PrimaryKeyConstraint("credential_id", "assessment", "role"),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("install", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wipe", sa.Boolean(), nullable=False),
        sa.Column("home_psu", sa.String(length=64), nullable=True),
        sa.Column("certified", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_assessment"), ["assessment"], unique=False)

    op.create_table(
        "enrolment_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("home_psu", sa.String(length=64), nullable=True),
        sa.Column("certified", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code_hash"),
    )
    with op.batch_alter_table("enrolment_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrolment_code_assessment"), ["assessment"], unique=False
        )

    op.create_table(
        "reference_list",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("assessment", "name"),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Uuid(), nullable=False),
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("from_state", sa.String(length=16), nullable=False),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["revision"], ["submission_revision.pk"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("ix_review_revision", ["revision"], unique=False)

    op.create_table(
        "sample",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.JSON(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("assessment"),
    )
    op.create_table(
        "sample_case",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("stratum", sa.String(length=64), nullable=False),
        sa.Column("psu", sa.String(length=64), nullable=False),
        sa.Column("pi1", sa.Float(), nullable=False),
        sa.Column("pi2", sa.Float(), nullable=False),
        sa.Column("n_eligible", sa.Integer(), nullable=True),
        sa.Column("fpc_psu", sa.Float(), nullable=True),
        sa.Column("area", sa.String(length=32), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("disposition", sa.String(length=8), nullable=True),
        sa.Column("disposition_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assessment"], ["assessment.code"]),
        sa.PrimaryKeyConstraint("assessment", "case_id"),
    )
    with op.batch_alter_table("sample_case", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sample_case_design", ["assessment", "stratum", "psu"], unique=False
        )
        batch_op.create_index("ix_sample_case_device", ["device_id"], unique=False)

    op.create_table(
        "submission_content",
        sa.Column("pk", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("open", sa.LargeBinary(), nullable=True),
        sa.Column("identifier", sa.LargeBinary(), nullable=True),
        sa.Column("location", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("s3", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["pk"], ["submission_revision.pk"]),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_table(
        "case_visit",
        sa.Column("assessment", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment", "case_id"], ["sample_case.assessment", "sample_case.case_id"]
        ),
        sa.PrimaryKeyConstraint("assessment", "case_id", "number"),
    )


def downgrade() -> None:
    op.drop_table("case_visit")
    op.drop_table("submission_content")
    with op.batch_alter_table("sample_case", schema=None) as batch_op:
        batch_op.drop_index("ix_sample_case_device")
        batch_op.drop_index("ix_sample_case_design")

    op.drop_table("sample_case")
    op.drop_table("sample")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_revision")

    op.drop_table("review")
    op.drop_table("reference_list")
    with op.batch_alter_table("enrolment_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_code_assessment"))

    op.drop_table("enrolment_code")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_assessment"))

    op.drop_table("device")
    op.drop_table("credential_grant")
    with op.batch_alter_table("assessment_transition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assessment_transition_assessment"))

    op.drop_table("assessment_transition")
    op.drop_table("assessment_record")
    op.drop_table("area")
    op.drop_table("sync_counter")
    with op.batch_alter_table("submission_revision", schema=None) as batch_op:
        batch_op.drop_index("ux_submission_revision_id")
        batch_op.drop_index(
            "ix_submission_revision_withdraw",
            sqlite_where=sa.text("withdraw_hash IS NOT NULL"),
            postgresql_where=sa.text("withdraw_hash IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_submission_revision_s3_case",
            sqlite_where=sa.text("has_s3"),
            postgresql_where=sa.text("has_s3"),
        )
        batch_op.drop_index(
            "ix_submission_revision_root",
            sqlite_where=sa.text("revises IS NOT NULL"),
            postgresql_where=sa.text("revises IS NOT NULL"),
        )
        batch_op.drop_index("ix_submission_revision_install")
        batch_op.drop_index("ix_submission_revision_feed")

    op.drop_table("submission_revision")
    with op.batch_alter_table("instrument_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instrument_version_assessment"))

    op.drop_table("instrument_version")
    op.drop_table("installation")
    op.drop_table("install_sequence")
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credential_subject"))

    op.drop_table("credential")
    op.drop_table("audit_entry")
    op.drop_table("assessment")
