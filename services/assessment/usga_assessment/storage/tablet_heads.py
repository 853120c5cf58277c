"""What belongs to a tablet, without the long values: enough to see that nothing changed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.assessment.assessment import ReferenceList
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.storage.tables.field import ReferenceListRow
from usga_assessment.storage.tables.instrument import DictionaryRow, InstrumentRow

_FORM, _LIST, _DICTIONARY = InstrumentRow, ReferenceListRow, DictionaryRow


@dataclass(frozen=True, slots=True)
class DictionaryHead:
    """A dictionary of which only the name is known here."""

    id: int
    sha256: str
    content: bytes = b""


class TabletHeads:
    """The names and digests of one assessment's forms, lists and dictionaries."""

    def __init__(self, session: AsyncSession, assessment: str) -> None:
        self._session, self._assessment = session, assessment

    async def instruments(self) -> list[InstrumentVersion]:
        """Versions with an empty document."""
        rows = await self._session.exec(
            select(
                _FORM.id, _FORM.name, _FORM.version, _FORM.digest, _FORM.state, _FORM.created_at
            ).where(col(_FORM.assessment) == self._assessment)  # type: ignore[call-overload]
        )
        return [
            InstrumentVersion(
                id=id_, assessment=self._assessment, name=name, version=version, digest=digest,
                document={}, state=InstrumentState(state), findings=(), created_at=at,
            )
            for id_, name, version, digest, state, at in rows
        ]  # fmt: skip

    async def lists(self) -> list[ReferenceList]:
        """Lists without their rows."""
        rows = await self._session.exec(
            select(_LIST.name, _LIST.digest, _LIST.updated_at).where(
                col(_LIST.assessment) == self._assessment
            )
        )
        empty: list[dict[str, Any]] = []
        return [
            ReferenceList(name=name, rows=empty, digest=digest, updated_at=at)
            for name, digest, at in rows
        ]

    async def dictionaries(self) -> dict[UUID, DictionaryHead]:
        """Dictionaries without their contents, by version."""
        rows = await self._session.exec(
            select(_DICTIONARY.instrument, _DICTIONARY.number, _DICTIONARY.sha256).where(
                col(_DICTIONARY.assessment) == self._assessment
            )
        )
        return {instrument: DictionaryHead(number, sha256) for instrument, number, sha256 in rows}
