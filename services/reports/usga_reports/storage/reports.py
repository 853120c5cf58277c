"""Reports in the database. Every read starts from what the actor may see."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, true, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from usga_shared.auth.actors import PLATFORM, Actor, Role

from usga_reports.domain.access import ORDERERS, S3_READERS, STAFF
from usga_reports.domain.report import (
    CORRECTED,
    PUBLIC,
    FailureCode,
    Report,
    ReportFormat,
    ReportState,
    Wanted,
)
from usga_reports.storage.tables.base import Base
from usga_reports.storage.tables.report import OrderKeyRow, ReportRow

_WITHOUT_S3 = "-open"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Everybody sees finished reports of published releases, analysts also those in the making.

    Staff see all reports of their assessments, but those with S3 answers of releases that are not
    published: whoever reads such answers does (ADR-0063).
    """
    state = col(ReportRow.release_state)
    published = or_(state.in_(PUBLIC), state.startswith(f"{CORRECTED}-"))
    readable = or_(published, state.endswith(_WITHOUT_S3), _held(actor, S3_READERS))
    if actor.is_admin or actor.has("*", *STAFF):
        return readable
    public = published & (col(ReportRow.state) == ReportState.READY)
    ordered = published & _of(actor, ORDERERS)
    return or_(public, ordered, _of(actor, STAFF) & readable)


def _of(actor: Actor, roles: tuple[Role, ...]) -> ColumnElement[bool]:
    """Reports of the assessments in which the actor has one of these roles, or is an admin."""
    return true() if actor.is_admin else _held(actor, roles)


def _held(actor: Actor, roles: tuple[Role, ...]) -> ColumnElement[bool]:
    """The same, where an admin holds none of them by being one."""
    if not actor.roles(PLATFORM).isdisjoint(roles):
        return true()
    own = [code for code in actor.assessments if not actor.roles(code).isdisjoint(roles)]
    return col(ReportRow.assessment).in_(own) if own else false()


class Reports:
    """Finds, lists, orders and finishes reports; never commits."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, report: UUID, *, actor: Actor) -> Report | None:
        """One report, or None when it is not there for this actor."""
        found = select(ReportRow).where(col(ReportRow.id) == report, visible_to(actor))
        row = (await self._session.exec(found)).one_or_none()
        return _value(row) if row else None

    async def close(self) -> None:
        """Nothing more is read: let the connection serve others while the answer is made."""
        await self._session.close()

    async def page(
        self,
        *,
        actor: Actor,
        assessment: str | None,
        release: str | None,
        before: UUID | None,
        limit: int,
    ) -> Sequence[Report]:
        """Newest first; `limit` is exact, ask for one more to know whether there are more."""
        found = select(ReportRow).where(visible_to(actor))
        if assessment is not None:
            found = found.where(col(ReportRow.assessment) == assessment)
        if release is not None:
            found = found.where(col(ReportRow.release) == release)
        if before is not None:
            found = found.where(col(ReportRow.id) < before)
        found = found.order_by(col(ReportRow.id).desc()).limit(limit)
        return [_value(row) for row in (await self._session.exec(found)).all()]

    async def find(self, wanted: Wanted) -> Report | None:
        """The report with this identity, for the one who orders it."""
        found = select(ReportRow).where(
            col(ReportRow.release) == wanted.release,
            col(ReportRow.release_state) == _standing(wanted),
            col(ReportRow.template) == wanted.template,
            col(ReportRow.template_version) == wanted.template_version,
            col(ReportRow.language) == wanted.language,
            col(ReportRow.format) == wanted.format,
        )
        row = (await self._session.exec(found)).one_or_none()
        return _value(row) if row else None

    async def add(self, report: Report, *, ordered_by: str) -> bool:
        """Store a new report; False when somebody ordered the same at the same moment."""
        wanted = report.wanted
        row = ReportRow(
            id=report.id,
            assessment=report.assessment,
            release=wanted.release,
            release_state=_standing(wanted),
            title=report.title,
            synthetic=report.synthetic,
            template=wanted.template,
            template_version=wanted.template_version,
            language=wanted.language,
            format=wanted.format,
            state=report.state,
            progress=report.progress,
            ordered_by=ordered_by,
            ordered_at=report.ordered_at,
        )
        return await self._insert(row)

    async def for_job(self, report: UUID) -> Report | None:
        """A report for the worker, who sees all."""
        row = await self._session.get(ReportRow, report)
        return _value(row) if row else None

    async def progress(self, report: UUID, state: ReportState, progress: int) -> None:
        """Note how far the work has come."""
        await self._set(report, state=state, progress=progress, problem=None)

    async def frozen(self, report: UUID, *, bundle_sha256: str) -> None:
        """Note the digest of the frozen bundle."""
        await self._set(report, bundle_sha256=bundle_sha256)

    async def finished(self, report: UUID, *, sha256: str, size: int, at: datetime) -> None:
        """The artefact is stored: the report is ready."""
        await self._set(
            report, state=ReportState.READY, progress=100, sha256=sha256, size=size, finished_at=at
        )

    async def failed(self, report: UUID, problem: FailureCode, *, at: datetime) -> None:
        """The report was given up; an order for the same starts it again."""
        await self._set(report, state=ReportState.FAILED, problem=problem, finished_at=at)

    async def _set(self, report: UUID, **values: object) -> None:
        await self._session.exec(
            update(ReportRow).where(col(ReportRow.id) == report).values(**values)
        )

    async def key(self, actor: str, key: str) -> tuple[str, UUID] | None:
        """What an Idempotency-Key of this actor stood for: digest of the order, and report."""
        row = await self._session.get(OrderKeyRow, (actor, key))
        return (row.digest, row.report) if row else None

    async def remember(
        self, actor: str, key: str, *, digest: str, report: UUID, at: datetime
    ) -> None:
        """Bind an Idempotency-Key to what it was used for; the first use counts."""
        await self._insert(
            OrderKeyRow(actor=actor, key=key, digest=digest, report=report, used_at=at)
        )

    async def _insert(self, row: Base) -> bool:
        try:
            async with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return False
        return True


def _standing(wanted: Wanted) -> str:
    """The state as its row holds it: `corrected`, then `corrected-2` and so on; `frozen-open`.

    A row that says `frozen` alone has S3 answers in it, as all had before they were told apart.
    """
    if wanted.without_s3:
        return f"{wanted.release_state}{_WITHOUT_S3}"
    more = f"-{wanted.corrections}" if wanted.corrections > 1 else ""
    return f"{wanted.release_state}{more}"


def _value(row: ReportRow) -> Report:
    without_s3 = row.release_state.endswith(_WITHOUT_S3)
    state, _, times = row.release_state.removesuffix(_WITHOUT_S3).partition("-")
    return Report(
        id=row.id,
        wanted=Wanted(
            release=row.release,
            release_state=state,
            corrections=int(times) if times else int(state == CORRECTED),
            template=row.template,
            template_version=row.template_version,
            language=row.language,
            format=ReportFormat(row.format),
            without_s3=without_s3,
        ),
        assessment=row.assessment,
        title=row.title,
        synthetic=row.synthetic,
        state=ReportState(row.state),
        progress=row.progress,
        problem=FailureCode(row.problem) if row.problem else None,
        ordered_at=row.ordered_at,
        finished_at=row.finished_at,
        bundle_sha256=row.bundle_sha256,
        sha256=row.sha256,
        size=row.size,
    )
