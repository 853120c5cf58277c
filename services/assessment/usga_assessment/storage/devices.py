"""Devices and the one-time codes that enrol them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.access.credential import Device, EnrolmentCode
from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.access.report import DeviceReport
from usga_assessment.storage.scoping import within
from usga_assessment.storage.tables.field import (
    DeviceReportRow,
    DeviceRow,
    EnrolmentCodeRow,
)


class Devices:
    """Tablets of assessments."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_code(self, code: EnrolmentCode, code_hash: bytes) -> None:
        """Keep a new enrolment code."""
        await self._session.exec(
            insert(EnrolmentCodeRow).values(
                id=code.id,
                assessment=code.assessment,
                code_hash=code_hash,
                label=code.label,
                made_by=code.made_by,
                made_at=code.made_at,
                expires_at=code.expires_at,
                home_psu=code.home_psu,
                certified=code.certified,
            )
        )

    async def claim_code(self, code_hash: bytes, now: datetime) -> EnrolmentCode | None:
        """Use a code up; None when it is unknown, expired or used: exactly one caller wins."""
        claimed = await self._session.exec(
            update(EnrolmentCodeRow)
            .where(col(EnrolmentCodeRow.code_hash) == code_hash)
            .where(col(EnrolmentCodeRow.used_at).is_(None))
            .where(col(EnrolmentCodeRow.expires_at) > now)
            .values(used_at=now)
            .returning(EnrolmentCodeRow)
        )
        row = claimed.scalar_one_or_none()
        return None if row is None else _code(row)

    async def add(self, device: Device) -> None:
        """Keep a new device."""
        await self._session.exec(
            insert(DeviceRow).values(
                id=device.id,
                assessment=device.assessment,
                install=device.install,
                name=device.name,
                enrolled_at=device.enrolled_at,
                wipe=device.wipe,
                home_psu=device.home_psu,
                certified=device.certified,
            )
        )

    async def get(self, device: UUID, scope: Scope | None = None) -> Device | None:
        """One device; with a scope, only if its assessment is inside."""
        statement = select(DeviceRow).where(col(DeviceRow.id) == device)
        if scope is not None:
            statement = statement.where(within(col(DeviceRow.assessment), scope))
        row = (await self._session.exec(statement)).one_or_none()
        return None if row is None else _device(row)

    async def known(self, devices: Sequence[UUID], assessments: Sequence[str]) -> set[UUID]:
        """Which of these are devices of these assessments."""
        found = await self._session.exec(
            select(DeviceRow.id)
            .where(col(DeviceRow.id).in_(devices))
            .where(col(DeviceRow.assessment).in_(assessments))
        )
        return set(found.all())

    async def page(
        self, scope: Scope, *, assessment: str | None, limit: int, after: UUID | None
    ) -> list[Device]:
        """Devices in scope, in the order of their enrolment."""
        statement = (
            select(DeviceRow)
            .where(within(col(DeviceRow.assessment), scope))
            .order_by(col(DeviceRow.id))
            .limit(limit)
        )
        if assessment is not None:
            statement = statement.where(col(DeviceRow.assessment) == assessment)
        if after is not None:
            statement = statement.where(col(DeviceRow.id) > after)
        return [_device(row) for row in await self._session.exec(statement)]

    async def change(self, device: UUID, **values: Any) -> None:
        """Change columns of a device."""
        await self._session.exec(
            update(DeviceRow).where(col(DeviceRow.id) == device).values(**values)
        )

    async def note(self, device: UUID, report: DeviceReport) -> None:
        """Keep what a tablet told of itself, in the place of what it told before."""
        values = {
            "at": report.at,
            "client": report.client,
            "unsent": report.unsent,
            "clock_skew": report.clock_skew,
        }
        changed = await self._session.exec(
            update(DeviceReportRow).where(col(DeviceReportRow.device) == device).values(**values)
        )
        if not changed.rowcount:
            await self._session.exec(insert(DeviceReportRow).values(device=device, **values))

    async def reports(self, devices: Sequence[UUID]) -> dict[UUID, DeviceReport]:
        """The last reports of these tablets."""
        rows = await self._session.exec(
            select(DeviceReportRow).where(col(DeviceReportRow.device).in_(devices))
        )
        return {
            row.device: DeviceReport(row.at, row.client, row.unsent, row.clock_skew)
            for row in rows
        }

    async def count_ready(self, assessment: str) -> int:
        """Devices that may collect: certified interviewers, not revoked."""
        rows = await self._session.exec(
            select(DeviceRow.id)
            .where(col(DeviceRow.assessment) == assessment)
            .where(col(DeviceRow.certified))
            .where(col(DeviceRow.revoked_at).is_(None))
        )
        return len(rows.all())


def _device(row: DeviceRow) -> Device:
    return Device(
        id=row.id,
        assessment=row.assessment,
        install=row.install,
        name=row.name,
        enrolled_at=row.enrolled_at,
        revoked_at=row.revoked_at,
        wipe=row.wipe,
        home_psu=row.home_psu,
        certified=row.certified,
    )


def _code(row: EnrolmentCodeRow) -> EnrolmentCode:
    return EnrolmentCode(
        id=row.id,
        assessment=row.assessment,
        label=row.label,
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        home_psu=row.home_psu,
        certified=row.certified,
    )
