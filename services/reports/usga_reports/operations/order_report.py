"""Order a report: once per identity, and once per Idempotency-Key."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from usga_shared.auth.actors import Actor
from usga_shared.clients.base import UpstreamProblem
from usga_shared.problems import Conflict, Forbidden, NotFound, Problem
from usga_shared.wire.release import ReleaseStanding
from usga_shared.wire.vocabulary import ReleaseState

from usga_reports.domain.access import ORDERERS, S3_READERS, STAFF
from usga_reports.domain.report import CORRECTED, Report, ReportFormat, ReportState, Wanted
from usga_reports.domain.template.registry import TEMPLATES
from usga_reports.operations.check_standing import refuse_retracted

_NOT_FOUND = 404


class ReleaseNotFrozen(Conflict):
    """A draft still changes; freeze the release, then order its report."""

    slug = "release-not-frozen"
    title = "The release is still a draft"


class UnknownTemplate(Problem):
    """No such template, or it does not speak this language; `available` lists what there is."""

    slug = "unknown-template"
    title = "There is no such template in this language"
    status = 422


class KeyReused(Conflict):
    """The Idempotency-Key was used before for another order."""

    slug = "idempotency-key-reused"
    title = "The Idempotency-Key stands for another order"


class Releases(Protocol):
    """Where releases are looked up."""

    async def release(self, release: str) -> ReleaseStanding: ...


class ReportStore(Protocol):
    """What ordering needs of the storage."""

    async def find(self, wanted: Wanted) -> Report | None: ...
    async def add(self, report: Report, *, ordered_by: str) -> bool: ...
    async def progress(self, report: UUID, state: ReportState, progress: int) -> None: ...
    async def for_job(self, report: UUID) -> Report | None: ...
    async def key(self, actor: str, key: str) -> tuple[str, UUID] | None: ...
    async def remember(
        self, actor: str, key: str, *, digest: str, report: UUID, at: datetime
    ) -> None: ...


class Queue(Protocol):
    """Where the work is put."""

    async def put(self, report: UUID, *, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the caller asks for."""

    release: str
    template: str
    language: str
    format: ReportFormat
    key: str | None = None

    @property
    def digest(self) -> str:
        """What an Idempotency-Key is bound to."""
        parts = (self.release, self.template, self.language, self.format)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


async def admit(releases: Releases, order: Order, *, actor: Actor) -> ReleaseStanding:
    """The release of an order, if this actor may order its reports.

    Raises NotFound for a release that the actor may not know of, Forbidden for one that they may
    read but not order, ReleaseRetracted, ReleaseNotFrozen for a draft, UnknownTemplate.
    """
    try:
        release = await releases.release(order.release)
    except UpstreamProblem as refusal:
        if refusal.upstream_status == _NOT_FOUND:
            raise NotFound from None
        raise
    published = release.state in {ReleaseState.PUBLISHED, ReleaseState.RETRACTED}
    if not actor.has(release.assessment, *(ORDERERS if published else STAFF)):
        raise Forbidden.except_for(ORDERERS) if published else NotFound
    refuse_retracted(release)
    if release.state is ReleaseState.DRAFT:
        raise ReleaseNotFrozen(state=release.state)
    template = TEMPLATES.get(order.template)
    if template is None or order.language not in template.languages:
        raise UnknownTemplate(available={t.name: list(t.languages) for t in TEMPLATES.values()})
    return release


async def order_report(
    reports: ReportStore,
    queue: Queue,
    order: Order,
    release: ReleaseStanding,
    *,
    actor: Actor,
    new_id: UUID,
    now: datetime,
) -> Report:
    """Queue the report, or give the one that was ordered before; a failed one starts again.

    Of a release that is not published there are two: with S3 answers for those who may read them,
    and without for others (ADR-0063).
    """
    who = f"{actor.kind}:{actor.id}"
    if order.key is not None:
        used = await reports.key(who, order.key)
        if used is not None and used[0] != order.digest:
            raise KeyReused
    wanted = Wanted(
        release=order.release,
        release_state=_standing(release),
        corrections=len(release.corrected_by),
        template=order.template,
        template_version=TEMPLATES[order.template].version,
        language=order.language,
        format=order.format,
        without_s3=release.state is not ReleaseState.PUBLISHED
        and actor.roles(release.assessment).isdisjoint(S3_READERS),
    )
    report = await reports.find(wanted)
    if report is None:
        report = _new(wanted, release, new_id=new_id, now=now)
        if await reports.add(report, ordered_by=who):
            await queue.put(report.id, at=now)
        else:
            report = await reports.find(wanted) or report
    elif report.state is ReportState.FAILED:
        await reports.progress(report.id, ReportState.QUEUED, 0)
        await queue.put(report.id, at=now)
        report = await reports.for_job(report.id) or report
    if order.key is not None and used is None:
        await reports.remember(who, order.key, digest=order.digest, report=report.id, at=now)
    return report


def _standing(release: ReleaseStanding) -> str:
    """What a report of it must say of the release: a corrected one has a report of its own."""
    return CORRECTED if release.corrected_by else release.state


def _new(wanted: Wanted, release: ReleaseStanding, *, new_id: UUID, now: datetime) -> Report:
    return Report(
        id=new_id,
        wanted=wanted,
        assessment=release.assessment,
        title=release.title,
        synthetic=release.synthetic,
        state=ReportState.QUEUED,
        progress=0,
        problem=None,
        ordered_at=now,
        finished_at=None,
        bundle_sha256=None,
        sha256=None,
        size=None,
    )
