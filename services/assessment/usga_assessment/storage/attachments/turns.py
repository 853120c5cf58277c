"""One at a time on one upload, in this process, without holding up anybody else.

Who comes later has the better connection: the one before is asked to stop, saves what it has, and
gives way. So a tablet whose link broke need not wait until its old connection times out.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(slots=True)
class Turn:
    """The right to work on an upload; `asked_to_stop` is set when somebody else wants it."""

    asked_to_stop: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    holder: Turn | None = None
    interested: int = 0


class TurnTaken(Exception):
    """Whoever works on this upload did not give way in time."""


class Turns:
    """The turns of all uploads; memory only for those that somebody works on."""

    def __init__(self, *, patience: float = 10.0) -> None:
        self._patience = patience
        self._queues: dict[UUID, _Queue] = {}

    @asynccontextmanager
    async def take(self, upload: UUID) -> AsyncIterator[Turn]:
        """Wait for the turn, having asked the one before to stop; raises TurnTaken."""
        queue = self._queues.setdefault(upload, _Queue())
        queue.interested += 1
        try:
            if queue.holder is not None:
                queue.holder.asked_to_stop.set()
            try:
                await asyncio.wait_for(queue.lock.acquire(), self._patience)
            except TimeoutError:
                raise TurnTaken from None
            queue.holder = turn = Turn()
            try:
                if queue.interested > 1:  # others came while this one waited
                    turn.asked_to_stop.set()
                yield turn
            finally:
                queue.holder = None
                queue.lock.release()
        finally:
            queue.interested -= 1
            if not queue.interested:
                self._queues.pop(upload, None)
