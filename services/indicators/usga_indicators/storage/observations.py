"""Observations of releases, kept as the JSON that readers get."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_indicators.domain.publication import Protected
from usga_indicators.domain.tabulation import Cell
from usga_indicators.storage.tables.release import ObservationRow


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cells of a release; None is every category, `_T` the total alone."""

    release: str
    indicator: str | None = None
    ref_area: str | None = None
    stratum: str | None = None
    sex: str | None = None
    age: str | None = None
    item: str | None = None
    subgroup: str | None = None
    without: tuple[str, ...] = ()
    """Codes of indicators that are left out."""


@dataclass(frozen=True, slots=True)
class StoredCell:
    """A cell with both sides: what readers get, and what stays inside."""

    indicator: str
    position: int
    ref_area: str
    stratum: str
    sex: str
    age: str
    item: str
    subgroup: str
    published: str
    internal: dict[str, Any]

    @property
    def cell(self) -> Cell:
        """Where it belongs."""
        return Cell(self.ref_area, self.stratum, self.sex, self.age, self.item, self.subgroup)


class Observations:
    """The cells of releases, in the order of indicators and breakdowns."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, release: str, cells: Sequence[Protected]) -> None:
        """Store every cell of a new release."""
        if not cells:
            return
        connection = await self._session.connection()
        await connection.execute(
            insert(ObservationRow),
            [
                {
                    "release_id": release,
                    "position": position,
                    "indicator": cell.observation.indicator,
                    "ref_area": cell.observation.ref_area,
                    "stratum": cell.observation.stratum,
                    "sex": cell.observation.sex,
                    "age": cell.observation.age,
                    "item": cell.observation.item,
                    "subgroup": cell.observation.subgroup,
                    "published": cell.observation.model_dump_json(),
                    "internal": cell.internal,
                }
                for position, cell in enumerate(cells)
            ],
        )

    async def published(
        self, selection: Selection, *, after: int = -1, limit: int | None = None
    ) -> list[tuple[int, str]]:
        """Positions and JSON of the chosen cells behind position `after`."""
        query = (
            select(ObservationRow.position, ObservationRow.published)
            .where(
                col(ObservationRow.release_id) == selection.release,
                col(ObservationRow.position) > after,
            )
            .order_by(col(ObservationRow.position))
        )
        for name in ("indicator", "ref_area", "stratum", "sex", "age", "item", "subgroup"):
            wanted = getattr(selection, name)
            if wanted is not None:
                query = query.where(getattr(ObservationRow, name) == wanted)
        if selection.without:
            query = query.where(col(ObservationRow.indicator).not_in(selection.without))
        if limit is not None:
            query = query.limit(limit)
        return [(position, text) for position, text in (await self._session.exec(query)).all()]

    async def whole(self, release: str) -> list[StoredCell]:
        """Every cell of a release, for attacks on it alone."""
        found = await self._session.exec(
            select(ObservationRow)
            .where(col(ObservationRow.release_id) == release)
            .order_by(col(ObservationRow.position))
        )
        return [
            StoredCell(**{name: getattr(row, name) for name in StoredCell.__slots__})
            for row in found.all()
        ]

    async def internal(self, release: str) -> list[dict[str, Any]]:
        """The unrounded numbers of a release, for recomputation alone."""
        found = await self._session.exec(
            select(ObservationRow.internal)
            .where(col(ObservationRow.release_id) == release)
            .order_by(col(ObservationRow.position))
        )
        return [dict(row) for row in found.all()]
