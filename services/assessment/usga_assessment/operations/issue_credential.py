"""Hand out personal access tokens and API keys."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import ClassVar, Protocol

from usga_shared.auth.actors import Actor, ActorKind, Role
from usga_shared.auth.credentials import TokenKind, hash_token, make_token
from usga_shared.ids import uuid7
from usga_shared.problems import Forbidden, NotFound, Problem

from usga_assessment.domain.access.credential import LONGEST_KEY_LIFE, Credential
from usga_assessment.domain.access.policy import Policy

_PREFIX = {ActorKind.API_KEY: TokenKind.API_KEY, ActorKind.PERSON: TokenKind.PERSONAL}
KEY_ROLES = frozenset({Role.PARTNER, Role.ANALYST})
"""What a program may be. People and tablets have credentials of their own kinds; a statistician's
rights are given on the command line alone, because nobody who makes keys has them."""


class KeyLifeTooLong(Problem):
    """An API key must expire within `days` days."""

    slug: ClassVar[str] = "key-life-too-long"
    title: ClassVar[str] = "The key would live too long"
    status: ClassVar[int] = 422


class Credentials(Protocol):
    """What issuing needs of the storage."""

    async def add(self, credential: Credential, token_hash: bytes) -> None: ...


async def issue_credential(
    credentials: Credentials,
    *,
    kind: ActorKind,
    name: str,
    grants: Mapping[str, frozenset[Role]],
    by: str,
    now: datetime,
    expires_at: datetime | None,
) -> tuple[str, Credential]:
    """Make a token; it is returned once, only its hash is kept.

    Raises KeyLifeTooLong for an API key that would live longer than 90 days.
    """
    if kind is ActorKind.API_KEY and (expires_at is None or expires_at > now + LONGEST_KEY_LIFE):
        raise KeyLifeTooLong(days=LONGEST_KEY_LIFE.days)
    made = uuid7(now)
    credential = Credential(
        id=made,
        kind=kind,
        name=name,
        subject=str(made),
        created_at=now,
        created_by=by,
        expires_at=expires_at.astimezone(UTC) if expires_at else None,
        grants=dict(grants),
    )
    token = make_token(_PREFIX[kind])
    await credentials.add(credential, hash_token(token))
    return token, credential


def key_grants(
    policy: Policy, actor: Actor, *, assessments: Iterable[str], role: Role
) -> dict[str, frozenset[Role]]:
    """The grants of a key that the actor may hand out.

    Raises NotFound for an assessment that the actor does not see, Forbidden where the actor may
    not make keys, may itself not do or read what the role may, or the role is none for a program.
    """
    scope, seen = policy.scope(actor, "key.edit"), policy.scope(actor, "assessment.read")
    for code in assessments:
        if not scope.covers(code):
            refusal = Forbidden.except_for(policy.actions["key.edit"])
            raise refusal if seen.covers(code) else NotFound
        if role not in KEY_ROLES:
            raise Forbidden
        if not policy.has_all_of(actor, role, code):
            raise Forbidden.except_for(policy.covering(role, "key.edit"))
    return {code: frozenset({role}) for code in assessments}
