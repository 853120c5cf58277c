"""Invite a tablet by a one-time code, and enrol it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from usga_shared.auth.actors import ActorKind, Role
from usga_shared.ids import uuid7
from usga_shared.problems import ErrorItem, InvalidRequest

from usga_assessment.domain.access.credential import Device, EnrolmentCode
from usga_assessment.domain.access.enrolment import hash_code, make_code
from usga_assessment.domain.sampling.case import Case
from usga_assessment.operations.enrolment import Credentials, claim, issue_token
from usga_assessment.operations.work_cases import OwnPsu


class Codes(Protocol):
    """What an invitation needs of the storage."""

    async def add_code(self, code: EnrolmentCode, code_hash: bytes) -> None: ...


class Devices(Protocol):
    """What an enrolment needs of the storage of devices."""

    async def claim_code(self, code_hash: bytes, now: datetime) -> EnrolmentCode | None: ...

    async def add(self, device: Device) -> None: ...


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new device and its token, which is shown once."""

    device: Device
    token: str


async def invite_device(
    codes: Codes,
    *,
    assessment: str,
    label: str,
    by: str,
    now: datetime,
    life: timedelta,
    home_psu: str | None = None,
    certified: bool = True,
) -> tuple[str, EnrolmentCode]:
    """Make a one-time code for one tablet; the code itself is returned, never kept."""
    code = make_code(secrets.choice)
    invitation = EnrolmentCode(
        id=uuid7(now),
        assessment=assessment,
        label=label,
        made_by=by,
        made_at=now,
        expires_at=now + life,
        home_psu=home_psu,
        certified=certified,
    )
    await codes.add_code(invitation, hash_code(code))
    return code, invitation


async def enrol_device(
    devices: Devices,
    credentials: Credentials,
    *,
    code: str,
    install: UUID,
    name: str,
    now: datetime,
) -> Enrolled:
    """Use a code up and hand out a device token. Raises EnrolmentCodeRefused."""
    invitation = await claim(devices, code, now)
    device = Device(
        id=uuid7(now),
        assessment=invitation.assessment,
        install=install,
        name=name or invitation.label,
        enrolled_at=now,
        home_psu=invitation.home_psu,
        certified=invitation.certified,
    )
    await devices.add(device)
    token = await issue_token(
        credentials,
        ActorKind.DEVICE,
        device.id,
        name=device.name,
        by=invitation.made_by,
        grants={device.assessment: Role.ENUMERATOR},
        now=now,
    )
    return Enrolled(device, token)


class Psus(Protocol):
    """What an invitation needs of the storage of samples."""

    async def lacks(self, assessment: str, psu: str) -> bool: ...


async def check_psu(psus: Psus, assessment: str, home_psu: str | None) -> None:
    """Raise InvalidRequest for a home that no PSU of the sample is: nobody would be kept from it.

    Before a sample is loaded any home is taken.
    """
    if home_psu is not None and await psus.lacks(assessment, home_psu):
        error = ErrorItem("/home_psu", "unknown-psu", "The sample has no such PSU.")
        raise InvalidRequest(errors=[error])


class AssignedCases(Protocol):
    """What a change of a device needs of the storage of cases."""

    async def assigned_to(self, device_id: UUID) -> list[Case]: ...


async def check_home(cases: AssignedCases, device: Device, home_psu: str | None) -> None:
    """Raise OwnPsu when the device has cases where its interviewer is said to live (E-08)."""
    own = [
        case.case_id
        for case in await cases.assigned_to(device.id)
        if home_psu is not None and case.design.psu == home_psu
    ]
    if own:
        raise OwnPsu(cases=own)
