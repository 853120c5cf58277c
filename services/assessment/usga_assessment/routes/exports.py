"""Interviews as CSV, streamed."""

import asyncio
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from usga_shared.database.engine import Database
from usga_shared.problems import (
    Forbidden,
    InvalidCredential,
    MissingCredential,
    NotFound,
    responses,
)
from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.dependencies import (
    AssessmentDep,
    ClockDep,
    DeskDep,
    KnownActor,
    PolicyDep,
    SessionDep,
)
from usga_assessment.domain.export.csv_table import columns, repeats
from usga_assessment.domain.export.pseudonym import pseudonyms
from usga_assessment.domain.xlsform.limits import MAX_NAME_CHARS
from usga_assessment.operations.assemble_context import newest
from usga_assessment.operations.export_submissions import export_submissions
from usga_assessment.operations.make_coding import make_coding
from usga_assessment.storage.audit import AuditLog, Note, actor_name
from usga_assessment.storage.export import Exports, most_interviewed
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.lists import Lists

router = APIRouter(prefix="/v1/assessments/{code}", tags=["exports"])
_RESPONSES = {
    200: {
        "description": "RFC 4180 in UTF-8 with a header; cells that could be formulas begin "
        "with an apostrophe.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    },
    **responses(MissingCredential, InvalidCredential, Forbidden, NotFound),
}
Classes = Annotated[
    list[FieldClass] | None,
    Query(
        alias="class",
        description="Field classes to include; `open` alone unless given. Your roles limit them.",
    ),
]
InstrumentName = Annotated[
    str | None,
    Query(
        max_length=64,
        description="The form; else the one with most interviews, and while there are none the "
        "one published last.",
    ),
]
MissingValues = Annotated[
    Literal["blank", "codes"],
    Query(
        description="`blank`: missing values are empty cells. `codes`: each says why: `.dk`, "
        "`.ref`, `.na`, `.not_asked`, `.gate_failed`, `.not_in_version`, `.no_answer`, "
        "`.unspecified`; implied values are written, and `<name>.origin` says `implied`. "
        "Slower: about half a millisecond an interview.",
    ),
]


@router.get(
    "/export.csv",
    summary="Export interviews as CSV",
    response_class=StreamingResponse,
    responses=_RESPONSES,
)
async def export_interviews(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    assessment: AssessmentDep,
    session: SessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    desk: DeskDep,
    clock: ClockDep,
    kinds: Classes = None,
    instrument: InstrumentName = None,
    missing: MissingValues = "blank",
) -> StreamingResponse:
    """One row for each production interview that stands and is stored or approved.

    There is no column `case` for those who may read S3 answers in the assessment: weights come by
    `unit` from `GET /v1/weights/{weight_set}/units` of the indicators service.

    The export is written to the audit log before its first byte.
    """
    given = (request, assessment.code, session, actor, policy, desk, clock)
    return await _export(*given, kinds, instrument, None, missing)


@router.get(
    "/exports/{repeat}.csv",
    summary="Export the entries of a repeat as CSV",
    response_class=StreamingResponse,
    responses=_RESPONSES,
)
async def export_repeat(  # noqa: PLR0917 - what FastAPI is to bring
    request: Request,
    assessment: AssessmentDep,
    repeat: Annotated[str, Path(max_length=MAX_NAME_CHARS, pattern=r"^[^\W\d][\w.-]*$")],
    session: SessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    desk: DeskDep,
    clock: ClockDep,
    kinds: Classes = None,
    instrument: InstrumentName = None,
    missing: MissingValues = "blank",
) -> StreamingResponse:
    """One row for each entry of this repeat, with the interview's `unit` to join by."""
    given = (request, assessment.code, session, actor, policy, desk, clock)
    return await _export(*given, kinds, instrument, repeat, missing)


async def _export(  # noqa: PLR0917 - the two routes in one place
    request: Request,
    code: str,
    session: SessionDep,
    actor: KnownActor,
    policy: PolicyDep,
    desk: DeskDep,
    clock: ClockDep,
    kinds: list[FieldClass] | None,
    instrument: str | None,
    repeat: str | None,
    missing: str,
) -> StreamingResponse:
    readable = policy.readable_classes(actor, code)
    classes = frozenset(kinds or [FieldClass.OPEN])
    if not classes <= readable:
        raise Forbidden.except_for(policy.readers(classes))
    versions = await Instruments(session).for_assessment(code)
    wanted = instrument or await most_interviewed(session, code)
    chosen = newest([v for v in versions if wanted in (None, v.name)])
    if chosen is None:
        raise NotFound
    documents = [v.document for v in versions if v.name == chosen.name]
    if repeat is not None and repeat not in repeats(documents):
        raise NotFound
    database: Database = request.app.state.database
    details = {"classes": sorted(classes), "instrument": chosen.name, "repeat": repeat}
    async with database.write() as writing:
        note = Note(actor_name(actor.kind.value, actor.id), "submissions.exported", "", details)
        await AuditLog(writing).note(code, clock.now(), note)
    names = columns(documents, classes, repeat)
    coding = None
    if missing == "codes":
        lists = await Lists(session).tables(code)
        same = [v for v in versions if v.name == chosen.name]
        coding = await asyncio.to_thread(make_coding, same, classes, lists, names)
    pieces = export_submissions(
        Exports(database, code, chosen.name),
        desk.opener(code),
        names=names,
        classes=classes,
        repeat=repeat,
        pseudonym=pseudonyms(desk.keyring.purpose_key(f"analysis {code}")),
        coding=coding,
        with_case=policy.knows_cases(actor, code),
    )
    name = f"{code}-{chosen.name}{'-' + repeat if repeat else ''}.csv"
    return StreamingResponse(
        pieces,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": _attachment(name),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _attachment(name: str) -> str:
    """A file to be saved under this name, of whatever alphabet (RFC 6266, RFC 8187)."""
    if name.isascii():
        return f'attachment; filename="{name}"'
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
