"""Invite a hub by a one-time code, and enrol it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.ids import uuid7
from usga_shared.problems import ErrorItem, InvalidRequest

from usga_assessment.domain.access.enrolment import hash_code, make_code
from usga_assessment.domain.hub.hub import Hub, HubCode
from usga_assessment.domain.sync.receipt import read_jwk
from usga_assessment.operations.enrolment import Credentials, claim, issue_token


class Codes(Protocol):
    """What an invitation needs of the storage."""

    async def add_code(self, code: HubCode, code_hash: bytes) -> None: ...


class Hubs(Protocol):
    """What an enrolment needs of the storage of hubs."""

    async def claim_code(self, code_hash: bytes, now: datetime) -> HubCode | None: ...

    async def add(self, hub: Hub) -> None: ...


@dataclass(frozen=True, slots=True)
class EnrolledHub:
    """A new hub and its token, which is shown once."""

    hub: Hub
    token: str


async def invite_hub(
    codes: Codes,
    *,
    assessments: Sequence[str],
    devices: Sequence[UUID] | None,
    label: str,
    by: str,
    now: datetime,
    life: timedelta,
) -> tuple[str, HubCode]:
    """Make a one-time code for one hub; the code itself is returned, never kept."""
    code = make_code(secrets.choice)
    invitation = HubCode(
        id=uuid7(now),
        label=label,
        assessments=tuple(sorted(set(assessments))),
        devices=None if devices is None else frozenset(devices),
        made_by=by,
        made_at=now,
        expires_at=now + life,
    )
    await codes.add_code(invitation, hash_code(code))
    return code, invitation


async def enrol_hub(
    hubs: Hubs,
    credentials: Credentials,
    *,
    code: str,
    name: str,
    key: dict[str, str],
    now: datetime,
) -> EnrolledHub:
    """Use a code up and hand out a hub's token.

    Raises InvalidRequest for a key that is none, before the code is used, EnrolmentCodeRefused.
    """
    key = _checked_key(key)
    invitation = await claim(hubs, code, now)
    hub = Hub(
        id=uuid7(now),
        name=name or invitation.label,
        key=key,
        assessments=invitation.assessments,
        devices=invitation.devices,
        enrolled_at=now,
    )
    await hubs.add(hub)
    token = await issue_token(
        credentials,
        ActorKind.HUB,
        hub.id,
        name=hub.name,
        by=invitation.made_by,
        grants=dict.fromkeys(hub.assessments, Role.HUB),
        now=now,
    )
    return EnrolledHub(hub, token)


_MEMBERS = ("kty", "crv", "x", "y", "kid", "use", "alg")
_LONGEST = 80


def _checked_key(key: dict[str, str]) -> dict[str, str]:
    """What tablets are told of it: a public P-256 key, and nothing that stands beside it."""
    try:
        public: ec.EllipticCurvePublicKey = read_jwk(key)
    except (ValueError, KeyError):
        public_ok = False
    else:
        public_ok = public.key_size == 256  # noqa: PLR2004
    if not public_ok:
        raise InvalidRequest(errors=[ErrorItem("/key", "not-a-key", "It is no P-256 public JWK.")])
    return {name: key[name][:_LONGEST] for name in _MEMBERS if name in key}
