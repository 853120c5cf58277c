"""Weight sets, population margins and design rules: added, read, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_indicators.domain.weighting.make import TrimmedUnit
from usga_indicators.domain.weighting.units import Margin
from usga_indicators.storage.tables.weight import (
    AnalysisDesignRow,
    PopulationMarginRow,
    WeightSetRow,
    WeightTrimRow,
)


@dataclass(frozen=True, slots=True)
class StoredMargin:
    """A population margin with where it comes from."""

    assessment: str
    margin: Margin
    sha256: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredWeightSet:
    """A weight set as it was made."""

    id: str
    assessment: str
    number: int
    instrument: str
    title: str
    recipe: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    margins: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    diagnostics: dict[str, Any]
    sha256: str
    weights_sha256: str
    snapshot_sha256: str
    generation: int
    interviews: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DesignRules:
    """How the sample of an assessment is analysed; the default is what holds without any."""

    lonely_psu: str = "adjust"
    adjust_domain_lonely: bool = False
    fpc: str = "none"
    nested: bool = True
    number: int = 0

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class LoggedTrim:
    """A line of the log: `unit` is None once the interview was withdrawn."""

    position: int
    step: int
    of: str
    unit: str | None
    before: float
    after: float


class Weights:
    """One assessment's weights; who may read them is decided before."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def margin(self, assessment: str, name: str) -> StoredMargin | None:
        """One margin."""
        row = await self._session.get(PopulationMarginRow, (assessment, name))
        return None if row is None else _margin(row)

    async def margins(self, assessment: str) -> list[StoredMargin]:
        """Every margin of an assessment, by name."""
        rows = await self._session.exec(
            select(PopulationMarginRow)
            .where(col(PopulationMarginRow.assessment) == assessment)
            .order_by(col(PopulationMarginRow.name))
        )
        return [_margin(row) for row in rows]

    async def add_margin(self, stored: StoredMargin, *, created_by: str) -> bool:
        """Store a margin; False when one of that name is there already."""
        margin = stored.margin
        row = PopulationMarginRow(
            assessment=stored.assessment,
            name=margin.name,
            variables=list(margin.variables),
            cells=[[list(key), count] for key, count in margin.counts.items()],
            source=margin.source,
            as_of=margin.as_of,
            sha256=stored.sha256,
            created_by=created_by,
            created_at=stored.created_at,
        )
        try:
            async with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return False
        return True

    async def next_number(self, assessment: str) -> int:
        """One above the last weight set; two at once are told apart by the database."""
        found = await self._session.exec(
            select(func.max(WeightSetRow.number)).where(col(WeightSetRow.assessment) == assessment)
        )
        return (found.one() or 0) + 1

    async def add_set(
        self, stored: StoredWeightSet, trimmed: Sequence[TrimmedUnit], *, created_by: str
    ) -> bool:
        """Store a weight set with its log; False when its number is taken."""
        fields = {name: getattr(stored, name) for name in StoredWeightSet.__slots__}
        try:
            async with self._session.begin_nested():
                self._session.add(WeightSetRow(**fields, created_by=created_by))
        except IntegrityError:
            return False
        if trimmed:
            connection = await self._session.connection()
            await connection.execute(
                insert(WeightTrimRow),
                [
                    {
                        "weight_set_id": stored.id,
                        "position": position,
                        "step": each.step,
                        "of": each.of.value,
                        "unit": each.unit,
                        "before": each.before,
                        "after": each.after,
                    }
                    for position, each in enumerate(trimmed)
                ],
            )
        return True

    async def find_set(self, weight_set: str) -> StoredWeightSet | None:
        """One weight set."""
        row = await self._session.get(WeightSetRow, weight_set)
        return None if row is None else _weight_set(row)

    async def same(self, stored: StoredWeightSet) -> StoredWeightSet | None:
        """A set that was made before of the same recipe, interviews and title."""
        rows = await self._session.exec(
            select(WeightSetRow)
            .where(
                col(WeightSetRow.assessment) == stored.assessment,
                col(WeightSetRow.sha256) == stored.sha256,
                col(WeightSetRow.weights_sha256) == stored.weights_sha256,
            )
            .order_by(col(WeightSetRow.number))
        )
        found = [r for r in rows if r.title == stored.title or _is_untitled(r, stored)]
        return _weight_set(found[0]) if found else None

    async def sets(
        self, assessment: str, *, limit: int, before: int | None = None
    ) -> list[StoredWeightSet]:
        """Weight sets of an assessment, newest first."""
        query = (
            select(WeightSetRow)
            .where(col(WeightSetRow.assessment) == assessment)
            .order_by(col(WeightSetRow.number).desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(col(WeightSetRow.number) < before)
        return [_weight_set(row) for row in await self._session.exec(query)]

    async def trims(self, weight_set: str, *, after: int, limit: int) -> list[LoggedTrim]:
        """The log of a weight set behind a position."""
        rows = await self._session.exec(
            select(WeightTrimRow)
            .where(
                col(WeightTrimRow.weight_set_id) == weight_set,
                col(WeightTrimRow.position) > after,
            )
            .order_by(col(WeightTrimRow.position))
            .limit(limit)
        )
        return [
            LoggedTrim(row.position, row.step, row.of, row.unit, row.before, row.after)
            for row in rows
        ]

    async def forget(self, units: set[str]) -> None:
        """Take the pseudonyms of withdrawn interviews out of every log (rule C-02)."""
        listed = sorted(units)
        for start in range(0, len(listed), 500):
            await self._session.exec(
                update(WeightTrimRow)
                .where(col(WeightTrimRow.unit).in_(listed[start : start + 500]))
                .values(unit=None)
            )

    async def design(self, assessment: str) -> DesignRules:
        """The rules that hold now."""
        rows = await self._session.exec(
            select(AnalysisDesignRow)
            .where(col(AnalysisDesignRow.assessment) == assessment)
            .order_by(col(AnalysisDesignRow.number).desc())
            .limit(1)
        )
        row = rows.first()
        return DesignRules() if row is None else _rules(row)

    async def set_design(
        self, assessment: str, rules: DesignRules, *, created_by: str, at: datetime
    ) -> bool:
        """Store rules under their number; False when it is taken."""
        row = AnalysisDesignRow(
            assessment=assessment, created_by=created_by, created_at=at, **rules.plain()
        )
        try:
            async with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return False
        return True


def _margin(row: PopulationMarginRow) -> StoredMargin:
    counts = {tuple(str(v) for v in key): float(count) for key, count in row.cells}
    return StoredMargin(
        row.assessment,
        Margin(row.name, tuple(row.variables), counts, row.source, row.as_of),
        row.sha256,
        row.created_at,
    )


def _is_untitled(row: WeightSetRow, stored: StoredWeightSet) -> bool:
    """Whether both have the title that their numbers give."""
    return (row.title, stored.title) == (
        f"Weight set {row.number}",
        f"Weight set {stored.number}",
    )


def _weight_set(row: WeightSetRow) -> StoredWeightSet:
    return StoredWeightSet(**{name: getattr(row, name) for name in StoredWeightSet.__slots__})


def _rules(row: AnalysisDesignRow) -> DesignRules:
    return DesignRules(**{name: getattr(row, name) for name in DesignRules.__slots__})
