"""Instruments: upload a form, read its document and codebook, publish and retire it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from usga_shared.auth.actors import Actor
from usga_shared.database.engine import Database
from usga_shared.http.bodies import read_body
from usga_shared.http.etag import conditional
from usga_shared.http.render import language_of
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

from usga_assessment.dependencies import (
    AssessmentDep,
    ClockDep,
    CursorDep,
    KnownActor,
    PolicyDep,
    SessionDep,
)
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.domain.sync.dictionary import Dictionary, train
from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.compiled_form import CompiledForm, canonical
from usga_assessment.operations.findings import localised
from usga_assessment.operations.import_form import (
    FormRefused,
    FormUnreadable,
    InstrumentVersionExists,
    import_form,
)
from usga_assessment.operations.publish_instrument import (
    InstrumentStateRefused,
    PublicationRefused,
    move_instrument,
)
from usga_assessment.schemas.instrument import (
    CompilationView,
    InstrumentView,
    VariableView,
    variable_views,
)
from usga_assessment.storage.audit import AuditLog, Note, actor_name
from usga_assessment.storage.dictionaries import Dictionaries
from usga_assessment.storage.instruments import Instruments

router = APIRouter(prefix="/v1", tags=["instruments"])
UPLOADS = (r"^/v1/assessments/[^/]+/instruments(/compilation)?$", limits.MAX_FILE_BYTES)
"""The exception to the body limit that uploads need."""

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

READ, PUBLISH, RETIRE = "instrument.read", "instrument.publish", "instrument.retire"


@cache
def compilers() -> ThreadPoolExecutor:
    """Forms are rare and heavy: few at a time, and never on the event loop."""
    return ThreadPoolExecutor(2, thread_name_prefix="compile-form")


def _compile(data: bytes) -> CompiledForm:
    # pyxform takes a second to load, and most processes never compile a form
    from usga_assessment.domain.xlsform.compiler import compile_form  # noqa: PLC0415

    return compile_form(data)


async def _compiled(request: Request) -> CompiledForm:
    data = await read_body(request, max_plain=limits.MAX_FILE_BYTES)
    return await asyncio.get_running_loop().run_in_executor(compilers(), _compile, data)


# Stands before the session among the parameters: no transaction waits for a compiler. The guard
# of the router has looked at the caller before.
CompiledUpload = Annotated[CompiledForm, Depends(_compiled)]


async def _visible(
    session: SessionDep, id: UUID, policy: PolicyDep, actor: KnownActor
) -> InstrumentVersion:
    kept = await Instruments(session).get(id, policy.scope(actor, READ))
    if kept is None:
        raise NotFound
    return kept


async def _trained(
    id: UUID, policy: PolicyDep, actor: KnownActor, request: Request
) -> Dictionary | None:
    """The compression dictionary of a draft that is to be published; None for any other."""
    database: Database = request.app.state.database
    async with database.read() as session:
        kept = await Instruments(session).get(id, policy.scope(actor, READ))
    if kept is None or kept.state is not InstrumentState.DRAFT:
        return None
    if not policy.allows(actor, PUBLISH, kept.assessment):
        return None
    return await asyncio.get_running_loop().run_in_executor(
        compilers(), train, kept.document, kept.assessment, kept.digest
    )


def _view(kept: InstrumentVersion, request: Request) -> InstrumentView:
    return InstrumentView.of(kept, localised(kept.findings, language_of(request.scope)))


@router.post(
    "/assessments/{code}/instruments/compilation",
    summary="Check a form without keeping it",
    openapi_extra=_FORM_BODY,
    responses=responses(MissingCredential, Forbidden, NotFound, ContentTooLarge),
)
async def compilation(
    *,
    form: CompiledUpload,
    assessment: AssessmentDep,  # noqa: ARG001 - it exists, and the caller may upload to it
    request: Request,
) -> CompilationView:
    """What `usga-assessment compile-form --json` says, in your language; nothing is stored."""
    found = [finding.as_json() for finding in form.findings]
    return CompilationView.of(form, localised(found, language_of(request.scope)))


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
    *,
    form: CompiledUpload,
    assessment: AssessmentDep,
    session: SessionDep,
    clock: ClockDep,
    request: Request,
    response: Response,
) -> InstrumentView:
    """Compile the form and keep it as a draft. All errors come at once, each with its cell."""
    now = clock.now()
    kept, new = await import_form(
        Instruments(session), form, assessment=assessment.code, new_id=uuid7(now), at=now
    )
    if not new:
        response.status_code = 200
    response.headers["Location"] = f"/v1/instruments/{kept.id}"
    return _view(kept, request)


@router.get(
    "/instruments", summary="List instrument versions", responses=responses(MissingCredential)
)
async def listing(
    *,
    request: Request,
    actor: KnownActor,
    policy: PolicyDep,
    session: SessionDep,
    cursors: CursorDep,
    assessment: Annotated[str | None, Query(max_length=32, description="Of this one.")] = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[InstrumentView]:
    """Versions of the caller's assessments, oldest first."""
    after = UUID(cursors.decode("instruments", cursor)[0]) if cursor is not None else None
    scope = policy.scope(actor, READ)
    found = Instruments(session).page(scope, assessment=assessment, after=after, limit=limit + 1)
    items = [_view(kept, request) async for kept in found]
    more = len(items) > limit
    place = cursors.encode("instruments", [str(items[limit - 1].id)]) if more else None
    return Page[InstrumentView](items=items[:limit], next=place)


@router.get(
    "/instruments/{id}",
    summary="Read an instrument version",
    responses=responses(MissingCredential, NotFound),
)
async def read(
    kept: Annotated[InstrumentVersion, Depends(_visible)], request: Request
) -> InstrumentView:
    """The version with its findings in your language, without its document."""
    return _view(kept, request)


@router.get(
    "/instruments/{id}/document",
    summary="Read the instrument document",
    responses=responses(MissingCredential, NotFound),
)
async def document(
    kept: Annotated[InstrumentVersion, Depends(_visible)], request: Request
) -> Response:
    """The canonical document; its ETag is its digest, and it never changes."""
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
    kept: Annotated[InstrumentVersion, Depends(_visible)], request: Request
) -> Response:
    """Every variable with its type, codes, labels, universe, sensitivity and class.

    `missing` lists why it can have no value of its own, with the codes of exports.
    """
    views = [view.model_dump(mode="json") for view in variable_views(kept.document)]
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
    responses=responses(
        MissingCredential, Forbidden, NotFound, InstrumentStateRefused, PublicationRefused
    ),
)
async def publish(
    *,
    trained: Annotated[Dictionary | None, Depends(_trained)],
    request: Request,
    kept: Annotated[InstrumentVersion, Depends(_visible)],
    policy: PolicyDep,
    actor: KnownActor,
    session: SessionDep,
    clock: ClockDep,
    accept: Annotated[
        list[str] | None,
        Query(
            max_length=50,
            description="Codes of ethics findings with which you publish all the same; they stand "
            "in the audit log.",
            examples=[["C-03-no-notice"]],
        ),
    ] = None,
) -> InstrumentView:
    """From now on tablets of the assessment get this version; it can no longer be a draft.

    A compression dictionary is trained on invented interviews of it, and pulled along with it.

    Several versions may be published at once; each interview is checked against its own.
    """
    if not policy.allows(actor, PUBLISH, kept.assessment):
        raise Forbidden.except_for(policy.actions[PUBLISH])
    at, given = clock.now(), sorted({code[:64] for code in accept or ()})
    moved = await move_instrument(
        Instruments(session), kept, InstrumentState.PUBLISHED, at=at, accepted=given
    )
    if moved is not kept:
        if trained is not None:
            await Dictionaries(session).add(moved.id, moved.assessment, trained)
        await _record(session, actor, moved, "instrument.published", at, {"accepted": given})
    return _view(moved, request)


@router.post(
    "/instruments/{id}/retirement",
    summary="Retire a version",
    responses=responses(MissingCredential, Forbidden, NotFound, InstrumentStateRefused),
)
async def retire(
    *,
    request: Request,
    kept: Annotated[InstrumentVersion, Depends(_visible)],
    policy: PolicyDep,
    actor: KnownActor,
    session: SessionDep,
    clock: ClockDep,
) -> InstrumentView:
    """Tablets stop starting interviews with it; those already made are still accepted."""
    if not policy.allows(actor, RETIRE, kept.assessment):
        raise Forbidden.except_for(policy.actions[RETIRE])
    at = clock.now()
    moved = await move_instrument(Instruments(session), kept, InstrumentState.RETIRED, at=at)
    if moved is not kept:
        await _record(session, actor, moved, "instrument.retired", at, {})
    return _view(moved, request)


async def _record(  # noqa: PLR0917 - one entry of the audit log
    session: SessionDep,
    actor: Actor,
    moved: InstrumentVersion,
    action: str,
    at: datetime,
    details: dict[str, Any],
) -> None:
    given = {"name": moved.name, "version": moved.version, **details}
    note = Note(actor_name(actor.kind.value, actor.id), action, str(moved.id), given)
    await AuditLog(session).note(moved.assessment, at, note)
