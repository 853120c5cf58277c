"""Rendering in a process of its own: the service stays small and answers while it works."""

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol

from usga_shared.problems import Unavailable

from usga_reports.domain.render.pdf import forget
from usga_reports.domain.render.report import render_report
from usga_reports.domain.report import ReportFormat


class Renderer(Protocol):
    """Renders away from the event loop."""

    async def render(
        self, frozen: bytes, *, template: str, language: str, kind: ReportFormat
    ) -> bytes:
        """The artefact; raises what `render_report` raises."""
        ...

    def rest(self) -> None:
        """There is no work for now."""
        ...

    async def close(self) -> None:
        """There will be no more work."""
        ...


class RendererDied(Unavailable):
    """The rendering process ended in the middle of its work, e.g. for want of memory."""


class ProcessRenderer:
    """One child process, started when it is needed, one document at a time."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._busy = 0

    async def render(
        self,
        frozen: bytes,
        *,
        template: str,
        language: str,
        kind: ReportFormat,
    ) -> bytes:
        """The artefact. Raises what `render_report` raises, and RendererDied."""
        if self._pool is None:
            self._pool = _new_pool()
        pool, loop = self._pool, asyncio.get_running_loop()
        self._busy += 1
        try:
            made = await loop.run_in_executor(pool, _render, frozen, template, language, kind)
            pool.submit(forget)  # after the answer, before the next document
        except BrokenProcessPool as error:
            if self._pool is pool:
                self._pool = None
            raise RendererDied from error
        finally:
            self._busy -= 1
        return made

    def rest(self) -> None:
        """Give the child's memory back, unless it is at work."""
        if self._pool is not None and self._busy == 0:
            self._pool.shutdown(wait=False)
            self._pool = None

    async def close(self) -> None:
        """Stop the child; what it was doing is done again later."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


def _new_pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_settle,
    )


def _settle() -> None:
    """Ctrl-C is for the service, which then stops this process in order; or it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_service, name="end-with-service", daemon=True).start()


def _end_with_service() -> None:
    """A killed service closes no queue: this process would wait for work for ever."""
    service = multiprocessing.parent_process()
    if service is not None:
        service.join()  # a pipe that only the service holds open, on every system
        os._exit(1)


def _render(frozen: bytes, template: str, language: str, kind: ReportFormat) -> bytes:
    return render_report(frozen, template=template, language=language, kind=kind)
