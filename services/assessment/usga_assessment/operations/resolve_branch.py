"""Resolve a branch: what a supervisor chooses of both becomes a revision of its own (P-26)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from usga_shared.problems import ErrorItem, Problem
from usga_shared.wire.vocabulary import FieldClass, SubmissionState

from usga_assessment.domain.sealing.box import Unreadable
from usga_assessment.domain.sealing.classes import Section
from usga_assessment.domain.sealing.content import Content, Opener
from usga_assessment.domain.submission.check import open_and_check
from usga_assessment.domain.submission.envelope import Envelope, read_envelope
from usga_assessment.domain.submission.held import Held
from usga_assessment.domain.submission.review import Decision
from usga_assessment.operations import review_submission as reviewing
from usga_assessment.operations.compare_branches import Submissions, head_of
from usga_assessment.operations.open_answers import AskIntake, open_answers
from usga_assessment.operations.revalidate_submission import AnswersUnreadable
from usga_assessment.operations.standing import Cases, Journal, chosen


class ResolutionRefused(Problem):
    """The branch cannot be resolved like this; `reason` says why."""

    slug: ClassVar[str] = "resolution-refused"
    title: ClassVar[str] = "The branch cannot be resolved like this"
    status: ClassVar[int] = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which branch, beside which head it was seen, and the questions to take from the branch."""

    branch: UUID
    head: UUID
    take: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Keys, forms and numbers that a new revision needs."""

    opener: Opener
    intake: AskIntake
    readable: frozenset[FieldClass]
    new_id: Callable[[], UUID]
    salt: Callable[[], str]


async def write_resolution(
    submissions: Submissions, *, id_: UUID, choice: Choice, means: Means
) -> Envelope:
    """The envelope of the resolution: the head's answers, some of them as the branch has them.

    Raises NotFound, ResolutionRefused, AnswersUnreadable. Nothing is stored yet.
    """
    held = chosen(await submissions.find(id_), None)
    family = await submissions.family(held)
    head = head_of(family)
    if head.pk != choice.head:
        raise ResolutionRefused(reason="head-moved")
    branch = next((h for h in family if h.pk == choice.branch), None)
    if branch is None or branch.state is not SubmissionState.BRANCHED:
        raise ResolutionRefused(reason="not-a-branch")
    contents = await submissions.contents([head.pk, branch.pk])
    stands = await _opened(head, contents, means)
    other = await _opened(branch, contents, means)
    intake = await means.intake(head.assessment, [(stands.instrument, stands.version)])
    form = intake.forms.get((stands.instrument, stands.version))
    if form is None:
        raise ResolutionRefused(reason="unknown-instrument")
    for name in choice.take:
        if not _classes(form.section, name) or not _classes(form.section, name) <= means.readable:
            raise ResolutionRefused(reason="not-yours-to-take")
    made = read_envelope(orjson.dumps(_document(stands, other, choice.take, means)))
    _, checked, _ = open_and_check(
        made, form, age_floor=intake.age_floor, collecting=intake.collecting
    )
    if checked.code is not None:
        errors = [ErrorItem(note.pointer, note.code, note.code) for note in checked.problems]
        raise ResolutionRefused(reason=checked.code, errors=errors)
    return made


def _document(
    stands: Envelope, other: Envelope, take: Sequence[str], means: Means
) -> dict[str, Any]:
    answers = dict(stands.answers)
    for name in take:
        if name in other.answers:
            answers[name] = other.answers[name]
        else:
            answers.pop(name, None)
    files = {file["name"]: file for file in other.document.get("attachments", [])}
    files.update((file["name"], file) for file in stands.document.get("attachments", []))
    return {
        **stands.document,
        "id": str(means.new_id()),
        "install": str(means.new_id()),  # one of its own: no tablet's numbers have a hole or fork
        "seq": 1,
        "salt": means.salt(),
        "revises": str(stands.id),
        "answers": answers,
        "attachments": list(files.values()),
    }


async def _opened(held: Held, contents: dict[UUID, Content], means: Means) -> Envelope:
    content = contents.get(held.pk)
    try:
        if content is None:
            raise AnswersUnreadable
        raw = means.opener.raw(content, held.id.bytes)
    except Unreadable:
        raise AnswersUnreadable from None
    envelope, is_named = await open_answers(raw, means.intake)
    if not is_named:
        raise ResolutionRefused(reason="unknown-instrument")
    return envelope


def _classes(section: Section, name: str) -> set[FieldClass]:
    """The classes of a question, or of everything in a repeat; none for an unknown name."""
    inner = section.repeats.get(name)
    if inner is not None:
        nested = (_classes(inner, each) for each in (*inner.classes, *inner.repeats))
        return set().union(*nested)
    return {section.classes[name]} if name in section.classes else set()


async def settle_resolution(  # noqa: PLR0917 - what a review takes, and what was chosen
    submissions: reviewing.Submissions,
    cases: Cases,
    journal: Journal,
    made: UUID,
    choice: Choice,
    comment: str,
    *,
    actor: str,
    new_id: Callable[[datetime], UUID],
) -> Held | None:
    """Let the stored resolution stand and put the branch aside; None when the head moved.

    Then the resolution is rejected: it stays readable, and the supervisor looks again.
    """
    new = chosen(await submissions.find(made), None)
    is_current = any(h.is_head and h.pk == choice.head for h in await submissions.family(new))

    async def decide(held: Held, decision: Decision, words: str) -> Held:
        return await reviewing.review_submission(
            submissions, cases, journal, id_=held.id, revision=held.pk, decision=decision,
            comment=words, actor=actor, new_id=new_id,
        )  # fmt: skip

    if not is_current:
        await decide(new, Decision.REJECT, "head-moved")
        return None
    done = await decide(new, Decision.APPROVE, comment)
    branch = next(h for h in await submissions.family(done) if h.pk == choice.branch)
    if branch.state is SubmissionState.BRANCHED:
        await decide(branch, Decision.REJECT, f"resolved by {done.id}")
    details = {"branch": str(choice.branch), "head": str(choice.head), "taken": len(choice.take)}
    await journal.close(actor, "branch.resolved", str(done.id), details)
    return done
