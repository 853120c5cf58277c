"""The sample of an assessment: loaded whole, replaced whole."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import delete, func, insert, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.sampling.dispositions import INTERVIEWS
from usga_assessment.domain.sampling.sample import Sample, SampledCase
from usga_assessment.storage.tables import metadata
from usga_assessment.storage.tables.field import CaseRow, SampleRow

_CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSample:
    """What is known of a sample beside its cases."""

    digest: str
    cases: int
    certainty: tuple[str, ...]
    loaded_at: datetime
    loaded_by: str


class Samples:
    """Samples; callers have checked that the actor may see the assessment."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, assessment: str) -> LoadedSample | None:
        """The loaded sample."""
        rows = await self._session.exec(
            select(SampleRow).where(col(SampleRow.assessment) == assessment)
        )
        row = rows.one_or_none()
        if row is None:
            return None
        return LoadedSample(
            digest=row.digest,
            cases=row.cases,
            certainty=tuple(row.certainty),
            loaded_at=row.loaded_at,
            loaded_by=row.loaded_by,
        )

    async def lacks(self, assessment: str, psu: str) -> bool:
        """Whether there is a sample, and no case of it lies in this PSU."""
        cases = select(CaseRow.case_id).where(col(CaseRow.assessment) == assessment).limit(1)
        if (await self._session.exec(cases)).first() is None:
            return False
        return (await self._session.exec(cases.where(col(CaseRow.psu) == psu))).first() is None

    async def is_worked_on(self, assessment: str) -> bool:
        """Whether any case has a visit or an outcome: then the sample can no longer change."""
        found = await self._session.exec(
            select(CaseRow.case_id)
            .where(col(CaseRow.assessment) == assessment)
            .where(or_(col(CaseRow.visits) > 0, col(CaseRow.disposition).is_not(None)))
            .limit(1)
        )
        return found.first() is not None

    async def interviews(self, assessment: str) -> int:
        """Cases that ended in a complete or partial interview."""
        found = await self._session.exec(
            select(func.count())
            .select_from(CaseRow)
            .where(col(CaseRow.assessment) == assessment)
            .where(col(CaseRow.disposition).in_(INTERVIEWS))
        )
        return found.one()

    async def replace(self, assessment: str, sample: Sample, *, at: datetime, by: str) -> None:
        """Put a sample and its cases in the place of the one before."""
        await self._session.exec(delete(CaseRow).where(col(CaseRow.assessment) == assessment))
        await self._session.exec(delete(SampleRow).where(col(SampleRow.assessment) == assessment))
        await self._session.exec(
            insert(SampleRow).values(
                assessment=assessment,
                digest=sample.digest,
                cases=len(sample.cases),
                certainty=sorted(sample.certainty),
                loaded_at=at,
                loaded_by=by,
            )
        )
        connection = await self._session.connection()
        remaining = iter(sample.cases)
        while some := list(islice(remaining, _CHUNK)):
            rows = [_row(assessment, case) for case in some]
            await connection.execute(insert(metadata.tables["sample_case"]), rows)


def _row(assessment: str, case: SampledCase) -> dict[str, Any]:
    design = case.design
    return {
        "assessment": assessment,
        "case_id": case.case_id,
        "stratum": design.stratum,
        "psu": design.psu,
        "pi1": design.pi1,
        "pi2": design.pi2,
        "n_eligible": design.n_eligible,
        "fpc_psu": design.fpc_psu,
        "area": design.area,
        "visits": 0,
    }
