"""Order reports, follow them, fetch them, verify them."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response
from usga_shared.auth.actors import Actor
from usga_shared.http.etag import conditional
from usga_shared.http.strict import StrictRoute
from usga_shared.ids import uuid7
from usga_shared.pagination import CursorText, Limit, next_link
from usga_shared.problems import (
    Conflict,
    Forbidden,
    InvalidCursor,
    MissingCredential,
    NotFound,
    ReleaseRetracted,
    Unavailable,
    responses,
)
from usga_shared.wire.page import Page

from usga_reports.dependencies import (
    ArtefactsDep,
    ClockDep,
    CursorDep,
    IndicatorsDep,
    KnownActor,
    OptionalActor,
    OrderDeskDep,
    ReportsDep,
    StandingsDep,
    VerifierDep,
    WorkerDep,
)
from usga_reports.domain.report import Report, ReportFormat, ReportState
from usga_reports.operations.order_report import (
    KeyReused,
    Order,
    ReleaseNotFrozen,
    UnknownTemplate,
    admit,
    order_report,
)
from usga_reports.schemas import ReportOrder, ReportView, VerificationView
from usga_reports.storage.reports import Reports

router = APIRouter(prefix="/v1/reports", tags=["reports"], route_class=StrictRoute)

ReportId = Annotated[UUID, Path(description="Id of the report.")]

_PUBLIC = "public, no-cache"
_PRIVATE = "private, no-cache"
_SCOPE = "reports"
_ORDERED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "Ordered, now or before.",
        "headers": {
            "Location": {"description": "Where to follow it.", "schema": {"type": "string"}}
        },
    }
}
_MEDIA = {
    kind.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
    for kind in ReportFormat
}


class ReportNotReady(Conflict):
    """The file does not exist yet, or never will; `state` and `progress` say which."""

    slug = "report-not-ready"
    title = "The report is not ready"


@router.post(
    "",
    status_code=202,
    summary="Order a report",
    responses=_ORDERED | responses(
        MissingCredential, Forbidden, NotFound, ReleaseRetracted, ReleaseNotFrozen, KeyReused,
        UnknownTemplate, Unavailable,
    ),
)  # fmt: skip
async def order(
    *,
    body: ReportOrder,
    actor: KnownActor,
    indicators: IndicatorsDep,
    desk: OrderDeskDep,
    response: Response,
    clock: ClockDep,
    worker: WorkerDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=128,
            min_length=1,
            description="Makes a repeated order safe.",
        ),
    ] = None,
) -> ReportView:
    """Answers 202 with the report's address; follow it until `state` is `ready`.

    The same release, template, language and format are the same report: ordering it again gives
    the one that exists. A failed one is started again. Coordinators, statisticians and analysts
    of the assessment may order. Of a release that is not published, who may not read S3 answers
    gets a report without them that names what it lacks (`without_s3`).
    """
    wanted = Order(
        release=body.release,
        template=body.template,
        language=body.language,
        format=body.format,
        key=idempotency_key,
    )
    release = await admit(indicators, wanted, actor=actor)
    now = clock.now()
    async with desk.open() as (stored, jobs):  # committed when the block ends
        report = await order_report(
            stored, jobs, wanted, release, actor=actor, new_id=uuid7(now), now=now
        )
    worker.nudge()
    response.headers["Location"] = f"/v1/reports/{report.id}"
    return ReportView.of(report)


@router.get("", summary="List reports", responses=responses(InvalidCursor))
async def reports(
    *,
    stored: ReportsDep,
    actor: OptionalActor,
    cursors: CursorDep,
    request: Request,
    response: Response,
    assessment: Annotated[
        str | None, Query(max_length=32, description="Only of this assessment.")
    ] = None,
    release: Annotated[
        str | None, Query(max_length=64, description="Only of this release.")
    ] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> Page[ReportView]:
    """Newest first. The public sees the finished reports of published releases."""
    scope = f"{_SCOPE}:{assessment}:{release}"
    before = UUID(cursors.decode(scope, cursor)[0]) if cursor else None
    found = await stored.page(
        actor=actor, assessment=assessment, release=release, before=before, limit=limit + 1
    )
    following = cursors.encode(scope, [str(found[limit - 1].id)]) if len(found) > limit else None
    response.headers.update(next_link(request, following))
    return Page(items=[ReportView.of(report) for report in found[:limit]], next=following)


@router.get("/{report}", summary="Follow a report", responses=responses(NotFound))
async def one(
    report: ReportId, stored: ReportsDep, actor: OptionalActor, response: Response
) -> ReportView:
    """State and progress; `Retry-After` says when to look again."""
    found = await _seen(stored, report, actor)
    if found.state in {ReportState.QUEUED, ReportState.RENDERING}:
        response.headers["Retry-After"] = "1"
    response.headers["Cache-Control"] = "no-cache"
    return ReportView.of(found)


@router.get(
    "/{report}/content",
    summary="Fetch the file",
    response_class=Response,
    responses={
        200: {"description": "The report.", "content": _MEDIA},
        304: {"description": "The caller already has it."},
        **responses(NotFound, ReportNotReady, ReleaseRetracted, Unavailable),
    },
)
async def content(
    *,
    report: ReportId,
    request: Request,
    stored: ReportsDep,
    actor: OptionalActor,
    files: ArtefactsDep,
    standings: StandingsDep,
) -> Response:
    """The file, which never changes. Its ETag is the SHA-256 of its bytes.

    Once its release is retracted it is handed out no longer (410).
    """
    found = _ready(await _seen(stored, report, actor))
    await stored.close()
    await standings.check(found.wanted.release)
    assert found.sha256 is not None  # ready reports have one
    data = await asyncio.to_thread(files.get, found.sha256)
    if data is None:  # lost or damaged on disk: never hand out other bytes
        raise Unavailable
    headers = {
        "Content-Disposition": f'inline; filename="{found.file_name}"',
        "Content-Language": found.wanted.language,
        "X-Content-Type-Options": "nosniff",
    }
    if found.wanted.format is ReportFormat.HTML:
        headers["Content-Security-Policy"] = (
            "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        )
    return conditional(
        request,
        data,
        media_type=found.wanted.format.media_type,
        cache_control=_PUBLIC if found.published else _PRIVATE,
        etag=f'"{found.sha256}"',
        headers=headers,
    )


@router.get(
    "/{report}/verification",
    summary="Verify a report",
    responses=responses(NotFound, ReportNotReady, ReleaseRetracted),
)
async def verification(
    report: ReportId,
    stored: ReportsDep,
    actor: OptionalActor,
    verifier: VerifierDep,
    standings: StandingsDep,
) -> VerificationView:
    """Renders the frozen data again and compares the digests, byte for byte."""
    found = _ready(await _seen(stored, report, actor))
    await stored.close()
    await standings.check(found.wanted.release)
    return VerificationView.of(found, await verifier.verify(found))


async def _seen(stored: Reports, report: ReportId, actor: Actor) -> Report:
    found = await stored.get(report, actor=actor)
    if found is None:
        raise NotFound
    return found


def _ready(report: Report) -> Report:
    if report.state is not ReportState.READY:
        raise ReportNotReady(
            state=report.state, progress=report.progress, headers={"Retry-After": "1"}
        )
    return report
