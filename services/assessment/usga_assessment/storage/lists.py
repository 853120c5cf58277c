"""Reference lists of assessments, and of older versions what newer ones are compared with."""

from datetime import datetime

import orjson
import zstandard
from sqlalchemy import delete, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_expressions.environment import Table

from usga_assessment.domain.assessment.assessment import ReferenceList
from usga_assessment.domain.sync.rows import Index, index_of
from usga_assessment.storage.tables.field import ReferenceListRow, ReferenceListVersionRow

_KEPT = 24
"""Versions of a list that are kept: a tablet that has an older one gets the whole list."""
_MOST_BYTES = 64 * 2**20
_VERSION = ReferenceListVersionRow


class Lists:
    """Reference lists; callers have checked that the actor may see the assessment."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, assessment: str, name: str) -> ReferenceList | None:
        """One list with its rows."""
        rows = await self._session.exec(
            select(ReferenceListRow)
            .where(col(ReferenceListRow.assessment) == assessment)
            .where(col(ReferenceListRow.name) == name)
        )
        row = rows.one_or_none()
        return None if row is None else _list(row)

    async def of(self, assessment: str) -> list[ReferenceList]:
        """All lists of an assessment, by name."""
        rows = await self._session.exec(
            select(ReferenceListRow)
            .where(col(ReferenceListRow.assessment) == assessment)
            .order_by(col(ReferenceListRow.name))
        )
        return [_list(row) for row in rows]

    async def tables(self, assessment: str) -> dict[str, Table]:
        """All lists of an assessment as expressions look them up, by name without ending."""
        found = await self.of(assessment)
        return {made.name.removesuffix(".csv"): Table(made.rows) for made in found}

    async def replace(self, assessment: str, made: ReferenceList) -> None:
        """Put the list in the place of the one with its name; rows of both can be compared."""
        before = await self.get(assessment, made.name)
        for version in (before, made):
            if version is not None:
                await self._keep_index(assessment, version, made.updated_at)
        await self._session.exec(
            delete(ReferenceListRow)
            .where(col(ReferenceListRow.assessment) == assessment)
            .where(col(ReferenceListRow.name) == made.name)
        )
        await self._session.exec(
            insert(ReferenceListRow).values(
                assessment=assessment,
                name=made.name,
                rows=made.rows,
                digest=made.digest,
                updated_at=made.updated_at,
            )
        )

    async def kept(self, assessment: str, name: str, print_: str) -> tuple[str, Index] | None:
        """Digest and index of the version whose digest begins so, if it is still kept."""
        rows = await self._session.exec(
            select(_VERSION)
            .where(col(_VERSION.assessment) == assessment)
            .where(col(_VERSION.name) == name)
            .where(col(_VERSION.digest).startswith(print_, autoescape=True))
        )
        row = rows.first()
        if row is None:
            return None
        content = zstandard.ZstdDecompressor().decompress(row.prints, max_output_size=_MOST_BYTES)
        return row.digest, [(name, print_) for name, print_ in orjson.loads(content)]

    async def _keep_index(self, assessment: str, version: ReferenceList, at: datetime) -> None:
        same = (col(_VERSION.assessment) == assessment) & (col(_VERSION.name) == version.name)
        found = await self._session.exec(
            select(_VERSION.digest).where(same).order_by(col(_VERSION.at).desc())
        )
        known = [digest for digest in found if digest != version.digest]
        await self._session.exec(
            delete(_VERSION).where(
                same & col(_VERSION.digest).in_([version.digest, *known[_KEPT - 1 :]])
            )
        )
        index = zstandard.ZstdCompressor().compress(orjson.dumps(index_of(version.rows)))
        await self._session.exec(
            insert(_VERSION).values(
                assessment=assessment, name=version.name, digest=version.digest, prints=index,
                at=at,
            )
        )  # fmt: skip


def _list(row: ReferenceListRow) -> ReferenceList:
    return ReferenceList(
        name=row.name, rows=row.rows, digest=row.digest, updated_at=row.updated_at
    )
