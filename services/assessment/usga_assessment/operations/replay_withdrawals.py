"""After a restore: withdraw again what was withdrawn, before anybody can read it."""

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from usga_shared.wire.vocabulary import SubmissionState

from usga_assessment.domain.submission.held import Held
from usga_assessment.storage.tombstones import Tombstone


class Submissions(Protocol):
    """What replaying needs of the storage."""

    async def find(self, id_: UUID) -> list[Held]: ...

    async def change(self, pk: UUID, *, feed: int, **values: Any) -> None: ...

    async def add_tombstone(self, stone: Tombstone, *, feed: int, at: Any) -> None: ...


class Journal(Protocol):
    """The right to change interviews of the assessment."""

    at: Any

    def next_feed(self) -> int: ...

    async def destroy(self, pks: list[UUID]) -> None: ...

    async def close(
        self, actor: str, action: str, subject: str, details: dict[str, Any]
    ) -> None: ...


async def replay_withdrawals(
    submissions: Submissions, journal: Journal, stones: Iterable[Tombstone]
) -> int:
    """Withdraw the revisions of one assessment that these tombstones name; how many were not.

    Those that the backup does not know get their tombstone, so that nobody can send them again.
    """
    lost: list[UUID] = []
    added = 0
    for stone in stones:
        held = [h for h in await submissions.find(stone.id) if h.assessment == stone.assessment]
        if not held:
            await submissions.add_tombstone(stone, feed=journal.next_feed(), at=journal.at)
            added += 1
        for each in held:
            if each.state is not SubmissionState.WITHDRAWN:
                await submissions.change(
                    each.pk, feed=journal.next_feed(), state=SubmissionState.WITHDRAWN.value
                )
                lost.append(each.pk)
    await journal.destroy(lost)
    if lost or added:
        details = {"withdrawn": len(lost), "unknown": added}
        await journal.close("operator", "withdrawals.replayed", "", details)
    return len(lost) + added
