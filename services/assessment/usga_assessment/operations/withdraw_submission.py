"""Withdraw an interview by the code on the respondent's card (C-02): its key is destroyed."""

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from usga_shared.problems import NotFound
from usga_shared.wire.vocabulary import Purpose, SubmissionState

from usga_assessment.domain.submission.held import Held
from usga_assessment.operations import standing
from usga_assessment.operations.standing import Cases

REFUSED_LATER = "2.112"
"""The outcome of a case whose person withdrew: a refusal by the selected person."""


class Submissions(Protocol):
    """What withdrawing needs of the storage."""

    async def by_withdrawal(self, assessment: str, code_hash: bytes) -> list[Held]: ...

    async def family(self, held: Held) -> list[Held]: ...

    async def find(self, id_: UUID) -> list[Held]: ...

    async def change(self, pk: UUID, *, feed: int, **values: Any) -> None: ...


class Journal(standing.Journal, Protocol):
    """The right to change interviews of the assessment, and to destroy what they hold."""

    async def destroy(self, pks: list[UUID]) -> None: ...


class Tombstones(Protocol):
    """Where withdrawals stand outside the database."""

    def note(self, withdrawn: Iterable[Held], withdraw_hash: bytes) -> None: ...


async def withdraw_submission(
    submissions: Submissions,
    cases: Cases,
    journal: Journal,
    tombstones: Tombstones,
    *,
    assessment: str,
    code_hash: bytes,
    actor: str,
) -> int:
    """Withdraw every revision of the interview with this code; how many interviews that is.

    Doing it again is harmless and answers the same. Raises NotFound for an unknown code.
    """
    carrying = await submissions.by_withdrawal(assessment, code_hash)
    if not carrying:
        raise NotFound
    family: dict[UUID, Held] = {}
    for held in carrying:
        for relative in await submissions.family(held):
            family.update((h.pk, h) for h in await submissions.find(relative.id))
    left = [h for h in family.values() if h.state is not SubmissionState.WITHDRAWN]
    tombstones.note(left, code_hash)  # before the commit: a restore must never know less
    for held in left:
        await submissions.change(
            held.pk, feed=journal.next_feed(), state=SubmissionState.WITHDRAWN.value
        )
        if held.case_id and held.is_head and held.purpose is Purpose.PRODUCTION:
            await cases.record_outcome(assessment, held.case_id, REFUSED_LATER, at=journal.at)
    await journal.destroy([held.pk for held in left])
    if left:
        await journal.close(actor, "submission.withdrawn", "", {"revisions": len(left)})
    return len({held.root for held in family.values()})
