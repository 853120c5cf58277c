"""A job is repeated until it is done, and given up only for its own faults."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from usga_reports.domain.render.pdf import UnrenderableText
from usga_reports.domain.render.report import freeze
from usga_reports.domain.report import (
    Claim,
    FailureCode,
    Report,
    ReportFormat,
    ReportState,
    Wanted,
)
from usga_reports.domain.template.lint import Finding, UnsoundReport
from usga_reports.operations.run_job import Workshop, run_job
from usga_shared.clients.base import UpstreamProblem, UpstreamUnreachable
from usga_shared.clock import FixedClock
from usga_shared.logging import JsonFormatter
from usga_shared.wire.release import ReleaseBundle

from tests.unit.reports.specimen import RELEASE, specimen

NOW = datetime(2026, 7, 1, tzinfo=UTC)
REPORT = Report(
    id=UUID(int=7),
    wanted=Wanted(
        release=RELEASE, release_state="published", template="city-report",
        template_version="1.0.0", language="en", format=ReportFormat.HTML,
    ),
    assessment="XX-SPECIMEN-2026", title="Round", synthetic=True, state=ReportState.QUEUED,
    progress=0, problem=None, ordered_at=NOW, finished_at=None, bundle_sha256=None, sha256=None,
    size=None,
)  # fmt: skip


class FakeDesk:
    """One job; remembers what was done with it."""

    def __init__(self, *, attempts: int = 0, lost_after: int = 99) -> None:
        self.claims = [Claim(report=REPORT.id, worker="w", attempts=attempts)]
        self.events: list[tuple[object, ...]] = []
        self.lost_after = lost_after

    async def claim(self) -> Claim | None:
        return self.claims.pop() if self.claims else None

    async def report(self, claim: Claim) -> Report | None:
        return REPORT

    async def progress(self, claim: Claim, progress: int) -> None:
        self._note("progress", progress)

    async def frozen(self, claim: Claim, bundle_sha256: str) -> None:
        self._note("frozen", bundle_sha256)

    async def finished(self, claim: Claim, *, sha256: str, size: int) -> None:
        self._note("finished", sha256, size)

    async def failed(self, claim: Claim, problem: FailureCode) -> None:
        self._note("failed", problem)

    async def again(self, claim: Claim, *, at: datetime, failed: bool) -> None:
        self._note("again", at - NOW, failed)

    def _note(self, *event: object) -> None:
        if len(self.events) >= self.lost_after:
            raise LookupError("the claim was lost")
        self.events.append(event)


class FakeBundles:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def bundle(self, release: str, *, s3: bool = True) -> ReleaseBundle:
        assert (release, s3) == (RELEASE, True)
        if self.error:
            raise self.error
        return specimen()


class FakeRenderer:
    def __init__(self, error: BaseException | None = None) -> None:
        self.error, self.seen = error, b""

    async def render(self, frozen: bytes, **wanted: str) -> bytes:
        self.seen = frozen
        if self.error:
            raise self.error
        assert wanted == {"template": "city-report", "language": "en", "kind": "html"}
        return b"artefact"


class FakeFiles:
    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def put(self, content: bytes) -> str:
        self.kept.append(content)
        return f"digest-{len(self.kept)}"


def workshop(desk: FakeDesk, **parts: object) -> Workshop:
    @asynccontextmanager
    async def open_desk() -> AsyncIterator[FakeDesk]:
        yield desk

    given = {
        "bundles": FakeBundles(), "renderer": FakeRenderer(), "files": FakeFiles(),
        "clock": FixedClock(NOW), "max_attempts": 3, **parts,
    }  # fmt: skip
    return Workshop(desk=open_desk, **given)  # type: ignore[arg-type]


class TestRunJob:
    async def test_an_empty_queue_is_no_work(self) -> None:
        desk = FakeDesk()
        desk.claims = []
        assert await run_job(workshop(desk)) is False

    async def test_it_freezes_renders_and_stores(self) -> None:
        desk, renderer, files = FakeDesk(), FakeRenderer(), FakeFiles()
        assert await run_job(workshop(desk, renderer=renderer, files=files)) is True
        assert files.kept == [freeze(specimen()), b"artefact"]
        assert renderer.seen == files.kept[0]  # what is rendered is what was frozen
        assert desk.events == [
            ("progress", 5), ("frozen", "digest-1"), ("progress", 30), ("finished", "digest-2", 8),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "error", [UpstreamUnreachable(), UpstreamProblem(503, {}), UpstreamProblem(401, {})]
    )
    @pytest.mark.parametrize("attempts", [0, 2])
    async def test_silence_is_waited_out_and_not_counted(
        self, error: Exception, attempts: int
    ) -> None:
        desk = FakeDesk(attempts=attempts)
        await run_job(workshop(desk, bundles=FakeBundles(error)))
        assert desk.events[-1] == ("again", timedelta(seconds=2 ** (attempts + 1)), False)

    async def test_a_release_that_is_gone_ends_the_job(self) -> None:
        desk = FakeDesk()
        await run_job(workshop(desk, bundles=FakeBundles(UpstreamProblem(404, {}))))
        assert desk.events[-1] == ("failed", FailureCode.RELEASE_GONE)

    async def test_what_can_never_be_rendered_ends_the_job(self) -> None:
        desk = FakeDesk()
        await run_job(workshop(desk, renderer=FakeRenderer(UnrenderableText("no glyph"))))
        assert desk.events[-1] == ("failed", FailureCode.UNRENDERABLE)

    async def test_a_refused_report_ends_at_once_and_the_log_has_the_rule_alone(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, logger="usga.reports.job")
        desk = FakeDesk()
        refusal = UnsoundReport((Finding("Q-04", "A title of somebody", "m"),))
        await run_job(workshop(desk, renderer=FakeRenderer(refusal)))
        assert desk.events[-1] == ("failed", FailureCode.UNSOUND)
        (line,) = [r for r in caplog.records if r.getMessage() == "report_unsound"]
        assert line.__dict__["rules"] == ("Q-04",)
        assert "somebody" not in JsonFormatter().format(line)

    async def test_our_own_faults_are_counted_and_end(self) -> None:
        desk = FakeDesk(attempts=2)
        await run_job(workshop(desk, renderer=FakeRenderer(MemoryError())))
        assert desk.events[-1] == ("again", timedelta(seconds=8), True)
        desk = FakeDesk(attempts=3)
        await run_job(workshop(desk))
        assert desk.events == [("failed", FailureCode.GAVE_UP)]

    async def test_a_service_that_stops_hands_its_job_back(self) -> None:
        desk = FakeDesk()
        slow = FakeRenderer(asyncio.CancelledError())
        with pytest.raises(asyncio.CancelledError):
            await run_job(workshop(desk, renderer=slow))
        assert desk.events[-1] == ("again", timedelta(0), False)

    async def test_the_pause_has_an_upper_end(self) -> None:
        desk = FakeDesk(attempts=40)
        await run_job(workshop(desk, bundles=FakeBundles(UpstreamUnreachable()), max_attempts=99))
        assert desk.events[-1] == ("again", timedelta(seconds=60), False)

    def test_the_report_of_the_fixture_is_a_report(self) -> None:
        assert (
            replace(REPORT, state=ReportState.READY).file_name
            == "XX-SPECIMEN-2026-city-report-en.html"
        )
