"""What the other services ask of this one; the gateway never forwards these routes."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from usga_shared.pagination import CursorCodec
from usga_shared.problems import InvalidCredential, InvalidCursor, NotFound
from usga_shared.wire.comparison import VersionComparison
from usga_shared.wire.extract import AssessmentContext, ExtractPage, ExtractRequest, PsuOutcomes
from usga_shared.wire.identity import Introspection, IntrospectionAnswer
from usga_shared.wire.paradata import ParadataPage, ParadataRequest
from usga_shared.wire.vocabulary import SubmissionState

from usga_assessment.dependencies import (
    AuthenticatorDep,
    ClockDep,
    Code,
    CursorDep,
    DeskDep,
    ReadSessionDep,
    ServiceOnly,
)
from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.assessment.assessment import Assessment
from usga_assessment.domain.instrument import InstrumentState
from usga_assessment.operations.assemble_context import assemble_context
from usga_assessment.operations.case_outcomes import case_outcomes
from usga_assessment.operations.compare_versions import compare_used
from usga_assessment.operations.explain_extract import ExtractExplainer
from usga_assessment.operations.extract import extract, make_pseudonym
from usga_assessment.operations.read_paradata import Pseudonyms, read_paradata
from usga_assessment.storage.areas import Areas
from usga_assessment.storage.assessments import Assessments
from usga_assessment.storage.audit import AuditLog, Note
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.feed import Feed
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.lists import Lists
from usga_assessment.storage.records import Records

router = APIRouter(prefix="/internal/v1", include_in_schema=False, dependencies=[ServiceOnly])


async def _known(code: Code, session: ReadSessionDep) -> Assessment:
    found = await Assessments(session, Scope(everywhere=True)).get(code)
    if found is None:
        raise NotFound
    return found


KnownAssessment = Annotated[Assessment, Depends(_known)]


@router.post("/credentials/introspection")
async def introspect(body: Introspection, authenticator: AuthenticatorDep) -> IntrospectionAnswer:
    """Who a credential belongs to."""
    try:
        actor = await authenticator.authenticate(body.token)
    except InvalidCredential:
        actor = None
    if actor is None:
        return IntrospectionAnswer(active=False)
    grants = {code: sorted(role.value for role in roles) for code, roles in actor.grants.items()}
    return IntrospectionAnswer(active=True, kind=actor.kind.value, id=actor.id, grants=grants)


@router.get("/assessments/{code}")
async def context(assessment: KnownAssessment, session: ReadSessionDep) -> AssessmentContext:
    """Everything of an assessment that a release freezes."""
    code, feed = assessment.code, Feed(session, assessment.code)
    return assemble_context(
        assessment,
        records=await Records(session).holding(code),
        areas=await Areas(session).of(code),
        instruments=await Instruments(session).for_assessment(code),
        cases=await Cases(session).every(code),
        quarantined=await feed.count(SubmissionState.QUARANTINED),
        withdrawn=await feed.count(SubmissionState.WITHDRAWN),
        enumerators=await Devices(session).count_ready(code),
    )


@router.get("/assessments/{code}/outcomes")
async def outcomes(assessment: KnownAssessment, session: ReadSessionDep) -> list[PsuOutcomes]:
    """What became of the cases, by PSU, as weighting for non-response needs it."""
    return case_outcomes(await Cases(session).every(assessment.code))


@router.get("/assessments/{code}/instruments")
async def instruments(
    assessment: KnownAssessment, session: ReadSessionDep
) -> list[dict[str, Any]]:
    """The instrument documents of an assessment, published versions first, newest first."""
    versions = await Instruments(session).for_assessment(assessment.code)
    newest_first = versions[::-1]
    newest_first.sort(key=lambda version: version.state is not InstrumentState.PUBLISHED)
    return [
        {"id": str(v.id), "state": v.state.value, "digest": v.digest, "document": v.document}
        for v in newest_first
    ]


@router.get("/assessments/{code}/comparisons")
async def comparisons(
    assessment: KnownAssessment,
    session: ReadSessionDep,
    instrument: Annotated[str, Query(max_length=64)],
    version: Annotated[list[str], Query(max_length=100)],
) -> list[VersionComparison]:
    """What changed between each two neighbours among these versions of a form."""
    versions = await Instruments(session).for_assessment(assessment.code)
    return await asyncio.to_thread(compare_used, versions, instrument=instrument, used=version)


def _place(cursors: CursorCodec, scope: str, cursor: str | None, epoch: str) -> int:
    """Where a follower stands; raises InvalidCursor when the server was restored since.

    What it took in then may be lost here: it reads from the beginning, into something empty.
    """
    if not cursor:
        return 0
    place, *life = cursors.decode(scope, cursor)
    if life and life[0] != epoch:
        raise InvalidCursor
    return int(place)


@router.post("/assessments/{code}/extract")
async def extract_page(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    body: ExtractRequest,
    assessment: KnownAssessment,
    session: ReadSessionDep,
    desk: DeskDep,
    cursors: CursorDep,
    clock: ClockDep,
) -> ExtractPage:
    """One page of the analysis extract; opening S3 parts is written to the audit log first."""
    code = assessment.code
    scope = f"extract {code}"
    epoch = await desk.epoch()
    place = _place(cursors, scope, body.cursor, epoch)
    versions = await Instruments(session).for_assessment(code)
    explainer = ExtractExplainer(
        [v for v in versions if v.name == body.instrument], await Lists(session).tables(code)
    )
    page = await extract(
        Feed(session, code),
        Cases(session),
        desk.opener(code),
        assessment=code,
        request=body,
        place=place,
        pseudonym=make_pseudonym(desk.keyring.purpose_key(f"analysis {code}")),
        require_approved=assessment.require_approved,
        explainer=explainer,
    )
    if page.s3_opened:
        details = {"count": page.s3_opened, "variables": sorted(body.s3_variables)}
        async with request.app.state.database.write() as writing:
            note = Note("service:indicators", "s3.extracted", "", details)
            await AuditLog(writing).note(code, clock.now(), note)
    return ExtractPage(
        items=page.items, next=cursors.encode(scope, [page.place, epoch]), more=page.more
    )


@router.post("/assessments/{code}/paradata")
async def paradata_page(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    body: ParadataRequest,
    assessment: KnownAssessment,
    session: ReadSessionDep,
    desk: DeskDep,
    cursors: CursorDep,
    clock: ClockDep,
) -> ParadataPage:
    """How interviews were made; measuring positions is written to the audit log first."""
    code = assessment.code
    scope = f"paradata {code}"
    epoch = await desk.epoch()
    place = _place(cursors, scope, body.cursor, epoch)
    page = await read_paradata(
        Feed(session, code),
        Cases(session),
        desk.opener(code),
        assessment=code,
        request=body,
        place=place,
        pseudonyms=Pseudonyms(
            make_pseudonym(desk.keyring.purpose_key(f"analysis {code}")),
            desk.keyring.purpose_key(f"interviewers {code}"),
        ),
        areas=await Areas(session).of(code),
    )
    if page.positions_opened:
        async with request.app.state.database.write() as writing:
            details = {"count": page.positions_opened}
            note = Note("service:indicators", "positions.measured", "", details)
            await AuditLog(writing).note(code, clock.now(), note)
    return ParadataPage(
        items=page.items, next=cursors.encode(scope, [page.place, epoch]), more=page.more
    )
