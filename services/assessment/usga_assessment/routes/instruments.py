"""Instruments: upload a form, read its document and codebook, publish and retire it."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from usga_shared.auth.actors import Actor, Role
from usga_shared.http.bodies import read_body
from usga_shared.http.etag import conditional
from usga_shared.ids import uuid7
from usga_shared.pagination import CursorText, Limit
from usga_shared.problems import (
    ContentTooLarge,
    Forbidden,
    MissingCredential,
    NotFound,
    responses,
)
from usga_shared.wire.page import Page

from usga_assessment.dependencies import ClockDep, CursorDep, KnownActor, SessionDep
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.codebook import codebook
from usga_assessment.domain.xlsform.compiler import CompiledForm, canonical, compile_form
from usga_assessment.operations.import_form import (
    FormRefused,
    FormUnreadable,
    InstrumentVersionExists,
    import_form,
)
from usga_assessment.operations.publish_instrument import InstrumentStateRefused, move_instrument
from usga_assessment.schemas.instrument import InstrumentView, VariableView
from usga_assessment.storage.instruments import Instruments

router = APIRouter(prefix="/v1", tags=["instruments"])
UPLOADS = (r"^/v1/assessments/[^/]+/instruments$", limits.MAX_FILE_BYTES)
"""The exception to the body limit that uploads need."""

_compiling = asyncio.Semaphore(2)  # forms are rare and heavy; interviews must not wait for them
_IMMUTABLE = "private, max-age=31536000, immutable"
_FORM_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The form's bytes: .xlsx, .xls, or CSV or Markdown text in UTF-8.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.ms-excel",
                "text/csv",
                "text/markdown",
                "application/octet-stream",
            )
        },
    }
}

Code = Annotated[
    str, Path(pattern=r"^[A-Z]{2}-[A-Z0-9]{2,16}-\d{4}$", examples=["KE-MATHARE-2026"])
]


async def _author(code: Code, actor: KnownActor) -> Actor:
    if not actor.has(code, Role.COORDINATOR):
        raise Forbidden if code in actor.assessments else NotFound
    return actor


async def _compiled(request: Request, _author: Annotated[Actor, Depends(_author)]) -> CompiledForm:
    data = await read_body(request, max_plain=limits.MAX_FILE_BYTES)
    async with _compiling:
        return await asyncio.to_thread(compile_form, data)


# Solved before the session is opened, so that no transaction waits for a compiler.
CompiledUpload = Annotated[CompiledForm, Depends(_compiled)]


async def _visible(session: SessionDep, id: UUID, actor: Actor) -> InstrumentVersion:
    kept = await Instruments(session).get(id, actor)
    if kept is None:
        raise NotFound
    return kept


async def _move(
    session: SessionDep, id: UUID, actor: Actor, to: InstrumentState, at: datetime
) -> InstrumentView:
    kept = await _visible(session, id, actor)
    if not actor.has(kept.assessment, Role.COORDINATOR):
        raise Forbidden
    return InstrumentView.of(await move_instrument(Instruments(session), kept, to, at=at))


@router.post(
    "/assessments/{code}/instruments",
    status_code=201,
    summary="Import a form as a draft instrument version",
    openapi_extra=_FORM_BODY,
    responses={
        200: {"model": InstrumentView, "description": "The same form was imported before."},
        **responses(
            MissingCredential,
            Forbidden,
            NotFound,
            InstrumentVersionExists,
            ContentTooLarge,
            FormRefused,
            FormUnreadable,
        ),
    },
)
async def upload(
    code: Code, form: CompiledUpload, session: SessionDep, clock: ClockDep, response: Response
) -> InstrumentView:
    """Compile the form and keep it as a draft. All errors come at once, each with its cell."""
    now = clock.now()
    kept, new = await import_form(
        Instruments(session), form, assessment=code, new_id=uuid7(now), at=now
    )
    if not new:
        response.status_code = 200
    return InstrumentView.of(kept)


@router.get(
    "/instruments", summary="List instrument versions", responses=responses(MissingCredential)
)
async def listing(
    *,
    actor: KnownActor,
    session: SessionDep,
    cursors: CursorDep,
    assessment: Annotated[str | None, Query(max_length=32, description="Of this one.")] = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[InstrumentView]:
    """Versions of the caller's assessments, oldest first."""
    after = UUID(cursors.decode("instruments", cursor)[0]) if cursor is not None else None
    found = Instruments(session).page(actor, assessment=assessment, after=after, limit=limit + 1)
    items = [InstrumentView.of(kept) async for kept in found]
    more = len(items) > limit
    place = cursors.encode("instruments", [str(items[limit - 1].id)]) if more else None
    return Page[InstrumentView](items=items[:limit], next=place)


@router.get(
    "/instruments/{id}",
    summary="Read an instrument version",
    responses=responses(MissingCredential, NotFound),
)
async def read(id: UUID, actor: KnownActor, session: SessionDep) -> InstrumentView:
    """The version with its findings, without its document."""
    return InstrumentView.of(await _visible(session, id, actor))


@router.get(
    "/instruments/{id}/document",
    summary="Read the instrument document",
    responses=responses(MissingCredential, NotFound),
)
async def document(id: UUID, actor: KnownActor, session: SessionDep, request: Request) -> Response:
    """The canonical document; its ETag is its digest, and it never changes."""
    kept = await _visible(session, id, actor)
    return conditional(
        request,
        canonical(kept.document),
        media_type="application/json",
        cache_control=_IMMUTABLE,
        etag=f'"{kept.digest}"',
    )


@router.get(
    "/instruments/{id}/codebook",
    summary="Read the codebook",
    responses={200: {"model": list[VariableView]}, **responses(MissingCredential, NotFound)},
)
async def read_codebook(
    id: UUID, actor: KnownActor, session: SessionDep, request: Request
) -> Response:
    """Every variable with its type, codes, labels, universe, sensitivity and class."""
    kept = await _visible(session, id, actor)
    views = [VariableView.of(variable).model_dump() for variable in codebook(kept.document)]
    return conditional(
        request,
        orjson.dumps(views),
        media_type="application/json",
        cache_control=_IMMUTABLE,
        etag=f'"{kept.digest}-codebook"',
    )


@router.post(
    "/instruments/{id}/publication",
    summary="Publish a version to tablets",
    responses=responses(MissingCredential, Forbidden, NotFound, InstrumentStateRefused),
)
async def publish(
    id: UUID, actor: KnownActor, session: SessionDep, clock: ClockDep
) -> InstrumentView:
    """From now on tablets of the assessment get this version; it can no longer be a draft."""
    return await _move(session, id, actor, InstrumentState.PUBLISHED, clock.now())


@router.post(
    "/instruments/{id}/retirement",
    summary="Retire a version",
    responses=responses(MissingCredential, Forbidden, NotFound, InstrumentStateRefused),
)
async def retire(
    id: UUID, actor: KnownActor, session: SessionDep, clock: ClockDep
) -> InstrumentView:
    """Tablets stop starting interviews with it; those already made are still accepted."""
    return await _move(session, id, actor, InstrumentState.RETIRED, clock.now())
