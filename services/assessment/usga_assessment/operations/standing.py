"""What every change of a held interview needs, and what it tells the sample."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from usga_shared.problems import NotFound
from usga_shared.wire.vocabulary import Purpose

from usga_assessment.domain.submission.held import Held


class Cases(Protocol):
    """What an interview tells the sample."""

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


def chosen(found: Iterable[Held], revision: UUID | None) -> Held:
    """What stands under the id, or the revision that was named; raises NotFound."""
    held = next((h for h in found if revision is None or h.pk == revision), None)
    if held is None:
        raise NotFound
    return held


async def tell_the_sample(
    cases: Cases, held: Held, code: str | None, *, at: datetime, n_eligible: int | None = None
) -> None:
    """Give the case of a production interview its disposition; without a code nothing is told."""
    if held.case_id is None or held.purpose is not Purpose.PRODUCTION or code is None:
        return
    await cases.record_outcome(held.assessment, held.case_id, code, at=at, n_eligible=n_eligible)
