"""Credentials in the database: hashes, never tokens."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.auth.actors import ActorKind, Role

from usga_assessment.domain.access.credential import Credential
from usga_assessment.domain.access.policy import Scope
from usga_assessment.storage.scoping import within
from usga_assessment.storage.tables.field import CredentialGrantRow, CredentialRow


class Credentials:
    """Tokens that were handed out, with the roles they carry."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, credential: Credential, token_hash: bytes) -> None:
        """Keep a new credential and its grants."""
        await self._session.exec(
            insert(CredentialRow).values(
                id=credential.id,
                kind=credential.kind.value,
                token_hash=token_hash,
                name=credential.name,
                subject=credential.subject,
                created_at=credential.created_at,
                created_by=credential.created_by,
                expires_at=credential.expires_at,
            )
        )
        grants = [
            {"credential_id": credential.id, "assessment": code, "role": role.value}
            for code, roles in credential.grants.items()
            for role in sorted(roles)
        ]
        if grants:
            await self._session.exec(insert(CredentialGrantRow), params=grants)

    async def by_token_hashes(self, hashes: Iterable[bytes]) -> dict[bytes, Credential]:
        """The credentials of these tokens, also those that are no longer active."""
        found = await self._session.exec(
            select(CredentialRow).where(col(CredentialRow.token_hash).in_(list(hashes)))
        )
        rows = found.all()
        credentials = await self._with_grants(rows)
        return {row.token_hash: each for row, each in zip(rows, credentials, strict=True)}

    async def people(self) -> list[Credential]:
        """Every personal access token, oldest first, the ended ones too."""
        found = await self._session.exec(
            select(CredentialRow)
            .where(col(CredentialRow.kind) == ActorKind.PERSON.value)
            .order_by(col(CredentialRow.created_at), col(CredentialRow.id))
        )
        return await self._with_grants(found.all())

    async def keys(
        self, scope: Scope, *, limit: int, after: UUID | None = None
    ) -> list[Credential]:
        """API keys of the assessments in scope, oldest first."""
        granted = select(CredentialGrantRow.credential_id).where(
            within(col(CredentialGrantRow.assessment), scope)
        )
        statement = (
            select(CredentialRow)
            .where(col(CredentialRow.kind) == ActorKind.API_KEY.value)
            .where(col(CredentialRow.id).in_(granted))
            .order_by(col(CredentialRow.id))
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(col(CredentialRow.id) > after)
        return await self._with_grants((await self._session.exec(statement)).all())

    async def key(self, key: UUID, scope: Scope) -> Credential | None:
        """One API key, if its assessments are in scope."""
        granted = select(CredentialGrantRow.credential_id).where(
            within(col(CredentialGrantRow.assessment), scope)
        )
        found = await self._session.exec(
            select(CredentialRow)
            .where(col(CredentialRow.id) == key)
            .where(col(CredentialRow.kind) == ActorKind.API_KEY.value)
            .where(col(CredentialRow.id).in_(granted))
        )
        return next(iter(await self._with_grants(found.all())), None)

    async def revoke(self, *, subject: str, at: datetime) -> int:
        """Revoke every active credential of an actor; how many that were."""
        ended = await self._session.exec(
            update(CredentialRow)
            .where(col(CredentialRow.subject) == subject)
            .where(col(CredentialRow.revoked_at).is_(None))
            .values(revoked_at=at)
        )
        return int(ended.rowcount)

    async def note_used(self, credentials: Iterable[UUID], day: date) -> None:
        """Remember the day (no finer) on which credentials were last used."""
        await self._session.exec(
            update(CredentialRow)
            .where(col(CredentialRow.id).in_(list(credentials)))
            .values(last_used_on=day)
        )

    async def _with_grants(self, rows: Iterable[CredentialRow]) -> list[Credential]:
        rows = list(rows)
        if not rows:
            return []
        granted = await self._session.exec(
            select(CredentialGrantRow).where(
                col(CredentialGrantRow.credential_id).in_([row.id for row in rows])
            )
        )
        grants: dict[UUID, dict[str, set[Role]]] = defaultdict(lambda: defaultdict(set))
        for grant in granted:
            grants[grant.credential_id][grant.assessment].add(Role(grant.role))
        return [_credential(row, grants[row.id]) for row in rows]


def _credential(row: CredentialRow, grants: dict[str, set[Role]]) -> Credential:
    return Credential(
        id=row.id,
        kind=ActorKind(row.kind),
        name=row.name,
        subject=row.subject,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_on=row.last_used_on,
        grants={code: frozenset(roles) for code, roles in grants.items()},
    )
