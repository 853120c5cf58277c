"""Sampled cases: design, assignment, visits and outcomes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, insert, update
from sqlalchemy import select as core_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.sampling.case import Case, CaseDesign, Visit
from usga_assessment.storage.tables import metadata
from usga_assessment.storage.tables.field import CaseRow, VisitRow

_TABLE: Table = metadata.tables["sample_case"]
_CHUNK = 500  # parameters of one statement stay below every database's limit


class Cases:
    """The cases of assessments. Callers have checked that the actor may see the assessment."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, assessment: str, case_id: str) -> Case | None:
        """One case."""
        row = await self._row(assessment, case_id)
        return None if row is None else _case(row)

    async def design_for(self, assessment: str, case_ids: Iterable[str]) -> dict[str, CaseDesign]:
        """The designs of these cases; unknown ids are left out."""
        found: dict[str, CaseDesign] = {}
        for some in _chunks(case_ids):
            rows = await self._rows(
                core_select(_TABLE)
                .where(_TABLE.c.assessment == assessment)
                .where(_TABLE.c.case_id.in_(some))
            )
            found.update((row.case_id, _design(row)) for row in rows)
        return found

    async def assigned_to(self, device_id: UUID) -> list[Case]:
        """The cases of one tablet, by PSU and case."""
        rows = await self._session.exec(
            select(CaseRow)
            .where(col(CaseRow.device_id) == device_id)
            .order_by(col(CaseRow.psu), col(CaseRow.case_id))
        )
        return [_case(row) for row in rows]

    async def page(
        self,
        assessment: str,
        *,
        limit: int,
        after: str | None = None,
        stratum: str | None = None,
        psu: str | None = None,
        device: UUID | None = None,
        open_only: bool = False,
    ) -> list[Case]:
        """Cases by id, narrowed by what is given."""
        statement = (
            select(CaseRow)
            .where(col(CaseRow.assessment) == assessment)
            .order_by(col(CaseRow.case_id))
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(col(CaseRow.case_id) > after)
        if stratum is not None:
            statement = statement.where(col(CaseRow.stratum) == stratum)
        if psu is not None:
            statement = statement.where(col(CaseRow.psu) == psu)
        if device is not None:
            statement = statement.where(col(CaseRow.device_id) == device)
        if open_only:
            statement = statement.where(col(CaseRow.disposition).is_(None))
        return [_case(row) for row in await self._session.exec(statement)]

    async def every(self, assessment: str) -> list[Case]:
        """All cases of an assessment, by stratum, PSU and id."""
        return [
            _case(row)
            for row in await self._rows(
                core_select(_TABLE)
                .where(_TABLE.c.assessment == assessment)
                .order_by(_TABLE.c.stratum, _TABLE.c.psu, _TABLE.c.case_id)
            )
        ]

    async def assign(self, assessment: str, case_ids: Iterable[str], device: UUID | None) -> None:
        """Give cases to a tablet, or take them back with None."""
        for some in _chunks(case_ids):
            await self._session.exec(
                update(CaseRow)
                .where(col(CaseRow.assessment) == assessment)
                .where(col(CaseRow.case_id).in_(some))
                .values(device_id=device)
            )

    async def record_outcome(
        self,
        assessment: str,
        case_id: str,
        code: str,
        *,
        at: datetime,
        n_eligible: int | None = None,
    ) -> bool:
        """Set the final disposition; False when there is no such case.

        `n_eligible` is what the interview counted; None keeps what the sample said.
        """
        values: dict[str, Any] = {"disposition": code, "disposition_at": at}
        if n_eligible is not None:
            values["n_eligible"] = n_eligible
        done = await self._session.exec(
            update(CaseRow)
            .where(col(CaseRow.assessment) == assessment)
            .where(col(CaseRow.case_id) == case_id)
            .values(**values)
            .returning(col(CaseRow.case_id))
        )
        return done.scalar_one_or_none() is not None

    async def add_visit(
        self, assessment: str, case_id: str, *, at: datetime, outcome: str, actor: str
    ) -> Visit | None:
        """Append a visit; None when there is no such case."""
        counted = await self._session.exec(
            update(CaseRow)
            .where(col(CaseRow.assessment) == assessment)
            .where(col(CaseRow.case_id) == case_id)
            .values(visits=CaseRow.visits + 1)
            .returning(col(CaseRow.visits))
        )
        number = counted.scalar_one_or_none()
        if number is None:
            return None
        await self._session.exec(
            insert(VisitRow).values(
                assessment=assessment,
                case_id=case_id,
                number=number,
                at=at,
                outcome=outcome,
                actor=actor,
            )
        )
        return Visit(number=number, at=at, outcome=outcome, actor=actor)

    async def visits(self, assessment: str, case_id: str) -> list[Visit]:
        """The visits of a case, in order."""
        rows = await self._session.exec(
            select(VisitRow)
            .where(col(VisitRow.assessment) == assessment)
            .where(col(VisitRow.case_id) == case_id)
            .order_by(col(VisitRow.number))
        )
        return [
            Visit(number=row.number, at=row.at, outcome=row.outcome, actor=row.actor)
            for row in rows
        ]

    async def _rows(self, statement: Select[Any]) -> Sequence[Any]:
        """Plain rows: whole samples are read, and an object for each row takes its time."""
        connection = await self._session.connection()
        rows: Sequence[Any] = (await connection.execute(statement)).all()
        return rows

    async def _row(self, assessment: str, case_id: str) -> CaseRow | None:
        rows = await self._session.exec(
            select(CaseRow)
            .where(col(CaseRow.assessment) == assessment)
            .where(col(CaseRow.case_id) == case_id)
        )
        return rows.one_or_none()


def _chunks(items: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(items)
    while some := list(islice(remaining, _CHUNK)):
        yield some


def _design(row: Any) -> CaseDesign:
    return CaseDesign(
        stratum=row.stratum,
        psu=row.psu,
        pi1=row.pi1,
        pi2=row.pi2,
        n_eligible=row.n_eligible,
        fpc_psu=row.fpc_psu,
        area=row.area,
    )


def _case(row: Any) -> Case:
    return Case(
        assessment=row.assessment,
        case_id=row.case_id,
        design=_design(row),
        device_id=row.device_id,
        disposition=row.disposition,
        disposition_at=row.disposition_at,
        visits=row.visits,
    )
