"""A verification is what was found, not what was hoped for."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from usga_reports.domain.locale import UnknownLanguage
from usga_reports.domain.render.pdf import UnrenderableText
from usga_reports.domain.report import Report
from usga_reports.domain.template.city_report import VERSION
from usga_reports.domain.template.lint import UnsoundReport
from usga_reports.operations.verify_report import Verifier, verify_report
from usga_shared.clock import FixedClock

from tests.unit.reports.test_run_job import NOW, REPORT

ARTEFACT, FROZEN = b"the report", b"the bundle"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def ready(**wanted: Any) -> Report:
    return replace(
        REPORT,
        wanted=replace(REPORT.wanted, **{"template_version": VERSION, **wanted}),
        sha256=digest(ARTEFACT),
        bundle_sha256=digest(FROZEN),
    )


class FakeFiles:
    def __init__(self, *kept: bytes) -> None:
        self.kept = {digest(content): content for content in kept}

    def get(self, digest: str) -> bytes | None:
        return self.kept.get(digest)


class FakeRenderer:
    def __init__(self, answer: bytes | Exception) -> None:
        self.answer = answer
        self.calls = 0

    async def render(self, frozen: bytes, **wanted: object) -> bytes:
        assert frozen == FROZEN
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class TestVerification:
    async def test_everything_agrees(self) -> None:
        found = await verify_report(ready(), FakeFiles(ARTEFACT, FROZEN), FakeRenderer(ARTEFACT))
        assert found.verified
        assert found.recomputed_sha256 == digest(ARTEFACT)

    async def test_other_bytes_are_not_verified(self) -> None:
        found = await verify_report(ready(), FakeFiles(ARTEFACT, FROZEN), FakeRenderer(b"other"))
        assert found.rendering_equal is False
        assert not found.verified
        assert found.recomputed_sha256 == digest(b"other")

    async def test_a_lost_file_is_not_verified_though_it_can_be_rendered(self) -> None:
        found = await verify_report(ready(), FakeFiles(FROZEN), FakeRenderer(ARTEFACT))
        assert (found.artefact_intact, found.rendering_equal, found.verified) == (
            False,
            True,
            False,
        )

    @pytest.mark.parametrize(
        ("report", "files", "renderer", "reason"),
        [
            (ready(), FakeFiles(ARTEFACT), FakeRenderer(ARTEFACT), "bundle-missing"),
            (
                ready(template_version="0.0.1"), FakeFiles(ARTEFACT, FROZEN),
                FakeRenderer(ARTEFACT), "template-superseded",
            ),
            (
                ready(), FakeFiles(ARTEFACT, FROZEN),
                FakeRenderer(UnrenderableText("x")), "unrenderable",
            ),
            (
                ready(), FakeFiles(ARTEFACT, FROZEN),
                FakeRenderer(UnsoundReport(())), "unrenderable",
            ),
            (
                ready(), FakeFiles(ARTEFACT, FROZEN),
                FakeRenderer(UnknownLanguage("tlh")), "unrenderable",
            ),
        ],
    )  # fmt: skip
    async def test_what_cannot_be_checked_says_why(
        self, report: Report, files: FakeFiles, renderer: FakeRenderer, reason: str
    ) -> None:
        found = await verify_report(report, files, renderer)
        assert (found.rendering_equal, found.reason, found.verified) == (None, reason, False)


class TestVerifier:
    async def test_many_requests_render_once_and_not_for_ever(self) -> None:
        renderer, clock = FakeRenderer(ARTEFACT), FixedClock(NOW)
        verifier = Verifier(FakeFiles(ARTEFACT, FROZEN), renderer, clock)
        found = await asyncio.gather(*(verifier.verify(ready()) for _ in range(20)))
        assert all(item.verified for item in found)
        assert renderer.calls == 1
        renderer.answer = b"other"
        clock.advance(timedelta(seconds=61))
        assert (await verifier.verify(ready())).verified is False
        assert renderer.calls == 2
