"""The file of a tablet's first sync: one download that may be cut and goes on."""

import asyncio
import base64
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from usga_shared.clock import Clock
from usga_shared.http.etag import matches
from usga_shared.http.strict import StrictRoute
from usga_shared.pagination import CursorCodec
from usga_shared.problems import Forbidden, InvalidCredential, MissingCredential, responses

from usga_assessment.dependencies import ClockDep, CursorDep, KnownActor, ReadSessionDep
from usga_assessment.domain.sync.snapshot import Coding, Snapshot, asked_range
from usga_assessment.operations.make_snapshot import Press, make_snapshot
from usga_assessment.operations.tablet_scope import Scope
from usga_assessment.routes.pulling import (
    ClientOutdated,
    cursor_of,
    device_assessment,
    note,
    refuse_outdated,
    scope_of,
    submissions_of,
)
from usga_assessment.storage.feed import Feed
from usga_assessment.storage.snapshots import Snapshots

router = APIRouter(tags=["sync"], route_class=StrictRoute)
_MEDIA = {Coding.ZSTD: "application/zstd", Coding.GZIP: "application/gzip"}
_ENDING = {Coding.ZSTD: "zst", Coding.GZIP: "gz"}
_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The whole file: NDJSON, compressed.",
        "content": dict.fromkeys(_MEDIA.values(), _FILE),
    },
    206: {"description": "The part that was asked for.", "content": {"application/zstd": _FILE}},
    304: {"description": "The caller has it."},
}


@router.get(
    "/v1/sync/snapshot",
    summary="Download everything for a first sync",
    response_class=Response,
    responses={
        **responses(MissingCredential, InvalidCredential, Forbidden, ClientOutdated),
        **_ANSWERS,
    },
)
async def snapshot(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    actor: KnownActor,
    session: ReadSessionDep,
    cursors: CursorDep,
    clock: ClockDep,
    coding: Annotated[Coding, Query(description="How the file is compressed.")] = Coding.ZSTD,
) -> Response:
    """One file instead of many pages; its last line has the cursor from which pulling goes on.

    After a cut send `Range` with the file's ETag in `If-Range`: the same bytes go on for two
    days, whatever changed meanwhile. `Repr-Digest` is of the whole file.
    """
    device_assessment(actor)
    await refuse_outdated(request, actor)
    mine = await scope_of(actor, session)
    kept: Snapshots = request.app.state.snapshots
    wanted = Snapshot.of_etag(request.headers.get("if-range", ""))
    assessment, device = mine.device.assessment, mine.device.id
    if wanted is not None and "range" in request.headers:
        content = await asyncio.to_thread(kept.read, assessment, device, wanted)
        if content is not None:
            return _answer(request, content, wanted, coding)
    made, content = await _made(request, session, mine, coding, cursors, clock)
    if wanted is not None and wanted != made:  # another file: from its beginning
        return _answer(request, content, made, coding, whole=True)
    return _answer(request, content, made, coding)


async def _made(  # noqa: PLR0917 - one call
    request: Request,
    session: ReadSessionDep,
    mine: Scope,
    coding: Coding,
    cursors: CursorCodec,
    clock: Clock,
) -> tuple[Snapshot, bytes]:
    assessment, device = mine.device.assessment, mine.device.id
    press: Press = request.app.state.press
    made = await make_snapshot(
        Feed(session, assessment),
        submissions_of(session, assessment),
        mine,
        press,
        coding,
        lambda place: cursor_of(str(device), cursors, place),
    )
    kept: Snapshots = request.app.state.snapshots
    now = clock.now().timestamp()
    await asyncio.to_thread(kept.keep, assessment, device, made.snapshot, made.parts, now=now)
    await note(request, device, made.told, came_with="")
    return made.snapshot, b"".join(made.parts)


def _answer(
    request: Request, content: bytes, made: Snapshot, coding: Coding, *, whole: bool = False
) -> Response:
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    headers = {
        "ETag": made.etag,
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{digest}:",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="snapshot.ndjson.{_ENDING[coding]}"',
        "X-Content-Type-Options": "nosniff",
    }
    if matches(request, made.etag):
        return Response(status_code=304, headers=headers)
    asked = None if whole else asked_range(request.headers.get("range"), len(content))
    if asked is None:
        return Response(content, media_type=_MEDIA[coding], headers=headers)
    first, after = asked
    headers["Content-Range"] = f"bytes {first}-{after - 1}/{len(content)}"
    return Response(content[first:after], 206, headers=headers, media_type=_MEDIA[coding])
