"""Invite a tablet by a one-time code, and enrol it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol
from uuid import UUID

from usga_shared.auth.actors import ActorKind, Role
from usga_shared.auth.credentials import TokenKind, hash_token, make_token
from usga_shared.ids import uuid7
from usga_shared.problems import Problem

from usga_assessment.domain.access.credential import Credential, Device, EnrolmentCode
from usga_assessment.domain.access.enrolment import hash_code, make_code
from usga_assessment.domain.sampling.case import Case
from usga_assessment.operations.work_cases import OwnPsu


class EnrolmentCodeRefused(Problem):
    """The code is unknown, used or expired; which of them is not said."""

    slug: ClassVar[str] = "enrolment-code-refused"
    title: ClassVar[str] = "The enrolment code is not accepted"
    status: ClassVar[int] = 403


class Codes(Protocol):
    """What an invitation needs of the storage."""

    async def add_code(self, code: EnrolmentCode, code_hash: bytes) -> None: ...


class Devices(Protocol):
    """What an enrolment needs of the storage of devices."""

    async def claim_code(self, code_hash: bytes, now: datetime) -> EnrolmentCode | None: ...

    async def add(self, device: Device) -> None: ...


class Credentials(Protocol):
    """What an enrolment needs of the storage of credentials."""

    async def add(self, credential: Credential, token_hash: bytes) -> None: ...


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
    invitation = await devices.claim_code(hash_code(code), now)
    if invitation is None:
        raise EnrolmentCodeRefused
    device = Device(
        id=uuid7(now),
        assessment=invitation.assessment,
        install=install,
        name=name or invitation.label,
        enrolled_at=now,
        home_psu=invitation.home_psu,
        certified=invitation.certified,
    )
    token = make_token(TokenKind.DEVICE)
    credential = Credential(
        id=uuid7(now),
        kind=ActorKind.DEVICE,
        name=device.name,
        subject=str(device.id),
        created_at=now,
        created_by=invitation.made_by,
        expires_at=None,
        grants={device.assessment: frozenset({Role.ENUMERATOR})},
    )
    await devices.add(device)
    await credentials.add(credential, hash_token(token))
    return Enrolled(device, token)


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
