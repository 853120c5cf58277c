"""Work that a process does by itself, again and again, and that ends between two of its steps."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 3.0
"""Seconds that a step gets to end by itself when the process stops."""


class BackgroundWork:
    """One task that repeats a step until `stop`.

    A task that is cancelled in the middle of its work may leave a connection half open behind it.
    So a step is asked to end (`is_ending`), and cancelled only when it does not within the
    patience; while nothing is done it ends at once.
    """

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        patience: float = PATIENCE,
    ) -> None:
        self._sleep, self._patience = sleep, patience
        self._task: asyncio.Task[None] | None = None
        self._is_ending = self._is_resting = False

    @property
    def is_ending(self) -> bool:
        """Whether what is under way should end as soon as it can be left."""
        return self._is_ending

    def start(self, step: Callable[[], Awaitable[float]]) -> None:
        """Do `step` now and after each pause; it answers the next pause in seconds.

        An exception of a step ends the work: a step tells of its failures itself.
        """
        self._is_ending = False
        self._task = asyncio.create_task(self._run(step))

    async def stop(self) -> None:
        """End; returns when nothing of the work is left running."""
        self._is_ending = True
        if self._task is None:
            return
        if not self._is_resting:
            await asyncio.wait({self._task}, timeout=self._patience)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, step: Callable[[], Awaitable[float]]) -> None:
        while not self.is_ending:
            pause = await step()
            if self.is_ending:
                return
            self._is_resting = True
            await self._sleep(pause)
            self._is_resting = False
