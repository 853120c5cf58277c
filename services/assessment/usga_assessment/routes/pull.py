"""The sync protocol: check what is held, pull changes, ask for receipts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from usga_shared.auth.actors import ActorKind
from usga_shared.http.strict import StrictRoute
from usga_shared.pagination import CursorText
from usga_shared.problems import (
    Forbidden,
    InvalidCredential,
    InvalidCursor,
    MissingCredential,
    NotFound,
    responses,
)
from usga_shared.wire.sync import (
    ChangesPage,
    CheckAnswer,
    CheckRequest,
    ReceiptBatch,
    ReceiptPayload,
)
from usga_shared.wire.vocabulary import ItemState

from usga_assessment.dependencies import (
    DeskDep,
    KnownActor,
    PolicyDep,
    ReadSessionDep,
    SettingsDep,
)
from usga_assessment.domain.sync.digests import batch_digest
from usga_assessment.operations.check_held import check_held
from usga_assessment.routes.pulling import (
    ClientOutdated,
    ListsBy,
    Pull,
    device_assessment,
    page_for,
    refuse_outdated,
)
from usga_assessment.schemas.sync import InstallReceipt, ReceiptPage
from usga_assessment.storage.feed import Feed

router = APIRouter(tags=["sync"], route_class=StrictRoute)
_REFUSALS = responses(MissingCredential, InvalidCredential, Forbidden)


@router.post("/v1/sync/check", summary="Ask what the server holds", responses=_REFUSALS)
async def check(
    body: CheckRequest, actor: KnownActor, session: ReadSessionDep, desk: DeskDep
) -> CheckAnswer:
    """Prove what is held: a state for each id with its digest, a digest for each range.

    A tablet deletes an interview only when its receipt and a later range digest both match.
    """
    assessment = device_assessment(actor)
    return await check_held(Feed(session, assessment), body, epoch=await desk.epoch())


@router.get(
    "/v1/sync/changes",
    summary="Pull what is new for this tablet",
    responses=responses(
        MissingCredential, InvalidCredential, Forbidden, ClientOutdated, InvalidCursor
    ),
)
async def changes(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    actor: KnownActor,
    session: ReadSessionDep,
    settings: SettingsDep,
    cursor: CursorText = None,
    lists: ListsBy = "whole",
) -> ChangesPage:
    """Forms, lists, cases, returned and withdrawn interviews of this tablet alone.

    Begin without a cursor; keep `next` and come back with it, also when `more` is false. Entries
    are complete values, but for the rows of lists: applying one twice is harmless.
    """
    device_assessment(actor)
    await refuse_outdated(request, actor)
    pull = Pull(cursor, by_rows=lists == "rows")
    return await page_for(request, actor, session, pull, limit=settings.sync_page_size)


@router.get(
    "/v1/receipts",
    summary="What is held of an installation, signed",
    responses=responses(MissingCredential, InvalidCredential, Forbidden, NotFound),
)
async def receipts(  # noqa: PLR0917 - what FastAPI is to bring
    actor: KnownActor,
    policy: PolicyDep,
    session: ReadSessionDep,
    desk: DeskDep,
    install: Annotated[UUID, Query(description="The installation to report on.")],
    assessment: Annotated[
        str | None, Query(max_length=32, description="For people with several assessments.")
    ] = None,
) -> ReceiptPage:
    """The sequence picture of an installation as a signed receipt of an empty batch.

    A tablet asks for its own; supervisors for any of their assessment.
    """
    if actor.kind is ActorKind.DEVICE:
        codes = [device_assessment(actor)]
    else:
        scope = policy.scope(actor, "receipt.read")
        codes = [assessment] if assessment else sorted(scope.codes)
        codes = [code for code in codes if scope.covers(code)]
    epoch = await desk.epoch()
    found: list[InstallReceipt] = []
    for code in codes:
        for sequence in await Feed(session, code).sequences([install]):
            payload = ReceiptPayload(
                iss=desk.issuer,
                iat=desk.now_seconds(),
                epoch=epoch,
                assessment=code,
                device=_device_id(actor.id),
                install=install,
                batch=ReceiptBatch(count=0, digest=batch_digest(())),
                state=ItemState.STORED,
                sequence=sequence.picture(),
            )
            found.append(
                InstallReceipt(
                    assessment=code, receipt=desk.sign(payload), sequence=sequence.picture()
                )
            )
    if not found:
        raise NotFound
    return ReceiptPage(items=found)


def _device_id(actor: str) -> UUID:
    try:
        return UUID(actor)
    except ValueError:
        return UUID(int=0)
