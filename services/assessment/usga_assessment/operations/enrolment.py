"""What enrolling a tablet and enrolling a hub have in common: codes used up, credentials."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import ClassVar, Protocol, TypeVar
from uuid import UUID

from usga_shared.auth.actors import ActorKind, Role
from usga_shared.auth.credentials import TokenKind, hash_token, make_token
from usga_shared.ids import uuid7
from usga_shared.problems import Problem, TooManyRequests

from usga_assessment.domain.access.credential import Credential
from usga_assessment.domain.access.enrolment import hash_caller, hash_code

Invitation_co = TypeVar("Invitation_co", covariant=True)


class EnrolmentCodeRefused(Problem):
    """The code is unknown, used or expired; which of them is not said."""

    slug: ClassVar[str] = "enrolment-code-refused"
    title: ClassVar[str] = "The enrolment code is not accepted"
    status: ClassVar[int] = 403


class Claims(Protocol[Invitation_co]):
    """Where one-time codes are used up."""

    async def claim_code(self, code_hash: bytes, now: datetime) -> Invitation_co | None: ...


class Attempts(Protocol):
    """Where wrong codes are counted."""

    async def failed(self, caller: bytes, now: datetime) -> bool: ...


class Credentials(Protocol):
    """What an enrolment needs of the storage of credentials."""

    async def add(self, credential: Credential, token_hash: bytes) -> None: ...


async def claim(claims: Claims[Invitation_co], code: str, now: datetime) -> Invitation_co:
    """Use a code up; raises EnrolmentCodeRefused."""
    invitation = await claims.claim_code(hash_code(code), now)
    if invitation is None:
        raise EnrolmentCodeRefused
    return invitation


async def issue_token(
    credentials: Credentials,
    kind: ActorKind,
    subject: UUID,
    *,
    name: str,
    by: str,
    grants: Mapping[str, Role],
    now: datetime,
) -> str:
    """The token of who was enrolled, which never expires and is shown once."""
    token = make_token(_TOKENS[kind])
    credential = Credential(
        id=uuid7(now),
        kind=kind,
        name=name,
        subject=str(subject),
        created_at=now,
        created_by=by,
        expires_at=None,
        grants={code: frozenset({role}) for code, role in grants.items()},
    )
    await credentials.add(credential, hash_token(token))
    return token


_TOKENS = {ActorKind.DEVICE: TokenKind.DEVICE, ActorKind.HUB: TokenKind.HUB}


@asynccontextmanager
async def guarded(attempts: Attempts, caller: str, now: datetime) -> AsyncIterator[None]:
    """Count wrong codes of a caller; from the eleventh in a minute TooManyRequests (ADR-0024).

    What is guarded is to have its transaction inside: it is over when the attempt is noted.
    """
    try:
        yield
    except EnrolmentCodeRefused:
        if await attempts.failed(hash_caller(caller), now):
            raise TooManyRequests(headers={"Retry-After": "60"}) from None
        raise
