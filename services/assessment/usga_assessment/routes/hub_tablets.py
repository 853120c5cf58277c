"""What a hub answers to tablets (docs/protocol/hub.md): push, pull, mail, who it is.

Every route but the last asks for a tablet that the centre named to this hub.
"""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from usga_shared.http.bodies import UnknownDictionary, read_body
from usga_shared.http.render import language_of
from usga_shared.http.state import kept
from usga_shared.pagination import CursorText
from usga_shared.problems import (
    ContentTooLarge,
    Forbidden,
    InvalidCredential,
    InvalidCursor,
    InvalidRequest,
    MalformedBody,
    MissingCredential,
    Unavailable,
    UnsupportedMedia,
    responses,
)
from usga_shared.wire.hub import FilesPage, HubInfo, HubItem, HubPushAnswer, MailPage, RefusedFiles
from usga_shared.wire.sync import ChangesPage

from usga_assessment.dependencies import CursorDep, KnownActor, ReadSessionDep, SettingsDep
from usga_assessment.domain.access.credential import Device
from usga_assessment.operations.hub.hand_on import files_page, mail_page, shared_changes
from usga_assessment.operations.hub.hub_desk import HubDesk
from usga_assessment.operations.hub.take_push import HubFull, Pushed, take_push
from usga_assessment.operations.receive_submissions import BatchTooLong
from usga_assessment.operations.tablet_scope import Scope
from usga_assessment.routes.pulling import device_assessment
from usga_assessment.schemas.sync import ITEM_MESSAGES, never_taken, problem_views
from usga_assessment.storage.dictionaries import Dictionaries
from usga_assessment.storage.hub.authenticator import TabletUnknownHere
from usga_assessment.storage.hub.files import CargoHold
from usga_assessment.storage.hub.hold import Hold
from usga_assessment.storage.hub.mirror import Mirror
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.lists import Lists

router = APIRouter(tags=["hub"])
NDJSON = "application/x-ndjson"
MOST_RECEIPTS = 50
MOST_AFTER = 2**31 - 1
"""What a database counts to."""
HubDeskDep = Annotated[HubDesk, kept("hub")]
_KNOWN = (MissingCredential, InvalidCredential, TabletUnknownHere, Forbidden, Unavailable)
_PUSH_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}}
}


@router.post(
    "/v1/sync/submissions",
    summary="Give finalised interviews to the hub",
    responses=responses(
        MalformedBody, *_KNOWN, ContentTooLarge, BatchTooLong, UnsupportedMedia,
        UnknownDictionary, InvalidRequest, HubFull,
    ),
    openapi_extra=_PUSH_BODY,
)  # fmt: skip
async def push(
    request: Request,
    actor: KnownActor,
    desk: HubDeskDep,
    usga_proof: Annotated[
        str, Header(description="The tablet's proof of the decoded body, base64url.")
    ] = "",
) -> HubPushAnswer:
    """The same bytes as for the centre. The hub keeps them sealed and carries them.

    Its receipt says that it has them, and permits nothing: only the centre's receipt does.
    """
    assessment = device_assessment(actor)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != NDJSON:
        raise UnsupportedMedia(accepted=[NDJSON])
    body = await read_body(
        request,
        max_plain=desk.settings.max_plain_bytes,
        dictionary=partial(desk.dictionaries.find, assessment),
        lines=True,
    )
    coding = request.headers.get("content-encoding", "").strip().lower()
    pushed = Pushed(await request.body(), coding, body, usga_proof)
    taken = await take_push(desk, pushed, assessment=assessment, device=UUID(actor.id))
    language, most = language_of(request.scope), desk.settings.attachment_max_bytes
    never = {id_: never_taken(listed, most, language) for id_, listed in taken.listing.items()}
    return HubPushAnswer(
        hub_receipt=taken.receipt,
        items=[
            HubItem(
                index=each.index,
                id=each.id,
                code=each.code,
                problems=problem_views(each.problems, ITEM_MESSAGES, language),
            )
            for each in taken.noticed
        ],
        files=[RefusedFiles(submission=id_, refused=what) for id_, what in never.items() if what],
    )


@router.get(
    "/v1/sync/changes",
    summary="Pull forms and lists from the hub",
    responses=responses(*_KNOWN, InvalidCursor),
)
async def changes(  # noqa: PLR0917 - what FastAPI is to bring
    actor: KnownActor,
    session: ReadSessionDep,
    cursors: CursorDep,
    settings: SettingsDep,
    desk: HubDeskDep,
    cursor: CursorText = None,
) -> ChangesPage:
    """What all tablets of the assessment share, as the centre told this hub last.

    A tablet's own (its cases, what was returned) comes as mail that only it can open.
    """
    assessment = device_assessment(actor)
    list_of = f"hub changes {actor.id}"
    name, start = cursors.decode(list_of, cursor) if cursor else ("", 0)
    found, now = await shared_changes(
        Scope(
            _tablet(actor.id, assessment, desk),
            await Instruments(session).for_assessment(assessment),
            await Lists(session).of(assessment),
            [],
            await Dictionaries(session).of(assessment),
        )
    )
    if name != now:
        start = 0
    page = found[start : start + settings.sync_page_size]
    after = start + len(page)
    following = cursors.encode(list_of, [now, after])
    return ChangesPage(items=page, next=following, more=after < len(found))


def _tablet(id_: str, assessment: str, desk: HubDesk) -> Device:
    return Device(
        id=UUID(id_), assessment=assessment, install=UUID(int=0), name="",
        enrolled_at=desk.clock.now(),
    )  # fmt: skip


@router.get(
    "/v1/hub/mail",
    summary="Take what waits at the hub for this tablet",
    responses=responses(*_KNOWN, InvalidRequest),
)
async def mail(
    actor: KnownActor,
    session: ReadSessionDep,
    after: Annotated[
        int, Query(ge=0, le=MOST_AFTER, description="`next` of the last mail taken.")
    ] = 0,
) -> MailPage:
    """Central receipts of what the hub carried, and the centre's sealed word to this tablet."""
    device = UUID(actor.id)
    settled = await Hold(session).settled(device, after=after, limit=MOST_RECEIPTS + 1)
    sealed = await Mirror(session).mail_for(device)
    return mail_page(settled, sealed, after=after, limit=MOST_RECEIPTS)


@router.get(
    "/v1/hub/files",
    summary="What became of this tablet's files",
    responses=responses(*_KNOWN, InvalidRequest),
)
async def files(
    actor: KnownActor,
    session: ReadSessionDep,
    desk: HubDeskDep,
    after: Annotated[
        int, Query(ge=0, le=MOST_AFTER, description="`next` of the last answer.")
    ] = 0,
) -> FilesPage:
    """The centre's receipts of files, and files that this hub does not carry any more."""
    settled = await CargoHold(session).settled(
        UUID(actor.id), after=after, limit=MOST_RECEIPTS + 1
    )
    return files_page(settled, epoch=desk.life, after=after, limit=MOST_RECEIPTS)


@router.get("/v1/hub", summary="Who this hub is", responses=responses(Unavailable))
async def info(desk: HubDeskDep) -> HubInfo:
    """Believe it when a certificate verifies with the centre's keys; needs no credential."""
    told = desk.told
    return HubInfo(
        hub=told.hub,
        name=told.name,
        issuer=told.issuer,
        at=told.at,
        epoch=desk.life,
        certificates=list(told.certificates),
        link=desk.link.value,
        refusal=desk.refusal or None,
    )
