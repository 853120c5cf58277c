"""Read one interview: the parts that the caller's roles may see, and a note in the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from usga_shared.problems import NotFound
from usga_shared.wire.vocabulary import FieldClass, SubmissionState

from usga_assessment.domain.sealing.box import SealedClass, Unreadable
from usga_assessment.domain.sealing.classes import join
from usga_assessment.domain.sealing.content import Content, Opener
from usga_assessment.domain.submission.held import Held, ReviewStep


class Submissions(Protocol):
    """What reading needs of the storage."""

    async def find(self, id_: UUID) -> list[Held]: ...

    async def family(self, held: Held) -> list[Held]: ...

    async def contents(self, pks: Iterable[UUID]) -> dict[UUID, Content]: ...

    async def reviews(self, pks: Iterable[UUID]) -> list[ReviewStep]: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """One interview as a caller may see it; `opened` are the sealed classes that were read."""

    held: Held
    answers: dict[str, Any]
    opened: tuple[FieldClass, ...]
    withheld: tuple[FieldClass, ...]
    family: list[Held]
    reviews: list[ReviewStep]


async def read_submission(
    submissions: Submissions,
    *,
    id_: UUID,
    revision: UUID | None,
    opener_for: Any,
    classes_for: Any,
) -> Reading:
    """The interview that stands under an id (or one revision); raises NotFound."""
    found = await submissions.find(id_)
    held = next((h for h in found if revision is None or h.pk == revision), None)
    if held is None:
        raise NotFound
    family = await submissions.family(held)
    others = [h for h in found if h.pk not in {f.pk for f in family}]
    reviews = await submissions.reviews([h.pk for h in (*family, *others)])
    content = (await submissions.contents([held.pk])).get(held.pk)
    if content is None or held.state is SubmissionState.WITHDRAWN:
        return Reading(held, {}, (), (), [*family, *others], reviews)
    readable: frozenset[FieldClass] = classes_for(held.assessment)
    present = {FieldClass(part.value) for part in content.parts if part is not SealedClass.RAW}
    opener: Opener = opener_for(held.assessment)
    parts: dict[FieldClass, Any] = {}
    for kind in sorted(readable):
        try:
            parts.update(opener.parts(content, held.id.bytes, [kind]))
        except Unreadable:  # the class's retention has ended
            present.discard(kind)
    return Reading(
        held,
        join(parts[kind] for kind in FieldClass if kind in parts),
        tuple(sorted(kind for kind in parts if kind is not FieldClass.OPEN)),
        tuple(sorted(present - readable)),
        [*family, *others],
        reviews,
    )
