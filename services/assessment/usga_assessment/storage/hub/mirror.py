"""What a hub hands on: assessments with their forms and lists, its tablets, sealed mail, facts."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.wire.hub import HubAssessment, HubDevice, HubMail

from usga_assessment.domain.xlsform.compiled_form import canonical
from usga_assessment.storage.tables.field import AssessmentRow, ReferenceListRow
from usga_assessment.storage.tables.hub import HubDeviceRow, HubFactRow, HubMailRow
from usga_assessment.storage.tables.instrument import DictionaryRow, InstrumentRow

_UNKNOWN: dict[str, Any] = {
    "title": {}, "city": "", "variant": "full", "synthetic": False, "probability_sample": True,
    "require_approved": False, "currency": "", "version": 0, "created_by": "centre",
}  # fmt: skip
"""What a hub is not told of an assessment: it needs none of it."""


_ASSESSMENT = "assessment "
TOLD = "told"
"""What the centre told the hub of both of them, last."""


class Mirror:
    """Through one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def fact(self, name: str) -> dict[str, Any] | None:
        """Something that the hub knows."""
        rows = await self._session.exec(
            select(HubFactRow.value).where(col(HubFactRow.name) == name)
        )
        found = rows.first()
        return None if found is None else dict(found)

    async def remember(self, name: str, value: dict[str, Any]) -> None:
        """Keep it in the place of what was known before."""
        changed = await self._session.exec(
            update(HubFactRow).where(col(HubFactRow.name) == name).values(value=value)
        )
        if not changed.rowcount:
            await self._session.exec(insert(HubFactRow).values(name=name, value=value))

    async def device_by(self, verifier: str) -> HubDevice | None:
        """The tablet that showed this credential."""
        rows = await self._session.exec(
            select(HubDeviceRow).where(col(HubDeviceRow.verifier) == verifier)
        )
        row = rows.first()
        return None if row is None else HubDevice(**row.model_dump())

    async def replace_devices(self, devices: Sequence[HubDevice]) -> None:
        """Exactly these tablets are in scope now."""
        await self._session.exec(delete(HubDeviceRow))
        if devices:
            await self._session.exec(
                insert(HubDeviceRow), params=[device.model_dump() for device in devices]
            )
        here = select(HubDeviceRow.id)  # as a subquery: a statement takes so many values only
        await self._session.exec(delete(HubMailRow).where(col(HubMailRow.device).not_in(here)))

    async def keep_assessment(self, told: HubAssessment, at: datetime) -> None:
        """Replace what is known of an assessment, its forms, dictionaries and lists."""
        values = {
            "state": told.state, "age_floor": told.age_floor, "languages": told.languages,
            "updated_at": at,
        }  # fmt: skip
        changed = await self._session.exec(
            update(AssessmentRow).where(col(AssessmentRow.code) == told.code).values(**values)
        )
        if not changed.rowcount:
            more = {"code": told.code, "country": told.code[:2], "created_at": at}
            await self._session.exec(insert(AssessmentRow).values(**_UNKNOWN, **more, **values))
        await self._forget_contents(told.code)
        await self.remember(_ASSESSMENT + told.code, {"fingerprint": told.fingerprint})
        forms = [
            {
                **form.model_dump(exclude={"document"}), "assessment": told.code,
                "document": canonical(form.document), "findings": [], "created_at": at,
            }
            for form in told.forms
        ]  # fmt: skip
        dictionaries = [
            {
                "instrument": each.form, "assessment": told.code, "number": each.number,
                "sha256": each.sha256, "content": base64.b64decode(each.content),
            }
            for each in told.dictionaries
        ]  # fmt: skip
        lists = [
            {**each.model_dump(), "assessment": told.code, "updated_at": at} for each in told.lists
        ]
        for table, rows in (
            (InstrumentRow, forms), (DictionaryRow, dictionaries), (ReferenceListRow, lists),
        ):  # fmt: skip
            if rows:
                await self._session.exec(insert(table), params=rows)

    async def _forget_contents(self, code: str) -> None:
        for table in (DictionaryRow, InstrumentRow, ReferenceListRow):
            await self._session.exec(delete(table).where(col(table.assessment) == code))

    async def fingerprints(self) -> dict[str, str]:
        """What is known of each assessment, by its fingerprint."""
        rows = await self._session.exec(
            select(HubFactRow.name, HubFactRow.value).where(
                col(HubFactRow.name).startswith(_ASSESSMENT)
            )
        )
        return {name.removeprefix(_ASSESSMENT): v["fingerprint"] for name, v in rows}

    async def tags(self) -> dict[UUID, str]:
        """The tag of the mail that is here, by device."""
        rows = await self._session.exec(select(HubMailRow.device, HubMailRow.tag))
        return dict(rows.all())

    async def keep_mail(self, mail: Sequence[HubMail]) -> None:
        """Newer words take the place of older ones."""
        for each in mail:
            await self._session.exec(
                delete(HubMailRow).where(col(HubMailRow.device) == each.device)
            )
            await self._session.exec(
                insert(HubMailRow).values(
                    device=each.device, tag=each.tag, sealed=base64.b64decode(each.sealed)
                )
            )

    async def mail_for(self, device: UUID) -> bytes | None:
        """The centre's word to this tablet, as it is."""
        rows = await self._session.exec(
            select(HubMailRow.sealed).where(col(HubMailRow.device) == device)
        )
        return rows.first()
