"""To how many respondents referral information was given, counted in what is held (E-05)."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.wire.vocabulary import Purpose, SubmissionState

from usga_assessment.domain.assessment.gates import Coverage
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.tables.sync import SubmissionContentRow, SubmissionRevisionRow

QUESTION = "refer_given"
_COMPLETE = "1.1"
_KEPT = (SubmissionState.STORED.value, SubmissionState.APPROVED.value)
_CHUNK = 1_000


async def referral_coverage(session: AsyncSession, assessment: str) -> Coverage | None:
    """Complete interviews and how many lack `refer_given`; None where no form asks for it."""
    asking = {
        (version.name, version.version)
        for version in await Instruments(session).for_assessment(assessment)
        if QUESTION in _names(version.document)
    }
    interviews = missing = 0
    after: UUID | None = None
    while asking:
        statement = (
            select(SubmissionRevisionRow, SubmissionContentRow.open)
            .join(SubmissionContentRow, col(SubmissionContentRow.pk) == SubmissionRevisionRow.pk)
            .where(col(SubmissionRevisionRow.assessment) == assessment)
            .where(col(SubmissionRevisionRow.is_head))
            .where(col(SubmissionRevisionRow.purpose) == Purpose.PRODUCTION.value)
            .where(col(SubmissionRevisionRow.disposition) == _COMPLETE)
            .where(col(SubmissionRevisionRow.state).in_(_KEPT))
            .order_by(col(SubmissionRevisionRow.pk))
            .limit(_CHUNK)
        )
        if after is not None:
            statement = statement.where(col(SubmissionRevisionRow.pk) > after)
        rows = (await session.exec(statement)).all()
        for row, answers in rows:
            if (row.instrument, row.instrument_version) in asking:
                interviews += 1
                missing += not (answers and orjson.loads(answers).get(QUESTION))
        if len(rows) < _CHUNK:
            break
        after = rows[-1][0].pk
    return Coverage(interviews=interviews, missing=missing) if interviews else None


def _names(document: Mapping[str, Any]) -> Iterator[str]:
    stack = list(document.get("nodes", ()))
    while stack:
        node = stack.pop()
        yield node["name"]
        stack.extend(node.get("children", ()))
