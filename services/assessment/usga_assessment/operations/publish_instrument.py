"""Publish or retire an instrument version."""

from datetime import datetime
from typing import ClassVar, Protocol

from usga_shared.problems import Problem

from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion, may_move


class InstrumentStateRefused(Problem):
    """The version is in a state that does not allow the move; `state` says which."""

    slug: ClassVar[str] = "instrument-state"
    title: ClassVar[str] = "The state of the version does not allow this"
    status: ClassVar[int] = 409


class Instruments(Protocol):
    """What the move needs of the storage."""

    async def move(
        self, kept: InstrumentVersion, to: InstrumentState, at: datetime
    ) -> InstrumentVersion:
        """Record a new state with its time."""
        ...


async def move_instrument(
    instruments: Instruments, kept: InstrumentVersion, to: InstrumentState, *, at: datetime
) -> InstrumentVersion:
    """Move a version; a second call changes nothing. Retired versions never come back."""
    if kept.state is to:
        return kept
    if not may_move(kept.state, to):
        raise InstrumentStateRefused(state=kept.state.value)
    return await instruments.move(kept, to, at)
