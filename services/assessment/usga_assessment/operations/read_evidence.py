"""What is known of the checks of an interview: verdicts, awaited files, differing calculations."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.sealing.box import Unreadable
from usga_assessment.domain.sealing.classes import class_at
from usga_assessment.domain.sealing.content import Content, Opener
from usga_assessment.domain.submission.calculations import DIFFERS, differences
from usga_assessment.domain.submission.check import Form, surroundings_of
from usga_assessment.domain.submission.ethics import pointer
from usga_assessment.domain.submission.held import Held
from usga_assessment.domain.submission.judgement import Judgement, history
from usga_assessment.domain.submission.prepared import ExpectedFile
from usga_assessment.operations.open_answers import open_answers
from usga_assessment.storage.forms import FormName, Intake


class Verdicts(Protocol):
    """What reading needs of the storage."""

    async def of(self, pks: Iterable[UUID]) -> dict[UUID, tuple[Judgement, ...]]: ...

    async def files(self, pk: UUID) -> list[ExpectedFile]: ...


class Submissions(Protocol):
    """Where the answers are."""

    async def contents(self, pks: Iterable[UUID]) -> dict[UUID, Content]: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A differing calculation as a caller may see it; None for what the caller may not read."""

    pointer: str
    field_class: FieldClass
    sent: str | None
    computed: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the checks of one revision left behind."""

    verdicts: Sequence[Judgement]
    files: Sequence[ExpectedFile]
    differences: Sequence[Shown]

    @property
    def opened(self) -> frozenset[FieldClass]:
        """The sealed classes whose values the differences show."""
        kinds = {d.field_class for d in self.differences if d.computed is not None}
        return frozenset(kinds - {FieldClass.OPEN})


async def read_evidence(
    verdicts: Verdicts,
    submissions: Submissions,
    held: Held,
    *,
    opener: Opener,
    intake: Callable[[str, Sequence[FormName]], Awaitable[Intake]],
    readable: frozenset[FieldClass],
) -> Evidence:
    """Every verdict, every awaited file, and both values of each calculation that differs."""
    given = (await verdicts.of([held.pk])).get(held.pk, ())
    shown: list[Shown] = []
    if held.instrument and any(note.code == DIFFERS for note in held.warnings):
        name = held.instrument, held.judged_by or held.instrument_version or ""
        form = (await intake(held.assessment, [name])).forms.get(name)
        content = (await submissions.contents([held.pk])).get(held.pk)
        if form is not None and content is not None:
            shown = await _compare(held, form, content, opener, readable, intake)
    return Evidence(history(held, given), await verdicts.files(held.pk), shown)


async def _compare(  # noqa: PLR0917 - one interview and how to open it
    held: Held,
    form: Form,
    content: Content,
    opener: Opener,
    readable: frozenset[FieldClass],
    intake: Callable[[str, Sequence[FormName]], Awaitable[Intake]],
) -> list[Shown]:
    try:
        envelope, _ = await open_answers(opener.raw(content, held.id.bytes), intake)
    except Unreadable:  # the retention of a class has ended, and with it that of the whole
        return []
    shown: list[Shown] = []
    for found in differences(form.checker, envelope.answers, surroundings_of(envelope, form)):
        kind = class_at(form.section, found.place)
        visible = kind in readable
        shown.append(
            Shown(
                pointer(found.place, form.watch),
                kind,
                found.sent if visible else None,
                found.computed if visible else None,
            )
        )
    return shown
