"""Tables of identity, assessments, samples and devices."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
)
from sqlmodel import Field
from usga_shared.database.types import UtcDateTime

from usga_assessment.storage.tables.base import Base


def _code() -> Any:
    return Column(String(32), ForeignKey("assessment.code"), primary_key=True)


class CredentialRow(Base, table=True):
    """A token that was handed out, as its hash."""

    __tablename__ = "credential"

    id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=16)
    token_hash: bytes = Field(unique=True)
    name: str = Field(max_length=80)
    subject: str = Field(max_length=64, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(max_length=80)
    expires_at: datetime | None = Field(None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(None, sa_type=UtcDateTime)
    last_used_on: date | None = None


class CredentialGrantRow(Base, table=True):
    """A role that a credential carries in one assessment, or everywhere ("*").

    The code need not exist yet: a coordinator is granted the assessment that they will create.
    """

    __tablename__ = "credential_grant"

    credential_id: UUID = Field(primary_key=True, foreign_key="credential.id")
    assessment: str = Field(primary_key=True, max_length=32)
    role: str = Field(primary_key=True, max_length=16)


class AssessmentRow(Base, table=True):
    """One assessment of one area of a city."""

    __tablename__ = "assessment"

    code: str = Field(primary_key=True, max_length=32)
    title: dict[str, str] = Field(sa_type=JSON)
    city: str = Field(max_length=120)
    country: str = Field(max_length=2)
    variant: str = Field(max_length=8)
    state: str = Field(max_length=16)
    synthetic: bool
    probability_sample: bool
    require_approved: bool
    languages: list[str] = Field(sa_type=JSON)
    currency: str = Field(max_length=3)
    age_floor: int
    fieldwork_from: date | None = None
    fieldwork_to: date | None = None
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(max_length=80)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class TransitionRow(Base, table=True):
    """One move of an assessment from state to state."""

    __tablename__ = "assessment_transition"

    id: UUID = Field(primary_key=True)
    assessment: str = Field(max_length=32, foreign_key="assessment.code", index=True)
    version: int
    from_state: str = Field(max_length=16)
    to_state: str = Field(max_length=16)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=80)
    note: str = Field(max_length=1000)


class AreaRow(Base, table=True):
    """A polygon of the assessment: its whole area, a settlement, a village."""

    __tablename__ = "area"

    assessment: str = Field(sa_column=_code())
    code: str = Field(primary_key=True, max_length=32)
    position: int
    kind: str = Field(max_length=32)
    title: dict[str, str] = Field(sa_type=JSON)
    parent: str | None = Field(None, max_length=32)
    geometry: dict[str, Any] = Field(sa_type=JSON)


class RecordRow(Base, table=True):
    """One revision of a record (ethics approval, DPIA, ...); the highest revision holds."""

    __tablename__ = "assessment_record"

    assessment: str = Field(sa_column=_code())
    kind: str = Field(primary_key=True, max_length=32)
    revision: int = Field(primary_key=True)
    value: dict[str, Any] = Field(sa_type=JSON)
    synthetic: bool
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=80)


class ReferenceListRow(Base, table=True):
    """Choices of a form that come per assessment (`psu.csv`)."""

    __tablename__ = "reference_list"

    assessment: str = Field(sa_column=_code())
    name: str = Field(primary_key=True, max_length=64)
    rows: list[dict[str, Any]] = Field(sa_type=JSON)
    digest: str = Field(max_length=64)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class ReferenceListVersionRow(Base, table=True):
    """Names and prints of the rows of a list as it is or was: newer ones are compared with it."""

    __tablename__ = "reference_list_version"

    assessment: str = Field(sa_column=_code())
    name: str = Field(primary_key=True, max_length=64)
    digest: str = Field(primary_key=True, max_length=64)
    prints: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


class SampleRow(Base, table=True):
    """The sample that was loaded for an assessment; its cases stand in `sample_case`."""

    __tablename__ = "sample"

    assessment: str = Field(sa_column=_code())
    digest: str = Field(max_length=64)
    cases: int
    certainty: list[str] = Field(sa_type=JSON)
    loaded_at: datetime = Field(sa_type=UtcDateTime)
    loaded_by: str = Field(max_length=80)


class CaseRow(Base, table=True):
    """A sampled household: its selection, its tablet, its outcome."""

    __tablename__ = "sample_case"
    __table_args__ = (
        Index("ix_sample_case_device", "device_id"),
        Index("ix_sample_case_design", "assessment", "stratum", "psu"),
    )

    assessment: str = Field(sa_column=_code())
    case_id: str = Field(primary_key=True, max_length=64)
    stratum: str = Field(max_length=64)
    psu: str = Field(max_length=64)
    pi1: float
    pi2: float
    n_eligible: int | None = None
    fpc_psu: float | None = None
    area: str | None = Field(None, max_length=32)
    device_id: UUID | None = None
    disposition: str | None = Field(None, max_length=8)
    disposition_at: datetime | None = Field(None, sa_type=UtcDateTime)
    visits: int = 0


class VisitRow(Base, table=True):
    """One attempt to reach a case. No words about people: a code says what happened."""

    __tablename__ = "case_visit"
    __table_args__ = (
        ForeignKeyConstraint(
            ["assessment", "case_id"], ["sample_case.assessment", "sample_case.case_id"]
        ),
    )

    assessment: str = Field(primary_key=True, max_length=32)
    case_id: str = Field(primary_key=True, max_length=64)
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    outcome: str = Field(max_length=8)
    actor: str = Field(max_length=80)


class DeviceRow(Base, table=True):
    """A tablet enrolled in one assessment."""

    __tablename__ = "device"

    id: UUID = Field(primary_key=True)
    assessment: str = Field(max_length=32, foreign_key="assessment.code", index=True)
    install: UUID = Field(index=True)
    name: str = Field(max_length=80)
    enrolled_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(None, sa_type=UtcDateTime)
    wipe: bool = False
    home_psu: str | None = Field(None, max_length=64)
    certified: bool = True


class DeviceReportRow(Base, table=True):
    """What a tablet last told of itself."""

    __tablename__ = "device_report"

    device: UUID = Field(primary_key=True, foreign_key="device.id")
    at: datetime = Field(sa_type=UtcDateTime)
    client: str = Field(max_length=80)
    unsent: int | None = None
    clock_skew: float | None = None


class DeviceToldRow(Base, table=True):
    """What a tablet was told by a pull, as prints; a few states of each tablet are kept."""

    __tablename__ = "device_told"

    device: UUID = Field(primary_key=True, foreign_key="device.id")
    name: str = Field(primary_key=True, max_length=16)
    prints: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


class EnrolmentCodeRow(Base, table=True):
    """A one-time code that turns an unknown tablet into a device, as its hash."""

    __tablename__ = "enrolment_code"

    id: UUID = Field(primary_key=True)
    assessment: str = Field(max_length=32, foreign_key="assessment.code", index=True)
    code_hash: bytes = Field(unique=True)
    label: str = Field(max_length=80)
    made_by: str = Field(max_length=80)
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(None, sa_type=UtcDateTime)
    home_psu: str | None = Field(None, max_length=64)
    certified: bool = True


class EnrolmentAttemptRow(Base, table=True):
    """A wrong enrolment code of a caller, known by a hash; of use for a minute."""

    __tablename__ = "enrolment_attempt"
    __table_args__ = (
        Index("ix_enrolment_attempt_caller", "caller", "at"),
        Index("ix_enrolment_attempt_at", "at"),
    )

    id: UUID = Field(primary_key=True)
    caller: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


class MinimumClientRow(Base, table=True):
    """The lowest version of an app that an assessment gives new work."""

    __tablename__ = "minimum_client"

    assessment: str = Field(sa_column=_code())
    client: str = Field(primary_key=True, max_length=40)
    version: str = Field(max_length=64)
