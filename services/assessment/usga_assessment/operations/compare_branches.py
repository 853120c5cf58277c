"""Show a supervisor what stale edits say beside what stands (protocol P-25)."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol
from uuid import UUID

from usga_shared.problems import NotFound
from usga_shared.wire.vocabulary import FieldClass, SubmissionState

from usga_assessment.domain.sealing.box import SealedClass, Unreadable
from usga_assessment.domain.sealing.content import Content, Opener
from usga_assessment.domain.submission.differences import Branch, Branches, differences
from usga_assessment.domain.submission.held import Held

Parts = dict[FieldClass, dict[str, Any]]


class Submissions(Protocol):
    """What comparing needs of the storage."""

    async def find(self, id_: UUID) -> list[Held]: ...

    async def family(self, held: Held) -> list[Held]: ...

    async def contents(self, pks: Iterable[UUID]) -> dict[UUID, Content]: ...


def head_of(family: Iterable[Held]) -> Held:
    """What stands of an interview; raises NotFound."""
    head = next((held for held in family if held.is_head), None)
    if head is None:
        raise NotFound
    return head


async def compare_branches(
    submissions: Submissions,
    *,
    id_: UUID,
    opener_for: Callable[[str], Opener],
    classes_for: Callable[[str], frozenset[FieldClass]],
) -> Branches:
    """Every branch of the interview of a revision, with the classes that the caller may read.

    Classes that are not readable are not opened, not even to compare. Raises NotFound.
    """
    found = next(iter(await submissions.find(id_)), None)
    if found is None:
        raise NotFound
    family = await submissions.family(found)
    head = head_of(family)
    kept = {held.id: held for held in family if held.version == 0}
    branched = [held for held in family if held.state is SubmissionState.BRANCHED]
    bases = [kept.get(held.revises) if held.revises else None for held in branched]
    wanted = {held.pk: held for held in (head, *branched, *filter(None, bases))}
    contents = await submissions.contents(wanted) if branched else {}
    readable = classes_for(head.assessment)
    opener = opener_for(head.assessment)
    parts = {pk: _parts(opener, content, wanted[pk], readable) for pk, content in contents.items()}
    present = {
        FieldClass(part.value)
        for content in contents.values()
        for part in content.parts
        if part is not SealedClass.RAW
    }
    opened = {kind for each in parts.values() for kind in each if kind is not FieldClass.OPEN}
    return Branches(
        head,
        [
            Branch(
                held,
                base,
                differences(
                    parts.get(base.pk) if base else None,
                    parts.get(head.pk, {}),
                    parts.get(held.pk, {}),
                ),
            )
            for held, base in zip(branched, bases, strict=True)
        ],
        tuple(sorted(opened)),
        tuple(sorted(present - readable)),
    )


def _parts(opener: Opener, content: Content, held: Held, readable: frozenset[FieldClass]) -> Parts:
    found: Parts = {}
    for kind in sorted(readable):
        try:
            found.update(opener.parts(content, held.id.bytes, [kind]))
        except Unreadable:  # the class's retention has ended
            continue
    return found
