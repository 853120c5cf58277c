"""The rendering process: the same bytes, its death survived, its memory given back."""

import asyncio
import os
import signal
import subprocess
import sys

import psutil  # type: ignore[import-untyped]
import pytest
from usga_reports.domain.locale import UnknownLanguage
from usga_reports.domain.render.report import freeze, render_report
from usga_reports.domain.report import ReportFormat
from usga_reports.operations.renderer import ProcessRenderer, RendererDied

from tests.unit.reports.specimen import specimen

FROZEN = freeze(specimen())


async def html(renderer: ProcessRenderer, language: str = "en") -> bytes:
    return await renderer.render(
        FROZEN, template="city-report", language=language, kind=ReportFormat.HTML
    )


class TestProcessRenderer:
    async def test_it_renders_what_the_function_renders_and_survives_a_death(self) -> None:
        renderer = ProcessRenderer()
        expected = render_report(
            FROZEN, template="city-report", language="en", kind=ReportFormat.HTML
        )
        try:
            assert await html(renderer) == expected
            with pytest.raises(UnknownLanguage):
                await html(renderer, "tlh")
            pool = renderer._pool
            assert pool is not None
            (child,) = pool._processes.values()
            task = asyncio.create_task(
                renderer.render(
                    FROZEN, template="city-report", language="en", kind=ReportFormat.PDF
                )
            )
            await asyncio.sleep(0.05)
            renderer.rest()  # busy: must not stop it
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
            with pytest.raises(RendererDied):
                await task
            assert await html(renderer) == expected
            renderer.rest()
            assert renderer._pool is None
        finally:
            await renderer.close()

    @pytest.mark.slow
    async def test_its_memory_does_not_grow_with_the_reports(self) -> None:
        renderer = ProcessRenderer()
        try:
            sizes = []
            for _ in range(5):
                await renderer.render(
                    FROZEN, template="city-report", language="en", kind=ReportFormat.PDF
                )
                await html(renderer)  # waits until the memory was given back
                assert renderer._pool is not None
                (child,) = renderer._pool._processes.values()
                sizes.append(psutil.Process(child.pid).memory_info().rss)
        finally:
            await renderer.close()
        assert sizes[-1] < sizes[0] * 1.5

    def test_it_ends_with_a_service_that_was_killed(self) -> None:
        program = (
            "if __name__ == '__main__':\n"
            "    import os, time\n"
            "    from usga_reports.operations.renderer import _new_pool\n"
            "    pool = _new_pool()\n"
            "    print(pool.submit(os.getpid).result(), flush=True)\n"
            "    time.sleep(60)\n"
        )
        service = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        assert service.stdout is not None
        child = int(service.stdout.readline())
        service.kill()
        try:
            # The end of what both write: the child has gone, too.
            service.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            os.kill(child, signal.SIGKILL)
            raise
