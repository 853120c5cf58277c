"""Recompute what can be recomputed of a report, and compare the digests (rule Q-01)."""

import asyncio
import hashlib
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from usga_shared.clock import Clock

from usga_reports.domain.render.report import FINAL
from usga_reports.domain.report import Report, ReportFormat, Verification
from usga_reports.domain.template.registry import TEMPLATES

_REMEMBER = timedelta(seconds=60)


class Files(Protocol):
    """Where artefacts are kept; gives nothing that lost its digest."""

    def get(self, digest: str) -> bytes | None: ...


class Renderer(Protocol):
    """Renders away from the event loop."""

    async def render(
        self, frozen: bytes, *, template: str, language: str, kind: ReportFormat
    ) -> bytes: ...


class Verifier:
    """Anybody may ask for a verification: one is made at a time and remembered briefly."""

    def __init__(self, files: Files, renderer: Renderer, clock: Clock) -> None:
        self._files, self._renderer, self._clock = files, renderer, clock
        self._turn = asyncio.Lock()
        self._found: dict[UUID, tuple[datetime, Verification]] = {}

    async def verify(self, report: Report) -> Verification:
        """What `verify_report` finds now, or found within the last minute."""
        async with self._turn:
            now = self._clock.now()
            self._found = {i: f for i, f in self._found.items() if f[0] > now}
            if report.id not in self._found:
                found = await verify_report(report, self._files, self._renderer)
                self._found[report.id] = (now + _REMEMBER, found)
            return self._found[report.id][1]


async def verify_report(report: Report, files: Files, renderer: Renderer) -> Verification:
    """Read the stored bytes again, render the frozen bundle again, compare."""
    assert report.sha256 is not None  # the route lets only finished reports in
    assert report.bundle_sha256 is not None
    artefact = await asyncio.to_thread(files.get, report.sha256)
    frozen = await asyncio.to_thread(files.get, report.bundle_sha256)
    digest, reason = None, None
    template = TEMPLATES.get(report.wanted.template)
    if frozen is None:
        reason = "bundle-missing"
    elif template is None or template.version != report.wanted.template_version:
        reason = "template-superseded"
    else:
        try:
            again = await renderer.render(
                frozen,
                template=report.wanted.template,
                language=report.wanted.language,
                kind=report.wanted.format,
            )
        except FINAL:
            reason = "unrenderable"
        else:
            digest = hashlib.sha256(again).hexdigest()
    return Verification(
        artefact_intact=artefact is not None,
        bundle_intact=frozen is not None,
        rendering_equal=None if digest is None else digest == report.sha256,
        recomputed_sha256=digest,
        reason=reason,
    )
