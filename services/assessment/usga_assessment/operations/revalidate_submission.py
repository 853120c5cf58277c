"""Check quarantined interviews again: a form arrived, a state moved, a rule was mended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol
from uuid import UUID

from usga_shared.problems import Problem
from usga_shared.wire.vocabulary import SubmissionState

from usga_assessment.domain.sampling.dispositions import INTERVIEWS
from usga_assessment.domain.sealing.box import Unreadable
from usga_assessment.domain.sealing.content import Content, Opener
from usga_assessment.domain.submission.check import ProblemNote, open_and_check
from usga_assessment.domain.submission.ethics import NO_CONSENT
from usga_assessment.domain.submission.held import Held
from usga_assessment.domain.submission.judgement import Judgement, first_judgement
from usga_assessment.domain.submission.ledger import (
    FOREIGN_INSTALL,
    REVISION_CYCLE,
    SECOND_INTERVIEW,
)
from usga_assessment.domain.submission.prepared import ExpectedFile, Prepared, Sealer
from usga_assessment.operations.open_answers import open_answers
from usga_assessment.operations.standing import Cases, Journal, chosen, tell_the_sample
from usga_assessment.storage.forms import FormName, Intake

SECOND_S3 = "E-03"
_LASTING = frozenset({NO_CONSENT, SECOND_S3, REVISION_CYCLE, FOREIGN_INSTALL})
"""What a form cannot mend: it was found in the household, in the chain or in the consent."""


class NotQuarantined(Problem):
    """Only what breaks a rule is checked again: in quarantine, or returned from there."""

    slug: ClassVar[str] = "not-quarantined"
    title: ClassVar[str] = "The interview is not in quarantine"
    status: ClassVar[int] = 409


class AnswersUnreadable(Problem):
    """The key of these answers was destroyed: their retention has ended."""

    slug: ClassVar[str] = "answers-unreadable"
    title: ClassVar[str] = "The answers can no longer be read"
    status: ClassVar[int] = 409


class UnknownVersion(Problem):
    """The assessment has no such version of the form, so nothing can be judged by it."""

    slug: ClassVar[str] = "unknown-form-version"
    title: ClassVar[str] = "There is no such version of the form"
    status: ClassVar[int] = 409


class Submissions(Protocol):
    """What checking again needs of the storage."""

    async def find(self, id_: UUID) -> list[Held]: ...

    async def has_interview_beside(self, held: Held) -> bool: ...

    async def contents(self, pks: list[UUID]) -> dict[UUID, Content]: ...

    async def change(self, pk: UUID, *, feed: int, **values: Any) -> None: ...

    async def replace_content(self, pk: UUID, content: Content) -> None: ...


class Verdicts(Protocol):
    """Where verdicts and awaited files are kept."""

    async def of(self, pks: list[UUID]) -> dict[UUID, tuple[Judgement, ...]]: ...

    async def add(self, revision: UUID, given: Sequence[Judgement], *, now: Any) -> None: ...

    async def replace_files(self, pk: UUID, files: Sequence[ExpectedFile]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """All that checking interviews of one assessment again needs; `actor` asked for it."""

    submissions: Submissions
    verdicts: Verdicts
    cases: Cases
    journal: Journal
    opener: Opener
    sealer: Sealer
    intake: Callable[[str, Sequence[FormName]], Awaitable[Intake]]
    store_notes: Callable[[tuple[ProblemNote, ...]], str | None]
    store_pointers: Callable[[Sequence[str]], str | None]
    actor: str


async def revalidate_submission(
    bench: Bench, *, id_: UUID, revision: UUID | None, version: str | None = None
) -> Held:
    """Judge what breaks a rule by the form and state of today; the rest stays as it is.

    `version` names another version of its form to judge it by. Raises NotFound, NotQuarantined,
    AnswersUnreadable, UnknownVersion.
    """
    held = chosen(await bench.submissions.find(id_), revision)
    if not waits(held):
        raise NotQuarantined
    found = await bench.intake(held.assessment, forms_of([held], version))
    if version is not None and not found.forms:
        raise UnknownVersion
    judged = await judge_again(bench, held, found, version=version)
    details = {"to": judged.state.value, "code": judged.code, "version": version}
    await bench.journal.close(bench.actor, "submission.revalidated", str(held.id), details)
    return chosen(await bench.submissions.find(id_), held.pk)


def waits(held: Held) -> bool:
    """Whether a rule still holds an interview back; one that was returned may never come again."""
    is_returned = held.state is SubmissionState.RETURNED and held.is_head
    return held.state is SubmissionState.QUARANTINED or (is_returned and held.code is not None)


def forms_of(waiting: Sequence[Held], version: str | None) -> list[FormName]:
    """The forms that these interviews are to be judged by."""
    names = {
        (held.instrument, version or held.instrument_version or "")
        for held in waiting
        if held.instrument is not None
    }
    return sorted(names)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an interview that was checked again."""

    state: SubmissionState
    code: str | None


async def judge_again(
    bench: Bench, held: Held, intake: Intake, *, version: str | None = None
) -> Judged:
    """Judge one interview, keep the verdict beside those before, and act on it.

    Raises AnswersUnreadable; the journal is the caller's to close.
    """
    by = version or held.instrument_version or ""
    prepared = await _prepare(bench, held, intake, by)
    lasting = held.code if held.code in _LASTING else None
    code = lasting or prepared.code
    if code is None and held.is_head and prepared.disposition in INTERVIEWS:
        second = await bench.submissions.has_interview_beside(held)
        lasting = code = SECOND_INTERVIEW if second else None
    problems = prepared.problems or ((ProblemNote("", lasting),) if lasting else ())
    await _keep_verdict(
        bench,
        held,
        Judgement(
            at=bench.journal.at,
            actor=bench.actor,
            instrument=held.instrument,
            version=by,
            code=code,
            problems=problems,
            warnings=prepared.warnings,
        ),
    )
    if code is None:
        state = SubmissionState.STORED if held.is_head else SubmissionState.BRANCHED
    else:
        state = held.state  # in quarantine, or still returned to its tablet
    await bench.submissions.replace_content(held.pk, prepared.content)
    await bench.verdicts.replace_files(held.pk, prepared.files)
    await bench.submissions.change(
        held.pk,
        feed=bench.journal.next_feed(),
        state=state.value,
        code=code,
        problems=bench.store_notes(problems),
        warnings=bench.store_notes(prepared.warnings),
        redacted=bench.store_pointers(list(dict.fromkeys((*held.redacted, *prepared.redacted)))),
        judged_by=by if by != held.instrument_version else None,
        has_s3=prepared.has_s3,
        disposition=prepared.disposition,
        n_eligible=prepared.n_eligible,
        withdraw_hash=prepared.withdraw_hash,
    )
    if state is SubmissionState.STORED:  # so it is the head
        await tell_the_sample(
            bench.cases,
            held,
            prepared.disposition,
            at=bench.journal.at,
            n_eligible=prepared.n_eligible,
        )
    return Judged(state, code)


async def _prepare(bench: Bench, held: Held, intake: Intake, by: str) -> Prepared:
    content = (await bench.submissions.contents([held.pk])).get(held.pk)
    try:
        if content is None:
            raise AnswersUnreadable
        raw = bench.opener.raw(content, held.id.bytes)
    except Unreadable:
        raise AnswersUnreadable from None
    envelope, is_named = await open_answers(raw, bench.intake)
    form = intake.forms.get((envelope.instrument, by))
    if not is_named and by != envelope.version:
        form = None  # another version's positions would give other answers
    envelope, checked, form = open_and_check(
        envelope, form, age_floor=intake.age_floor, collecting=intake.collecting
    )
    return bench.sealer.prepare(envelope, checked, form)


async def _keep_verdict(bench: Bench, held: Held, new: Judgement) -> None:
    """Keep a verdict; the first one, which stands in the revision, is kept before it is lost."""
    before = (await bench.verdicts.of([held.pk])).get(held.pk)
    given = [new] if before else [first_judgement(held), new]
    await bench.verdicts.add(held.pk, given, now=bench.journal.at)
