"""Check a quarantined interview again: a form arrived, an assessment opened, a rule was mended."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from usga_shared.problems import Problem
from usga_shared.wire.vocabulary import Purpose, SubmissionState

from usga_assessment.domain.sealing.box import Unreadable
from usga_assessment.domain.sealing.content import Content, Opener
from usga_assessment.domain.submission.check import ProblemNote, check
from usga_assessment.domain.submission.envelope import read_envelope
from usga_assessment.domain.submission.ethics import NO_CONSENT
from usga_assessment.domain.submission.held import Held
from usga_assessment.domain.submission.ledger import FOREIGN_INSTALL, REVISION_CYCLE
from usga_assessment.domain.submission.prepared import Prepared, Sealer
from usga_assessment.operations.review_submission import chosen
from usga_assessment.storage.forms import Intake

SECOND_S3 = "E-03"
_LASTING = frozenset({NO_CONSENT, SECOND_S3, REVISION_CYCLE, FOREIGN_INSTALL})
"""Rules that no form and no later state mends: what broke them is gone, or stands elsewhere."""


class NotQuarantined(Problem):
    """Only a quarantined interview is checked again."""

    slug: ClassVar[str] = "not-quarantined"
    title: ClassVar[str] = "The interview is not in quarantine"
    status: ClassVar[int] = 409


class AnswersUnreadable(Problem):
    """The key of these answers was destroyed: their retention has ended."""

    slug: ClassVar[str] = "answers-unreadable"
    title: ClassVar[str] = "The answers can no longer be read"
    status: ClassVar[int] = 409


class Submissions(Protocol):
    """What checking again needs of the storage."""

    async def find(self, id_: UUID) -> list[Held]: ...

    async def contents(self, pks: list[UUID]) -> dict[UUID, Content]: ...

    async def change(self, pk: UUID, *, feed: int, **values: Any) -> None: ...

    async def replace_content(self, pk: UUID, content: Content) -> None: ...


class Cases(Protocol):
    """What a valid interview tells the sample."""

    async def record_outcome(
        self,
        assessment: str,
        case_id: str,
        code: str,
        *,
        at: datetime,
        n_eligible: int | None = None,
    ) -> bool: ...


class Journal(Protocol):
    """The right to change interviews of the assessment."""

    at: datetime

    def next_feed(self) -> int: ...

    async def close(
        self, actor: str, action: str, subject: str, details: dict[str, Any]
    ) -> None: ...


async def revalidate_submission(
    submissions: Submissions,
    cases: Cases,
    journal: Journal,
    *,
    id_: UUID,
    revision: UUID | None,
    opener: Opener,
    sealer: Sealer,
    intake: Callable[[str, tuple[str, str]], Any],
    store_notes: Callable[[tuple[ProblemNote, ...]], str | None],
    actor: str,
) -> Held:
    """Judge a quarantined interview by the form and state of today; the rest stays as it is.

    Raises NotFound, NotQuarantined, AnswersUnreadable.
    """
    held = chosen(await submissions.find(id_), revision)
    if held.state is not SubmissionState.QUARANTINED:
        raise NotQuarantined
    prepared = await _again(submissions, held, opener, sealer, intake)
    lasting = held.code if held.code in _LASTING else None
    code = lasting or prepared.code
    problems = prepared.problems or ((ProblemNote("", lasting),) if lasting else ())
    if code is None:
        state = SubmissionState.STORED if held.is_head else SubmissionState.BRANCHED
    else:
        state = SubmissionState.QUARANTINED
    await submissions.replace_content(held.pk, prepared.content)
    await submissions.change(
        held.pk,
        feed=journal.next_feed(),
        state=state.value,
        code=code,
        problems=store_notes(problems),
        has_s3=prepared.has_s3,
        disposition=prepared.disposition,
        n_eligible=prepared.n_eligible,
        withdraw_hash=prepared.withdraw_hash,
    )
    counts = held.is_head and held.purpose is Purpose.PRODUCTION
    if state is SubmissionState.STORED and counts and held.case_id and prepared.disposition:
        await cases.record_outcome(
            held.assessment,
            held.case_id,
            prepared.disposition,
            at=journal.at,
            n_eligible=prepared.n_eligible,
        )
    details = {"to": state.value, "code": code}
    await journal.close(actor, "submission.revalidated", str(held.id), details)
    return chosen(await submissions.find(id_), held.pk)


async def _again(
    submissions: Submissions,
    held: Held,
    opener: Opener,
    sealer: Sealer,
    intake: Callable[[str, tuple[str, str]], Any],
) -> Prepared:
    content = (await submissions.contents([held.pk]))[held.pk]
    try:
        raw = opener.raw(content, held.id.bytes)
    except Unreadable:
        raise AnswersUnreadable from None
    envelope = read_envelope(raw)
    name = (envelope.instrument, envelope.version)
    found: Intake = await intake(held.assessment, name)
    form = found.forms.get(name)
    checked = check(envelope, form, age_floor=found.age_floor, collecting=found.collecting)
    return sealer.prepare(envelope, checked, form)
