"""The sync protocol: push, check (docs/protocol/sync.md)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI, Request, Response
from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.http.bodies import UnknownDictionary, plain_size, read_body, sent_body
from usga_shared.http.render import language_of
from usga_shared.http.schemas import inlined_schema
from usga_shared.pagination import CursorCodec, CursorText
from usga_shared.problems import (
    ContentTooLarge,
    ErrorItem,
    Forbidden,
    InvalidCredential,
    InvalidCursor,
    InvalidRequest,
    MalformedBody,
    MissingCredential,
    TooManyRequests,
    Unavailable,
    UnsupportedMedia,
    responses,
)
from usga_shared.wire.sync import Envelope as EnvelopeModel
from usga_shared.wire.sync import ItemResult, MissingFiles, PushAnswer

from usga_assessment.dependencies import DeskDep, KnownActor
from usga_assessment.domain.submission.check import ProblemNote
from usga_assessment.domain.submission.envelope import Envelope
from usga_assessment.domain.submission.prepared import Rejected
from usga_assessment.operations.check_attachments import check_attachments
from usga_assessment.operations.keep_attachment import scope_of
from usga_assessment.operations.receive_submissions import (
    WRONG_ASSESSMENT,
    BatchTooLong,
    read_lines,
    split_lines,
)
from usga_assessment.operations.sync_desk import SyncDesk
from usga_assessment.routes.direct import add_direct_route
from usga_assessment.routes.pulling import (
    ListsBy,
    Pull,
    device_assessment,
    outdated,
    page_for,
    place_of,
)
from usga_assessment.schemas.attachment import file_state
from usga_assessment.schemas.sync import (
    ITEM_MESSAGES,
    item_results,
    never_taken,
    problem_views,
)
from usga_assessment.storage.attachments.records import Attachments

router = APIRouter(tags=["sync"])
NDJSON = "application/x-ndjson"


_REFUSALS = responses(
    MalformedBody, MissingCredential, InvalidCredential, Forbidden, ContentTooLarge, BatchTooLong,
    UnsupportedMedia, UnknownDictionary, InvalidRequest, InvalidCursor, TooManyRequests,
    Unavailable,
)  # fmt: skip
_ENVELOPE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": inlined_schema(EnvelopeModel)}},
    }
}
_PUSH_BODY = {
    "requestBody": {
        "required": True,
        "description": "One envelope a line, each ended by a newline; Content-Encoding identity, "
        "gzip, deflate or zstd, which may use a published dictionary.",
        "content": {NDJSON: {"schema": {"type": "string"}}},
    }
}


@router.post(
    "/v1/sync/submissions",
    summary="Push finalised interviews",
    response_model=PushAnswer,
    responses=_REFUSALS,
    openapi_extra=_PUSH_BODY,
)
async def push(
    request: Request,
    actor: KnownActor,
    desk: DeskDep,
    changes_since: CursorText = None,
    lists: ListsBy = "whole",
) -> Response:
    """Push a batch of interviews; the answer is a signed receipt of what became of each.

    Believe the receipt, never the status. Send again whatever has no receipt: that is harmless,
    for ever. A body that was cut stores nothing. With `changes_since` (a pull's cursor, or empty
    for the first) the answer carries the pull as well, but not to a client that is outdated.
    """
    assessment = device_assessment(actor)
    _media_type(request, NDJSON)
    cursors: CursorCodec = request.app.state.cursors
    async with _room(request, desk, actor):
        body = await _body(request, desk, assessment, lines=True)
        items = read_lines(split_lines(body, most=desk.settings.sync_batch_items), assessment)
        place_of(actor, cursors, changes_since)  # refused before anything is stored
        answer = await _receive(request, desk, actor, assessment, items)
    answer.files = await _missing(request, assessment, items)
    if changes_since is not None and await outdated(request, actor) is None:
        database: Database = request.app.state.database
        pull, limit = Pull(changes_since, by_rows=lists == "rows"), desk.settings.sync_page_size
        async with database.read() as session:
            answer.changes = await page_for(request, actor, session, pull, limit=limit)
    return Response(_json(answer), media_type="application/json")


async def push_one(request: Request, actor: Actor, desk: SyncDesk) -> bytes:
    """Push one interview as its JSON document; the receipt is that of a batch of one.

    The digest covers the body exactly as it was sent (after undoing Content-Encoding).
    """
    assessment = device_assessment(actor)
    _media_type(request, "application/json")
    body = await _body(request, desk, assessment)
    items = read_lines([body], assessment)
    only = items[0]
    if isinstance(only, Rejected) and only.code != WRONG_ASSESSMENT:
        note = ProblemNote(only.pointer, only.code)
        (view,) = problem_views([note], ITEM_MESSAGES, language_of(request.scope))
        raise InvalidRequest(errors=[ErrorItem(view.pointer, view.code, view.message)])
    return _json(await _receive(request, desk, actor, assessment, items))


def add_single_posts(app: FastAPI) -> None:
    """Give an application the direct route of single posts."""
    add_direct_route(
        app,
        "POST",
        "/v1/submissions",
        push_one,
        summary="Push one finalised interview",
        tags=["sync"],
        response_model=PushAnswer,
        responses=_REFUSALS,
        openapi_extra=_ENVELOPE_BODY,
    )


@asynccontextmanager
async def _room(request: Request, desk: SyncDesk, actor: Actor) -> AsyncIterator[None]:
    """Room to open a batch that has come; the wait costs the memory of what was sent."""
    sent = await sent_body(request)
    plain = plain_size(request, sent, max_plain=desk.settings.max_plain_bytes)
    async with desk.room.taken(actor.id, sent=len(sent), plain=plain):
        yield


async def _body(
    request: Request, desk: SyncDesk, assessment: str, *, lines: bool = False
) -> bytes:
    """The decoded body; frames may need a dictionary of this assessment (P-9)."""
    return await read_body(
        request,
        max_plain=desk.settings.max_plain_bytes,
        dictionary=partial(desk.dictionaries.find, assessment),
        lines=lines,
    )


def _media_type(request: Request, accepted: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != accepted:
        raise UnsupportedMedia(accepted=[accepted])


async def _receive(
    request: Request,
    desk: SyncDesk,
    actor: Actor,
    assessment: str,
    items: Sequence[Envelope | Rejected],
) -> PushAnswer:
    received, receipt = await desk.receive(items, assessment=assessment, device=actor.id)
    request.scope["state"]["canonical"] = {"items": len(items)}
    results: list[ItemResult] = []
    if received.has_exceptions:
        results = item_results(received.outcomes, ITEM_MESSAGES, language_of(request.scope))
    return PushAnswer.model_construct(receipt=receipt, items=results, changes=None, files=None)


async def _missing(
    request: Request, assessment: str, items: Sequence[Envelope | Rejected]
) -> list[MissingFiles] | None:
    """The interviews of a batch that list files which have not all come (P-96)."""
    listing = {
        item.id: item.document["attachments"]
        for item in items
        if isinstance(item, Envelope) and item.document.get("attachments")
    }
    if not listing:
        return None
    database: Database = request.app.state.database
    async with database.read() as session:
        held = Attachments(session, scope_of(assessment))
        checked = await check_attachments(held, list(listing))
    to_come = {"missing", "coming"}
    missing = ((one.id, sum(file_state(f) in to_come for f in one.files)) for one in checked)
    language, most = language_of(request.scope), request.app.state.settings.attachment_max_bytes
    return [
        MissingFiles(submission=id_, missing=n, refused=never_taken(listing[id_], most, language))
        for id_, n in missing
        if n
    ] or None


def _json(answer: PushAnswer) -> bytes:
    """The answer without FastAPI's second look at a model that we made ourselves."""
    if (
        not answer.items and answer.changes is None and not answer.files
    ):  # a receipt needs no escapes
        return b'{"receipt":"%b","items":[],"changes":null}' % answer.receipt.encode()
    unsaid = None if answer.files else {"files"}
    return answer.model_dump_json(exclude=unsaid).encode()
