"""The centre's register of hubs: codes, hubs, what each brought."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.hub.hub import Delivery, Hub, HubCode, HubReport, Load
from usga_assessment.storage.tables.hub import HubCodeRow, HubDeliveryRow, HubRow


class Hubs:
    """Through one session; hubs are few."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_code(self, code: HubCode, code_hash: bytes) -> None:
        """Keep a new enrolment code."""
        await self._session.exec(
            insert(HubCodeRow).values(
                id=code.id,
                code_hash=code_hash,
                label=code.label,
                assessments=list(code.assessments),
                devices=_texts(code.devices),
                made_by=code.made_by,
                made_at=code.made_at,
                expires_at=code.expires_at,
            )
        )

    async def claim_code(self, code_hash: bytes, now: datetime) -> HubCode | None:
        """Use a code up; None when it is unknown, expired or used: exactly one caller wins."""
        claimed = await self._session.exec(
            update(HubCodeRow)
            .where(col(HubCodeRow.code_hash) == code_hash)
            .where(col(HubCodeRow.used_at).is_(None))
            .where(col(HubCodeRow.expires_at) > now)
            .values(used_at=now)
            .returning(HubCodeRow)
        )
        row = claimed.scalar_one_or_none()
        if row is None:
            return None
        return HubCode(
            id=row.id,
            label=row.label,
            assessments=tuple(row.assessments),
            devices=_uuids(row.devices),
            made_by=row.made_by,
            made_at=row.made_at,
            expires_at=row.expires_at,
        )

    async def add(self, hub: Hub) -> None:
        """Keep a new hub."""
        await self._session.exec(
            insert(HubRow).values(
                id=hub.id,
                name=hub.name,
                key=hub.key,
                assessments=list(hub.assessments),
                devices=_texts(hub.devices),
                enrolled_at=hub.enrolled_at,
            )
        )

    async def get(self, hub: UUID) -> Hub | None:
        """One hub."""
        row = (await self._session.exec(select(HubRow).where(col(HubRow.id) == hub))).first()
        return None if row is None else _hub(row)

    async def seen_by(self, scope: Scope) -> list[Hub]:
        """Hubs that carry for assessments of the scope alone, in the order of their enrolment."""
        rows = await self._session.exec(select(HubRow).order_by(col(HubRow.id)))
        hubs = [_hub(row) for row in rows]
        return [hub for hub in hubs if all(scope.covers(code) for code in hub.assessments)]

    async def revoked_for(self, assessment: str) -> list[UUID]:
        """Hubs that carried for an assessment and were revoked."""
        rows = await self._session.exec(
            select(HubRow).where(col(HubRow.revoked_at).is_not(None)).order_by(col(HubRow.id))
        )
        return [row.id for row in rows if assessment in row.assessments]

    async def change(self, hub: UUID, **values: datetime) -> None:
        """Change columns of a hub."""
        await self._session.exec(update(HubRow).where(col(HubRow.id) == hub).values(**values))

    async def keep_report(self, hub: UUID, report: HubReport) -> None:
        """What it told of itself takes the place of what it told before."""
        told = {**asdict(report), "at": report.at.isoformat()}
        await self._session.exec(update(HubRow).where(col(HubRow.id) == hub).values(report=told))

    async def note(self, delivery: Delivery) -> None:
        """Remember who brought a parcel; once for each."""
        known = select(HubDeliveryRow.parcel).where(col(HubDeliveryRow.parcel) == delivery.parcel)
        if (await self._session.exec(known)).first() is None:
            await self._session.exec(
                insert(HubDeliveryRow).values(
                    parcel=delivery.parcel,
                    hub=delivery.hub,
                    device=delivery.device,
                    assessment=delivery.assessment,
                    interviews=delivery.interviews,
                    at=delivery.at,
                )
            )

    async def loads(self) -> dict[UUID, Load]:
        """How much each hub brought."""
        rows = await self._session.exec(
            select(
                HubDeliveryRow.hub,
                func.count(),
                func.sum(HubDeliveryRow.interviews),
                func.max(HubDeliveryRow.at),
            ).group_by(col(HubDeliveryRow.hub))
        )
        return {hub: Load(parcels, int(sent), last) for hub, parcels, sent, last in rows}

    async def last_for(self, devices: Sequence[UUID]) -> dict[UUID, tuple[UUID, datetime]]:
        """Which hub brought something of each tablet last, and when."""
        rows = await self._session.exec(
            select(HubDeliveryRow.device, HubDeliveryRow.hub, func.max(HubDeliveryRow.at))
            .where(col(HubDeliveryRow.device).in_(devices))
            .group_by(col(HubDeliveryRow.device), col(HubDeliveryRow.hub))
        )
        found: dict[UUID, tuple[UUID, datetime]] = {}
        for device, hub, at in rows:
            if device not in found or found[device][1] < at:
                found[device] = (hub, at)
        return found


def _hub(row: HubRow) -> Hub:
    return Hub(
        id=row.id,
        name=row.name,
        key=row.key,
        assessments=tuple(row.assessments),
        devices=_uuids(row.devices),
        enrolled_at=row.enrolled_at,
        revoked_at=row.revoked_at,
        seen_at=row.seen_at,
        report=_report(row.report),
    )


def _report(told: dict[str, Any] | None) -> HubReport | None:
    if told is None:
        return None
    return HubReport(**{**told, "at": datetime.fromisoformat(told["at"])})


def _texts(devices: frozenset[UUID] | None) -> list[str] | None:
    return None if devices is None else sorted(map(str, devices))


def _uuids(devices: list[str] | None) -> frozenset[UUID] | None:
    return None if devices is None else frozenset(map(UUID, devices))
