"""Run one job: fetch the bundle, freeze it, render it, store the artefact.

Every step can be repeated: a job that was cut off anywhere is simply run again and stores the same
bytes. Transactions are short; none is open while another service or the renderer works.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from usga_shared.clients.base import UpstreamError, UpstreamProblem
from usga_shared.clock import Clock
from usga_shared.logging import describe_exception
from usga_shared.wire.release import ReleaseBundle

from usga_reports.domain.render.report import FINAL, freeze
from usga_reports.domain.report import Claim, FailureCode, Report, ReportFormat
from usga_reports.domain.template.lint import UnsoundReport

_log = logging.getLogger("usga.reports.job")
_LONGEST_PAUSE = timedelta(seconds=60)
_GONE = frozenset({404, 410})
"""Not there, or retracted: no try brings it back."""


class Bundles(Protocol):
    """Where the bundle of a release comes from."""

    async def bundle(self, release: str, *, s3: bool = True) -> ReleaseBundle: ...


class Renderer(Protocol):
    """Renders away from the event loop."""

    async def render(
        self, frozen: bytes, *, template: str, language: str, kind: ReportFormat
    ) -> bytes: ...


class Files(Protocol):
    """Where artefacts are kept."""

    def put(self, content: bytes) -> str: ...


class Desk(Protocol):
    """The reports and jobs of one transaction."""

    async def claim(self) -> Claim | None: ...
    async def report(self, claim: Claim) -> Report | None: ...
    async def progress(self, claim: Claim, progress: int) -> None: ...
    async def frozen(self, claim: Claim, bundle_sha256: str) -> None: ...
    async def finished(self, claim: Claim, *, sha256: str, size: int) -> None: ...
    async def failed(self, claim: Claim, problem: FailureCode) -> None: ...
    async def again(self, claim: Claim, *, at: datetime, failed: bool) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """All that a job needs; `desk()` opens one short transaction."""

    desk: Callable[[], AbstractAsyncContextManager[Desk]]
    bundles: Bundles
    renderer: Renderer
    files: Files
    clock: Clock
    max_attempts: int


async def run_job(workshop: Workshop) -> bool:
    """Do one job, if there is one; False when the queue has nothing due."""
    async with workshop.desk() as desk:
        claim = await desk.claim()
        if claim is None:
            return False
        report = await desk.report(claim)
        gave_up = report is not None and claim.attempts >= workshop.max_attempts
        if gave_up:
            await desk.failed(claim, FailureCode.GAVE_UP)
        elif report is not None:
            await desk.progress(claim, 5)
    if report is not None and not gave_up:
        await _attempt(workshop, claim, report)
    return True


async def _attempt(workshop: Workshop, claim: Claim, report: Report) -> None:
    """Work on a report, and turn whatever goes wrong into what is to be done about it."""
    try:
        await _work(workshop, claim, report)
    except asyncio.CancelledError:  # the service stops: hand the job back, do not wait for a lease
        async with workshop.desk() as desk:
            await desk.again(claim, at=workshop.clock.now(), failed=False)
        raise
    except UpstreamProblem as refusal:
        if refusal.upstream_status in _GONE:
            await _give_up(workshop, claim, FailureCode.RELEASE_GONE)
        else:
            await _later(workshop, claim, refusal, failed=False)
    except UpstreamError as silence:
        await _later(workshop, claim, silence, failed=False)
    except UnsoundReport as error:  # the same document would be refused again
        _note(claim, "report_unsound", error, rules=error.rules)
        await _give_up(workshop, claim, FailureCode.UNSOUND)
    except FINAL as error:
        _note(claim, "report_unrenderable", error)
        await _give_up(workshop, claim, FailureCode.UNRENDERABLE)
    except Exception as error:  # noqa: BLE001 - a job that fails must not end the worker
        await _later(workshop, claim, error, failed=True)


async def _work(workshop: Workshop, claim: Claim, report: Report) -> None:
    wanted = report.wanted
    bundle = await workshop.bundles.bundle(wanted.release, s3=not wanted.without_s3)
    frozen = await asyncio.to_thread(freeze, bundle)
    bundle_sha256 = await asyncio.to_thread(workshop.files.put, frozen)
    async with workshop.desk() as desk:
        await desk.frozen(claim, bundle_sha256)
        await desk.progress(claim, 30)
    content = await workshop.renderer.render(
        frozen,
        template=report.wanted.template,
        language=report.wanted.language,
        kind=report.wanted.format,
    )
    sha256 = await asyncio.to_thread(workshop.files.put, content)
    async with workshop.desk() as desk:
        await desk.finished(claim, sha256=sha256, size=len(content))
    _log.info("report_ready", extra={"report": str(report.id), "bytes": len(content)})


async def _give_up(workshop: Workshop, claim: Claim, problem: FailureCode) -> None:
    async with workshop.desk() as desk:
        await desk.failed(claim, problem)


async def _later(workshop: Workshop, claim: Claim, error: Exception, *, failed: bool) -> None:
    """Try again later. Another service's silence is waited out, however long it lasts."""
    _note(claim, "report_job_failed" if failed else "report_job_waits", error)
    pause = min(timedelta(seconds=2 ** min(claim.attempts + 1, 6)), _LONGEST_PAUSE)
    async with workshop.desk() as desk:
        await desk.again(claim, at=workshop.clock.now() + pause, failed=failed)


def _note(claim: Claim, event: str, error: Exception, **more: object) -> None:
    _log.warning(event, extra={"report": str(claim.report), **describe_exception(error), **more})
