"""What the API takes and shows of credentials and devices."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field
from usga_shared.auth.actors import Actor, Role
from usga_shared.wire.sync import AssessmentCode, SequencePicture

from usga_assessment.domain.access.clients import MinimumClients
from usga_assessment.domain.access.credential import Credential, Device
from usga_assessment.domain.access.enrolment import MOST_HOURS
from usga_assessment.domain.access.report import DeviceReport
from usga_assessment.schemas.base import Body, Edit, Key, Label


class Me(BaseModel):
    """Who the shown credential belongs to."""

    kind: str = Field(description="device, api_key or person.", examples=["device"])
    id: str = Field(description="The actor's id, as logs name it.")
    roles: dict[str, list[Role]] = Field(
        description="Roles by assessment code; `*` holds everywhere.",
        examples=[{"KE-MATHARE-2026": ["supervisor"]}],
    )

    @classmethod
    def of(cls, actor: Actor) -> "Me":
        """The view of a caller."""
        return cls(
            kind=actor.kind.value,
            id=actor.id,
            roles={code: sorted(roles) for code, roles in sorted(actor.grants.items())},
        )


class Invitation(Body):
    """Ask for a one-time code that enrols one tablet."""

    assessment: AssessmentCode = Field(description="The assessment that it collects for.")
    label: Label = Field(
        description="A label for supervisors; no person's name.", examples=["tablet 07"]
    )
    home_psu: Key | None = Field(
        None,
        description="Where the interviewer lives: no case of this PSU is ever assigned (E-08).",
        examples=["MAT-03-11"],
    )
    certified: bool = Field(
        default=True,
        description="The interviewer has finished training and consent certification.",
    )
    valid_hours: int = Field(72, ge=1, le=MOST_HOURS, description="How long the code waits.")


class InvitationView(BaseModel):
    """A code to type or scan on the tablet; it is shown once."""

    id: UUID = Field(description="Identifier of the invitation.")
    code: str = Field(description="The one-time code.", examples=["7K3M-Q9TX-2HVN"])
    assessment: AssessmentCode = Field(description="The assessment that it collects for.")
    label: str = Field(description="Label of the tablet to be.", examples=["tablet 07"])
    expires_at: datetime = Field(description="The code is refused from then on.")
    qr: str = Field(
        description="What a QR code for the tablet shows.",
        examples=["USGA1 HTTPS://USGA.EXAMPLE 7K3M-Q9TX-2HVN"],
    )


class DeviceReportView(BaseModel):
    """What a tablet told of itself with its last sync."""

    at: datetime = Field(description="When it was here.")
    client: str = Field(description="Its app and version.", examples=["usga-tablet/0.1.0"])
    outdated: bool = Field(
        description="Too old a version: it gets no new work (USGA_ASSESSMENT_MINIMUM_CLIENTS)."
    )
    unsent: int | None = Field(description="Interviews that it had not sent.", examples=[0])
    clock_skew: float | None = Field(
        description="Seconds by which its clock was ahead.", examples=[-3]
    )


class CarriedView(BaseModel):
    """That a hub brought something of this tablet."""

    hub: UUID = Field(description="Which hub did so last.")
    at: datetime = Field(description="When it did.")


class DeviceView(BaseModel):
    """A tablet of an assessment; never its token."""

    id: UUID = Field(description="Identifier of the device.")
    assessment: AssessmentCode = Field(description="The assessment that it collects for.")
    install: UUID = Field(description="Made when the app was installed.")
    name: str = Field(description="Label for supervisors.", examples=["tablet 07"])
    enrolled_at: datetime = Field(description="When it was enrolled.")
    revoked_at: datetime | None = Field(description="When its token was revoked.")
    wipe: bool = Field(description="The device erases itself at its next contact.")
    home_psu: str | None = Field(description="Home PSU of its interviewer.", examples=[None])
    certified: bool = Field(description="Its interviewer is certified.")
    report: DeviceReportView | None = Field(
        None, description="In the list of tablets: what it told with its last sync."
    )
    held: SequencePicture | None = Field(
        None, description="In the list of tablets: what is held of its install, and what is not."
    )
    carried: CarriedView | None = Field(
        None, description="In the list of tablets: which hub carried for it last, if one did."
    )

    @classmethod
    def of(
        cls,
        device: Device,
        report: DeviceReport | None = None,
        held: SequencePicture | None = None,
        *,
        minimum: MinimumClients | None = None,
        carried: tuple[UUID, datetime] | None = None,
    ) -> "DeviceView":
        """The view of a stored device."""
        names = cls.model_fields.keys() - {"report", "held", "carried"}
        told = None
        if report is not None:
            told = DeviceReportView(
                at=report.at,
                client=report.client,
                outdated=minimum is not None and minimum.missed_by(report.client) is not None,
                unsent=report.unsent,
                clock_skew=report.clock_skew,
            )
        return cls(
            **{name: getattr(device, name) for name in names},
            report=told,
            held=held,
            carried=CarriedView(hub=carried[0], at=carried[1]) if carried else None,
        )


class DeviceEdit(Edit):
    """Change a device; what is not given stays."""

    nullable: ClassVar[frozenset[str]] = frozenset({"home_psu"})

    name: Label | None = Field(None, description="Label for supervisors.", examples=["tablet 7"])
    home_psu: Key | None = Field(None, description="Home PSU of its interviewer.")
    certified: bool | None = Field(None, description="Its interviewer is certified.")
    wipe: bool | None = Field(
        None, description="Ask the device to erase itself at its next sync, then revoke it."
    )


class Revocation(Body):
    """Revoke a device's token, at once."""

    wipe: bool = Field(default=False, description="Also erase the tablet: its next 401 says so.")


class KeyRequest(Body):
    """Ask for an API key of a partner system."""

    name: Label = Field(description="The system that will hold it.", examples=["county-gis"])
    assessments: list[AssessmentCode] = Field(
        min_length=1, max_length=100, description="Where the key's role holds."
    )
    role: Role = Field(
        Role.PARTNER,
        description="partner or analyst; never more than the maker may.",
        examples=["partner"],
    )
    expires_at: AwareDatetime = Field(description="At most 90 days from now.")


class KeyView(BaseModel):
    """An API key; never the key itself."""

    id: UUID = Field(description="Identifier of the key.")
    name: str = Field(description="The system that holds it.", examples=["county-gis"])
    roles: dict[str, list[Role]] = Field(description="Roles by assessment code.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime | None = Field(description="When it ends by itself.")
    revoked_at: datetime | None = Field(description="When it was revoked.")
    last_used_on: date | None = Field(description="Day of last use (UTC).")

    @classmethod
    def of(cls, key: Credential) -> "KeyView":
        """The view of a stored key."""
        plain = {n: getattr(key, n) for n in cls.model_fields if n not in ("roles", "key")}
        return cls(roles={c: sorted(r) for c, r in sorted(key.grants.items())}, **plain)


class NewKey(KeyView):
    """A key as it is shown once, right after it was made."""

    key: str = Field("", description="Send as `X-API-Key`; it cannot be read again.")
