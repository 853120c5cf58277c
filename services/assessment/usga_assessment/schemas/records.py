"""Records of an assessment: what each kind must say. One model a kind; no free-form records."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator
from usga_shared.wire.refused import FieldsRefused
from usga_shared.wire.sync import Sha256Hex

from usga_assessment.domain.assessment.assessment import Record
from usga_assessment.domain.assessment.wording import ONE_LINE
from usga_assessment.schemas.base import Body, Language, Text

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=ONE_LINE),
]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=ONE_LINE)]


class RecordBody(Body):
    """What every record says."""

    synthetic: bool = Field(
        default=False, description="True for records of a demonstration: nobody decided this."
    )
    note: Text = Field("", description="A remark. No names of residents.", examples=[""])


class Mandate(RecordBody):
    """The political commitment: a signed instrument and the institution that hosts."""

    instrument: Name = Field(description="What was signed.", examples=["Exchange of letters"])
    signed_on: date = Field(description="When.", examples=["2026-01-15"])
    host_institution: Name = Field(description="Who hosts.", examples=["County government"])


class Controller(RecordBody):
    """Who answers for the data (local ownership: the host institution)."""

    name: Name = Field(description="The institution.", examples=["County government"])
    country: str = Field(pattern=r"^[A-Z]{2}$", description="Where it is.", examples=["KE"])
    contact: Name = Field(description="Address for questions and withdrawals.")


class Themes(RecordBody):
    """The modules that the committee and residents chose."""

    modules: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,4}$")]] = Field(
        min_length=1, max_length=40, description="Module letters.", examples=[["C", "D", "E"]]
    )
    decided_on: date = Field(description="When.", examples=["2026-01-20"])


class Ethics(RecordBody):
    """The approval of an ethics board."""

    approval_id: Reference = Field(description="Its number.", examples=["ERC/2026/017"])
    board: Name = Field(description="Who approved.", examples=["University ethics committee"])
    approved_on: date = Field(description="When.", examples=["2026-01-25"])
    expires_on: date | None = Field(None, description="Last day on which it holds.")


class Dpia(RecordBody):
    """The data protection impact assessment."""

    reference: Reference = Field(description="Its number.", examples=["DPIA-2026-03"])
    version: Reference = Field(description="Its version.", examples=["1.2"])
    completed_on: date = Field(description="When.", examples=["2026-01-28"])


class ReferralService(Body):
    """A service to which respondents are referred."""

    name: Name = Field(description="The service.", examples=["One-stop centre"])
    kind: Literal[
        "health",
        "police",
        "legal",
        "shelter",
        "hotline",
        "psychosocial",
        "child_protection",
        "other",
    ] = Field(description="What it offers.", examples=["health"])
    contact: Name = Field(description="How to reach it.", examples=["1195"])


class ReferralDirectory(RecordBody):
    """Where respondents can find help; given to all of them, not only to victims (E-05)."""

    version: Reference = Field(description="Its version.", examples=["2026-02"])
    checked_on: date = Field(description="When every contact was last tried.")
    languages: list[Language] = Field(
        min_length=1, max_length=20, description="Of the card.", examples=[["en", "sw"]]
    )
    services: list[ReferralService] = Field(
        min_length=1, max_length=500, description="Where help is to be found."
    )


class Pilot(RecordBody):
    """The pilot of instruments and procedures; its data never mix with production."""

    interviews: int = Field(ge=1, le=10_000, description="Made in the pilot.", examples=[30])
    ended_on: date = Field(description="Last day.", examples=["2026-02-10"])
    changes: Text = Field("", description="What was changed because of it.")


class Processing(RecordBody):
    """Coding, weighting and quality control are done; how."""

    weights: Name = Field(description="Method.", examples=["base weights, no adjustment"])
    quality_report: Reference = Field(description="Its number.", examples=["QC-2026-1"])
    completed_on: date = Field(description="When.", examples=["2026-08-20"])


class Release(RecordBody):
    """The frozen release that is being validated."""

    release: Reference = Field(description="Its identifier.")
    snapshot_sha256: Sha256Hex = Field(description="Hash of its analysis extract.")


class Validation(RecordBody):
    """Validation by residents and the committee, or an explicit waiver (Q-05)."""

    method: Literal["workshop", "waiver"] = Field(description="How.", examples=["workshop"])
    held_on: date = Field(description="When it was held or waived.", examples=["2026-09-10"])
    women: int | None = Field(None, ge=0, le=100_000, description="Participants.", examples=[24])
    men: int | None = Field(None, ge=0, le=100_000, description="Participants.", examples=[21])
    reason: Text = Field("", description="Of a waiver.")
    approved_by: Reference | None = Field(None, description="Office that approved a waiver.")

    @model_validator(mode="after")
    def _complete(self) -> "Validation":
        if self.method == "workshop" and not (self.women or 0) + (self.men or 0):
            raise FieldsRefused(
                "workshop-without-participants", "A workshop needs participants.", "women", "men"
            )
        if self.method == "waiver" and not (self.reason and self.approved_by):
            raise FieldsRefused(
                "waiver-without-reason",
                "A waiver needs a reason and who approved it.",
                "reason",
                "approved_by",
            )
        return self


class ReferralCoverage(RecordBody):
    """To how many respondents referral information was given (E-05)."""

    interviews: int = Field(
        ge=1, le=10_000_000, description="Complete and partial interviews.", examples=[2280]
    )
    missing: int = Field(
        ge=0, le=10_000_000, description="Of them, without `refer_given`.", examples=[12]
    )

    @model_validator(mode="after")
    def _possible(self) -> "ReferralCoverage":
        if self.missing > self.interviews:
            raise FieldsRefused(
                "more-missing-than-interviews",
                "More are missing than there are interviews.",
                "missing",
                "interviews",
            )
        return self


class ActionPlan(RecordBody):
    """The plan that follows from the recommendations."""

    reference: Reference = Field(description="Its number.", examples=["AP-2026"])
    adopted_on: date = Field(description="When.", examples=["2026-11-01"])


class Retention(RecordBody):
    """The certificate that the retention schedule was carried out (R-01)."""

    certificate: Reference = Field(description="Its number.", examples=["RET-2028-1"])
    completed_on: date = Field(description="When.", examples=["2028-06-30"])


RECORD_KINDS: dict[str, type[RecordBody]] = {
    "mandate": Mandate,
    "controller": Controller,
    "themes": Themes,
    "ethics": Ethics,
    "dpia": Dpia,
    "referral_directory": ReferralDirectory,
    "pilot": Pilot,
    "processing": Processing,
    "release": Release,
    "validation": Validation,
    "referral_coverage": ReferralCoverage,
    "action_plan": ActionPlan,
    "retention": Retention,
}


class RecordView(BaseModel):
    """One revision of a record."""

    kind: str = Field(description="Which record.", examples=["ethics"])
    revision: int = Field(description="Counts from 1; the highest holds.", examples=[1])
    value: dict[str, Any] = Field(description="Its fields.")
    synthetic: bool = Field(description="Part of a demonstration.", examples=[False])
    at: datetime = Field(description="When it was recorded.")
    actor: str = Field(description="Who recorded it, as kind:id.")

    @classmethod
    def of(cls, record: Record) -> "RecordView":
        """The view of a stored record."""
        return cls(**{name: getattr(record, name) for name in cls.model_fields})
