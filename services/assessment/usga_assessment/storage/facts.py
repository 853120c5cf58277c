"""What the gates of the state machine ask about an assessment."""

from datetime import date

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.wire.vocabulary import Purpose, SubmissionState

from usga_assessment.domain.assessment.assessment import Assessment
from usga_assessment.domain.assessment.gates import Facts
from usga_assessment.domain.assessment.languages import complete_languages
from usga_assessment.domain.assessment.states import State, reached
from usga_assessment.domain.instrument import InstrumentState
from usga_assessment.storage.areas import Areas
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.records import Records
from usga_assessment.storage.referrals import referral_coverage
from usga_assessment.storage.samples import Samples
from usga_assessment.storage.tables.sync import SubmissionRevisionRow

_KEPT = (SubmissionState.STORED.value, SubmissionState.APPROVED.value)


async def gather_facts(
    session: AsyncSession, assessment: Assessment, *, to: State, today: date
) -> Facts:
    """Everything that the gates up to `to` ask about, as it is in this transaction."""
    code = assessment.code
    versions = await Instruments(session).for_assessment(code)
    published = [v for v in versions if v.state is InstrumentState.PUBLISHED]
    sample = await Samples(session).get(code)
    return Facts(
        today=today,
        records={
            kind: record.value for kind, record in (await Records(session).holding(code)).items()
        },
        areas=len(await Areas(session).codes(code)),
        instruments=sum(v.state is not InstrumentState.RETIRED for v in versions),
        complete_languages=max(
            (len(complete_languages(v.document)) for v in published), default=0
        ),
        cases=sample.cases if sample else 0,
        devices=await Devices(session).count_ready(code),
        interviews=await _interviews(session, code),
        referrals=await referral_coverage(session, code) if reached(to, State.PUBLISHED) else None,
    )


async def _interviews(session: AsyncSession, assessment: str) -> int:
    """Production interviews whose head revision is kept, or cases that ended in one."""
    found = await session.exec(
        select(func.count())
        .select_from(SubmissionRevisionRow)
        .where(col(SubmissionRevisionRow.assessment) == assessment)
        .where(col(SubmissionRevisionRow.is_head))
        .where(col(SubmissionRevisionRow.purpose) == Purpose.PRODUCTION.value)
        .where(col(SubmissionRevisionRow.state).in_(_KEPT))
    )
    return max(found.one(), await Samples(session).interviews(assessment))
