"""Fairness among tablets: who floods waits for himself, not others for him (P-24)."""

import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

MOST_REQUESTS = 128
"""Pushes of one device that are in work at the same time."""
MOST_INTERVIEWS = 4000
"""Interviews in them; a single push is taken whatever its size."""
_SOONEST, _SPREAD = 5, 16

Waiting = TypeVar("Waiting")


def in_turns(waiting: Iterable[Waiting], whose: Callable[[Waiting], str]) -> Iterator[Waiting]:
    """One of each owner in turn, each owner's own in their order."""
    queues: dict[str, deque[Waiting]] = {}
    for each in waiting:
        queues.setdefault(whose(each), deque()).append(each)
    while queues:
        for owner in list(queues):
            queue = queues[owner]
            yield queue.popleft()
            if not queue:
                del queues[owner]


class Turns:
    """Counts what each device has in work."""

    def __init__(
        self, *, requests: int = MOST_REQUESTS, interviews: int = MOST_INTERVIEWS
    ) -> None:
        self._requests, self._interviews = requests, interviews
        self._working: dict[str, tuple[int, int]] = {}

    def enter(self, device: str, count: int) -> bool:
        """Begin a push of so many interviews; False when the device has enough in work."""
        requests, interviews = self._working.get(device, (0, 0))
        if requests and (requests >= self._requests or interviews + count > self._interviews):
            return False
        self._working[device] = requests + 1, interviews + count
        return True

    def leave(self, device: str, count: int) -> None:
        """End one."""
        requests, interviews = self._working[device]
        if requests == 1:
            del self._working[device]
        else:
            self._working[device] = requests - 1, interviews - count


def pause_for(device: str, number: int) -> int:
    """Seconds for Retry-After: those who are refused together do not come back together."""
    return _SOONEST + zlib.crc32(f"{device} {number}".encode()) % _SPREAD
