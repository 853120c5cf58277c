"""Room for batches: few are opened at a time, the others wait as the bytes that they came as.

An opened batch takes some thirty times the memory of its compressed body, and every one that is
being checked slows all others down. So a herd of tablets waits at the door, in turns by device,
and whoever posts a single interview goes past it (protocol P-24).
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from usga_shared.problems import TooManyRequests, Unavailable

from usga_assessment.domain.sync.turns import MOST_REQUESTS, pause_for

MOST_OPEN = 24
"""Batches that are opened at the same time, each until it is stored."""
LARGEST_OPEN = 8 * 2**20
"""Bytes of them as they are when decoded; one alone may be larger."""
MOST_WAITING = 4096
"""Batches that wait for room; beyond, callers are asked to come back."""
LARGEST_WAITING = 64 * 2**20
"""Bytes of them as they were sent."""


@dataclass(slots=True, eq=False)
class _Waiting:
    plain: int
    turn: "asyncio.Future[None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Room:
    """Lets batches in while there is room, one of each device in turn."""

    def __init__(
        self,
        *,
        pushes: int = MOST_OPEN,
        plain: int = LARGEST_OPEN,
        waiting: int = MOST_WAITING,
        waiting_bytes: int = LARGEST_WAITING,
    ) -> None:
        self._pushes, self._plain = pushes, plain
        self._most_waiting, self._largest_waiting = waiting, waiting_bytes
        self._open = self._open_plain = self._waiting = self._waiting_bytes = self._refused = 0
        self._queues: OrderedDict[str, deque[_Waiting]] = OrderedDict()

    @asynccontextmanager
    async def taken(self, device: str, *, sent: int, plain: int) -> AsyncIterator[None]:
        """The time in which a batch may be open.

        `sent` are the bytes of its body, `plain` those that it will have when decoded, as far as
        that is known. Raises TooManyRequests when the device has enough waiting already,
        Unavailable when all have.
        """
        if self._queues or not self._has_room(plain):
            await self._wait(device, sent, plain)
        else:
            self._enter(plain)
        try:
            yield
        finally:
            self._open -= 1
            self._open_plain -= plain
            self._let_in()

    def _has_room(self, plain: int) -> bool:
        if not self._open:
            return True
        return self._open < self._pushes and self._open_plain + plain <= self._plain

    def _enter(self, plain: int) -> None:
        self._open += 1
        self._open_plain += plain

    async def _wait(self, device: str, sent: int, plain: int) -> None:
        queue = self._queues.get(device, ())
        if len(queue) >= MOST_REQUESTS:
            raise TooManyRequests(headers=self._pause(device))
        if (
            self._waiting >= self._most_waiting
            or self._waiting_bytes + sent > self._largest_waiting
        ):
            raise Unavailable(headers=self._pause(device))
        waiting = _Waiting(plain)
        self._queues.setdefault(device, deque()).append(waiting)
        self._waiting += 1
        self._waiting_bytes += sent
        try:
            await waiting.turn
        except asyncio.CancelledError:
            if waiting.turn.done() and not waiting.turn.cancelled():  # let in at the last moment
                self._open -= 1
                self._open_plain -= plain
            else:
                self._forget(device, waiting)
            self._let_in()
            raise
        finally:
            self._waiting -= 1
            self._waiting_bytes -= sent

    def _pause(self, device: str) -> dict[str, str]:
        """When to come back: by the count of refusals, which is another one each time."""
        self._refused += 1
        return {"Retry-After": str(pause_for(device, self._refused))}

    def _forget(self, device: str, waiting: _Waiting) -> None:
        queue = self._queues.get(device)
        if queue is not None and waiting in queue:
            queue.remove(waiting)
            if not queue:
                del self._queues[device]

    def _let_in(self) -> None:
        while self._queues:
            device, queue = next(iter(self._queues.items()))
            if not self._has_room(queue[0].plain):
                return
            first = queue.popleft()
            if queue:
                self._queues.move_to_end(device)
            else:
                del self._queues[device]
            if not first.turn.cancelled():  # else its client went away just now
                self._enter(first.plain)
                first.turn.set_result(None)
