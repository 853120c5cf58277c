"""What the API takes and shows of assessments."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator
from usga_shared.wire.refused import FieldsRefused
from usga_shared.wire.sync import AssessmentCode

from usga_assessment.domain.assessment.assessment import Assessment, Move
from usga_assessment.domain.assessment.states import State
from usga_assessment.domain.assessment.wording import ONE_LINE
from usga_assessment.schemas.base import Body, Edit, Language, Text, Title

City = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, strip_whitespace=True, pattern=ONE_LINE),
]
Currency = Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")]


class NewAssessment(Body):
    """An assessment to be made; it begins as a draft."""

    code: AssessmentCode = Field(description="Country, place and year; never changes.")
    title: Title = Field(description="Title by language.")
    city: City = Field(description="The city, or the area of the city.", examples=["Nairobi"])
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.", examples=["KE"])
    variant: Literal["full", "rapid"] = Field(
        "full", description="The rapid variant is for emergencies.", examples=["full"]
    )
    synthetic: bool = Field(
        default=False, description="Demonstration data: every output will say so. Never changes."
    )
    probability_sample: bool = Field(
        default=True,
        description="False: estimates get no interval and no population wording (Q-03).",
    )
    require_approved: bool = Field(
        default=False, description="Only interviews that a supervisor approved enter estimates."
    )
    languages: list[Language] = Field(
        ["en"], min_length=1, max_length=20, description="Of fieldwork.", examples=[["en", "sw"]]
    )
    currency: Currency = Field("", description="ISO 4217, or empty.", examples=["KES"])
    age_floor: int = Field(18, ge=15, le=18, description="Youngest respondent, in years (E-09).")
    fieldwork_from: date | None = Field(None, description="First day.", examples=["2026-02-02"])
    fieldwork_to: date | None = Field(None, description="Last day.", examples=["2026-07-31"])

    @model_validator(mode="after")
    def _consistent(self) -> "NewAssessment":
        if self.code[:2] != self.country:
            raise FieldsRefused(
                "another-country", "The code begins with another country.", "code", "country"
            )
        if self.fieldwork_from and self.fieldwork_to and self.fieldwork_to < self.fieldwork_from:
            raise FieldsRefused(
                "ends-before-it-begins",
                "Fieldwork ends before it begins.",
                "fieldwork_from",
                "fieldwork_to",
            )
        return self


class AssessmentEdit(Edit):
    """Change an assessment; what is not given stays. Send `If-Match`."""

    nullable: ClassVar[frozenset[str]] = frozenset({"fieldwork_from", "fieldwork_to"})

    title: Title | None = Field(None, description="Title by language.")
    city: City | None = Field(None, description="The city.", examples=["Nairobi"])
    probability_sample: bool | None = Field(None, description="See creation.")
    require_approved: bool | None = Field(None, description="See creation.")
    languages: list[Language] | None = Field(
        None, min_length=1, max_length=20, description="Of fieldwork.", examples=[["en", "sw"]]
    )
    currency: Currency | None = Field(None, description="ISO 4217.", examples=["KES"])
    age_floor: int | None = Field(None, ge=15, le=18, description="Youngest respondent.")
    fieldwork_from: date | None = Field(None, description="First day.")
    fieldwork_to: date | None = Field(None, description="Last day.")


class AssessmentView(BaseModel):
    """An assessment."""

    code: AssessmentCode = Field(description="Country, place and year.")
    title: dict[str, str] = Field(
        description="Title by language.", examples=[{"en": "Safety in Mathare"}]
    )
    city: str = Field(description="The city.", examples=["Nairobi"])
    country: str = Field(description="ISO 3166-1 alpha-2.", examples=["KE"])
    variant: str = Field(description="full or rapid.", examples=["full"])
    state: State = Field(description="Where it stands.", examples=["collecting"])
    synthetic: bool = Field(description="Demonstration data.")
    probability_sample: bool = Field(description="Whether estimates get intervals.")
    require_approved: bool = Field(description="Only approved interviews enter estimates.")
    languages: list[str] = Field(description="Of fieldwork.", examples=[["en", "sw"]])
    currency: str = Field(description="ISO 4217, or empty.", examples=["KES"])
    age_floor: int = Field(description="Youngest respondent, in years.", examples=[18])
    fieldwork_from: date | None = Field(description="First day.")
    fieldwork_to: date | None = Field(description="Last day.")
    version: int = Field(description="Grows with every change; the ETag.", examples=[3])
    created_at: datetime = Field(description="When it was made.")
    updated_at: datetime = Field(description="When it was last changed.")

    @classmethod
    def of(cls, assessment: Assessment) -> "AssessmentView":
        """The view of a stored assessment."""
        values = {name: getattr(assessment, name) for name in cls.model_fields}
        return cls(**values | {"languages": list(assessment.languages)})


class Transition(Body):
    """Move an assessment to its next state."""

    to: State = Field(description="The state to reach; the next in order.", examples=["scoped"])
    note: Text = Field(
        "", max_length=1000, description="Why, for the log. No names of respondents."
    )


class MoveView(BaseModel):
    """One entry of the log of moves."""

    id: UUID = Field(description="Identifier of the entry.")
    from_state: State = Field(description="Before.", examples=["draft"])
    to_state: State = Field(description="After.", examples=["scoped"])
    at: datetime = Field(description="When.")
    actor: str = Field(description="Who, as kind:id.")
    note: str = Field(description="Why.", examples=["agreed by the steering committee"])

    @classmethod
    def of(cls, move: Move) -> "MoveView":
        """The view of a logged move."""
        return cls(**{name: getattr(move, name) for name in cls.model_fields})
