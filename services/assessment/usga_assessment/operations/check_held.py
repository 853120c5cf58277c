"""Tell a tablet what the server holds, before it deletes anything (protocol P-50 to P-53)."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from usga_shared.problems import ErrorItem, InvalidRequest
from usga_shared.wire.sync import (
    CheckAnswer,
    CheckedItem,
    CheckedRange,
    CheckRequest,
    SequencePicture,
)
from usga_shared.wire.vocabulary import ItemState, SubmissionState

from usga_assessment.domain.sync.digests import range_digest
from usga_assessment.domain.sync.sequence import InstallSequence
from usga_assessment.storage.feed import Known

LARGEST_RANGE = 20_000
"""Numbers that the ranges of one check may span together."""

_HELD = {
    SubmissionState.QUARANTINED: ItemState.QUARANTINED,
    SubmissionState.BRANCHED: ItemState.BRANCHED,
    SubmissionState.CONFLICT: ItemState.CONFLICT,
    SubmissionState.WITHDRAWN: ItemState.WITHDRAWN,
}


class Feed(Protocol):
    """What checking needs of the storage."""

    async def known(self, ids: Iterable[UUID]) -> list[Known]:
        """What is held under these ids."""
        ...

    async def numbered(
        self, install: UUID, first: int, last: int
    ) -> list[tuple[int, UUID, bytes]]:
        """(seq, id, digest) of what stands of an install in a range."""
        ...

    async def sequences(self, installs: Iterable[UUID]) -> list[InstallSequence]:
        """What is held of installs."""
        ...


async def check_held(feed: Feed, request: CheckRequest, *, epoch: str) -> CheckAnswer:
    """The state of each id with its digest, and the digest of each range.

    Raises InvalidRequest for a range that runs backwards, or ranges too large together.
    """
    _bounded(request)
    known = await feed.known({item.id for item in request.items})
    states = {(k.id, k.digest): _HELD.get(k.state, ItemState.STORED) for k in known}
    gone = {k.id for k in known if k.state is SubmissionState.WITHDRAWN}
    ranges = []
    for asked in request.ranges:
        numbered = await feed.numbered(asked.install, asked.first, asked.last)
        ranges.append(
            CheckedRange(
                install=asked.install,
                first=asked.first,
                last=asked.last,
                count=len(numbered),
                digest=range_digest(numbered),
            )
        )
    installs = sorted({asked.install for asked in request.ranges})
    return CheckAnswer(
        epoch=epoch,
        items=[
            CheckedItem(
                id=item.id,
                state=ItemState.WITHDRAWN
                if item.id in gone
                else states.get((item.id, bytes.fromhex(item.digest)), "absent"),
            )
            for item in request.items
        ],
        ranges=ranges,
        sequence=_pictures(await feed.sequences(installs)) if installs else [],
    )


def _pictures(sequences: Sequence[InstallSequence]) -> list[SequencePicture]:
    return [sequence.picture() for sequence in sequences]


def _bounded(request: CheckRequest) -> None:
    total = 0
    for index, asked in enumerate(request.ranges):
        total += asked.last - asked.first + 1
        if asked.last < asked.first or total > LARGEST_RANGE:
            raise InvalidRequest(
                errors=[ErrorItem(f"/ranges/{index}", "range", "backwards, or too large")]
            )
