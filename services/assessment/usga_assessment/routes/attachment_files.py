"""Files of interviews for people: which there are, and their bytes."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from usga_shared.problems import (
    Forbidden,
    InvalidCredential,
    InvalidRequest,
    MissingCredential,
    NotFound,
    Unavailable,
    responses,
)

from usga_assessment.dependencies import AttachmentDeskDep, ClockDep, KnownActor, PolicyDep
from usga_assessment.domain.attachments.attachment import AttachmentState
from usga_assessment.domain.attachments.kinds import EXTENSIONS
from usga_assessment.operations.check_attachments import check_attachments
from usga_assessment.operations.read_attachment import open_attachment
from usga_assessment.operations.revalidate_submission import AnswersUnreadable
from usga_assessment.schemas.attachment import AttachmentList, AttachmentView
from usga_assessment.storage.attachments.records import Attachments
from usga_assessment.storage.audit import AuditLog, Note, actor_name

router = APIRouter(prefix="/v1/submissions/{id}/attachments", tags=["submissions"])
_KNOWN = (MissingCredential, InvalidCredential, Forbidden, InvalidRequest, NotFound)
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, always to be saved, never to be shown by a browser.",
        "content": {
            name: {"schema": {"type": "string", "format": "binary"}} for name in EXTENSIONS
        },
    }
}
_SAFE_TO_SAVE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@router.get("", summary="List the files of an interview", responses=responses(*_KNOWN))
async def list_attachments(
    id: UUID, actor: KnownActor, policy: PolicyDep, desk: AttachmentDeskDep
) -> AttachmentList:
    """Each file that the interview's answers name, kept or still missing."""
    scope = policy.scope(actor, "submission.read")
    async with desk.database.read() as session:
        (checked,) = await check_attachments(Attachments(session, scope), [id])
    if not checked.states:
        raise NotFound
    return AttachmentList(
        items=[AttachmentView.of(each) for each in checked.files],
        missing=sum(not each.is_kept for each in checked.files),
    )


@router.get(
    "/{attachment}",
    summary="Download a file of an interview",
    response_class=StreamingResponse,
    responses={**responses(*_KNOWN, AnswersUnreadable, Unavailable), **_FILES},
)
async def download(  # noqa: PLR0917 - what FastAPI is to bring
    id: UUID,
    attachment: Annotated[UUID, Path(description="`id` of the list.")],
    actor: KnownActor,
    policy: PolicyDep,
    desk: AttachmentDeskDep,
    clock: ClockDep,
) -> StreamingResponse:
    """One kept file, if your roles may read its class; the audit log notes it first.

    Pictures were drawn anew when they came: nothing that a camera writes beside the picture, such
    as the place, is in them.
    """
    scope = policy.scope(actor, "attachment.read")
    async with desk.database.read() as session:
        files = Attachments(session, scope)
        found = await files.find(attachment)
        families = await files.relatives([id])
    is_of_it = found is not None and found.submission in families.get(id, [id])
    if found is None or not is_of_it or found.state is not AttachmentState.KEPT:
        raise NotFound
    if found.field_class not in policy.readable_classes(actor, found.assessment):
        raise Forbidden.except_for(policy.readers(filter(None, [found.field_class])))
    plain = await open_attachment(found, desk.objects, desk.keys(found.assessment))
    note = Note(
        actor_name(actor.kind.value, actor.id), "file.read", str(found.id),
        {"classes": [found.field_class.value] if found.field_class else []},
    )  # fmt: skip
    async with desk.database.write() as session:
        await AuditLog(session).note(found.assessment, clock.now(), note)
    kind = found.kept_type or "application/octet-stream"
    name = f"{found.id}.{EXTENSIONS.get(kind, 'bin')}"
    return StreamingResponse(
        plain,
        media_type=kind,
        headers={
            **_SAFE_TO_SAVE,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(found.kept_size),
        },
    )
