"""The worker of a process: takes jobs until it is told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from usga_shared.logging import describe_exception

_log = logging.getLogger("usga.reports.worker")


class Sleeper(Protocol):
    """Something that may rest while there is no work."""

    def rest(self) -> None: ...


class Worker:
    """Runs `job` while there is work; looks again when told of an order, or after a while."""

    def __init__(
        self,
        job: Callable[[], Awaitable[bool]],
        *,
        renderer: Sleeper,
        poll_seconds: float,
        idle_seconds: float,
    ) -> None:
        self._job, self._renderer = job, renderer
        self._poll, self._idle = poll_seconds, idle_seconds
        self._ordered = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the running event loop."""
        self._task = asyncio.create_task(self._run(), name="reports-worker")

    def nudge(self) -> None:
        """There is a new order: do not wait for the next look."""
        self._ordered.set()

    async def stop(self) -> None:
        """End. A job in hand goes back to the queue."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        idle = 0.0
        while True:
            self._ordered.clear()  # before looking: an order that comes meanwhile is seen next
            if await self._try_job():
                idle = 0.0
                continue
            try:
                await asyncio.wait_for(self._ordered.wait(), self._poll)
            except TimeoutError:
                idle += self._poll
            if idle >= self._idle:
                self._renderer.rest()
                idle = 0.0

    async def _try_job(self) -> bool:
        try:
            return await self._job()
        except Exception as error:  # noqa: BLE001 - e.g. the database is away for a moment
            _log.warning("report_worker_error", extra=describe_exception(error))
            return False
