"""What the API takes and shows of hubs."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field
from usga_shared.wire.sync import AssessmentCode

from usga_assessment.domain.hub.hub import Hub, Load
from usga_assessment.schemas.base import Body, Label


class HubInvitation(Body):
    """Ask for a one-time code that enrols one hub."""

    assessments: list[AssessmentCode] = Field(
        min_length=1, max_length=100, description="What it may carry for."
    )
    devices: list[UUID] | None = Field(
        None,
        max_length=1000,
        description="The only tablets that it may carry; without a list all of its assessments.",
    )
    label: Label = Field(
        description="A label for people; no person's name.", examples=["laptop Mathare north"]
    )
    valid_hours: int = Field(72, ge=1, le=720, description="How long the code waits.")


class HubInvitationView(BaseModel):
    """A code for the hub's settings; it is shown once."""

    id: UUID = Field(description="Identifier of the invitation.")
    code: str = Field(description="The one-time code.", examples=["7K3M-Q9TX-2HVN"])
    assessments: list[AssessmentCode] = Field(description="What it may carry for.")
    label: str = Field(description="Label of the hub to be.", examples=["laptop Mathare north"])
    expires_at: datetime = Field(description="The code is refused from then on.")


class HubLoad(BaseModel):
    """What a hub brought so far."""

    parcels: int = Field(description="Batches of tablets.")
    interviews: int = Field(description="Interviews in them, each time that they came.")
    last_at: datetime = Field(description="When the last one came.")


class HubReportView(BaseModel):
    """What a hub told last of what it holds, when it met the centre."""

    at: datetime = Field(description="When it told so.")
    batches_waiting: int = Field(description="Batches of interviews that wait at it.")
    files_coming: int = Field(description="Files that tablets have begun to give to it.")
    files_waiting: int = Field(description="Whole files that wait at it.")
    files_handed_on: int = Field(description="Files that it handed on, of the last 90 days.")
    file_bytes: int = Field(description="Bytes of files that are there, or promised room.")


class HubView(BaseModel):
    """A hub; never its token."""

    id: UUID = Field(description="Identifier of the hub.")
    name: str = Field(description="Label for people.", examples=["laptop Mathare north"])
    assessments: list[AssessmentCode] = Field(description="What it may carry for.")
    devices: list[UUID] | None = Field(description="The only tablets that it may carry, if any.")
    enrolled_at: datetime = Field(description="When it was enrolled.")
    revoked_at: datetime | None = Field(description="When its token was revoked.")
    seen_at: datetime | None = Field(description="When it was here last.")
    brought: HubLoad | None = Field(description="What it brought; null for nothing yet.")
    report: HubReportView | None = Field(
        description="What it says of itself; null before it said anything."
    )

    @classmethod
    def of(cls, hub: Hub, load: Load | None) -> "HubView":
        """The view of a stored hub."""
        names = cls.model_fields.keys() - {"brought", "devices", "assessments", "report"}
        told = None if hub.report is None else HubReportView(**asdict(hub.report))
        brought = None
        if load is not None:
            brought = HubLoad(
                parcels=load.parcels, interviews=load.interviews, last_at=load.last_at
            )
        return cls(
            **{name: getattr(hub, name) for name in names},
            assessments=list(hub.assessments),
            devices=None if hub.devices is None else sorted(hub.devices),
            brought=brought,
            report=told,
        )


class HubPage(BaseModel):
    """Every hub of the caller's assessments; they are few."""

    items: list[HubView]
