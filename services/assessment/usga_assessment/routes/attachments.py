"""Files from tablets: resumable uploads by tus 1.0.0, and which files are still missing."""

from dataclasses import dataclass
from email.utils import format_datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from usga_shared.http.strict import StrictRoute
from usga_shared.problems import (
    Conflict,
    ContentTooLarge,
    ErrorItem,
    Forbidden,
    InvalidCredential,
    InvalidRequest,
    MissingCredential,
    NotFound,
    TooManyRequests,
    Unavailable,
    UnsupportedMedia,
    responses,
)
from usga_shared.wire.attachments import (
    AttachmentCheckAnswer,
    AttachmentCheckRequest,
)

from usga_assessment.dependencies import (
    AttachmentDeskDep,
    KnownActor,
    ReadSessionDep,
    UploadsDep,
)
from usga_assessment.domain.attachments import tus
from usga_assessment.domain.attachments.attachment import (
    Attachment,
    AttachmentState,
)
from usga_assessment.domain.attachments.proof import sign_files
from usga_assessment.operations.attachment_refusals import (
    AttachmentDiffers,
    AttachmentQuota,
    AttachmentTooLarge,
    AttachmentUnexpected,
    AttachmentUnreadable,
    ChecksumDiffers,
    InterviewWithdrawn,
    StorageFull,
    TusVersion,
    UploadBusy,
    UploadGone,
    UploadOffset,
)
from usga_assessment.operations.check_attachments import check_attachments, proof_of
from usga_assessment.operations.keep_attachment import scope_of
from usga_assessment.operations.receive_attachment import Uploads
from usga_assessment.routes.pulling import device_assessment
from usga_assessment.schemas.attachment import UploadView, checked_files
from usga_assessment.settings import Settings
from usga_assessment.storage.attachments.records import Attachments

PATH = "/v1/sync/attachments"
UPLOAD = f"{PATH}/{{upload}}"
router = APIRouter(tags=["sync"], route_class=StrictRoute)
"""Resumable uploads: at the centre, and at hubs."""
checks = APIRouter(tags=["sync"], route_class=StrictRoute)

_KNOWN = (MissingCredential, InvalidCredential, Forbidden, InvalidRequest, TusVersion)
_ONE = (*_KNOWN, NotFound, UploadGone, UploadBusy)
_BYTES = (
    ContentTooLarge, AttachmentTooLarge, UnsupportedMedia, ChecksumDiffers, StorageFull,
    AttachmentUnexpected, AttachmentDiffers, AttachmentUnreadable, InterviewWithdrawn, Unavailable,
)  # fmt: skip
_TUS_HEADER: dict[str, Any] = {
    "name": "Tus-Resumable", "in": "header", "required": True,
    "schema": {"type": "string", "const": tus.VERSION},
}  # fmt: skip
_STREAM: dict[str, Any] = {
    "content": {tus.OFFSET_STREAM: {"schema": {"type": "string", "format": "binary"}}}
}


def larger_bodies(settings: Settings) -> tuple[str, int]:
    """BodyLimit's exception for the bytes of files."""
    return rf"^{PATH}(/[0-9a-fA-F-]{{36}})?$", settings.attachment_max_bytes


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends files: one device of one assessment."""

    assessment: str
    device: str

    @property
    def mine(self) -> dict[str, str]:
        """As the desk asks for it."""
        return {"assessment": self.assessment, "device": self.device}


# Coroutines: FastAPI sends plain functions through a thread pool, at every request.
async def _sender(actor: KnownActor) -> Sender:
    return Sender(device_assessment(actor), actor.id)


SenderDep = Annotated[Sender, Depends(_sender)]


async def _tus_sender(request: Request, sender: SenderDep) -> Sender:
    """The sender, who is known before it is asked which version of tus it speaks."""
    if request.headers.get("tus-resumable") != tus.VERSION:
        raise TusVersion(supported=tus.VERSION, headers={"Tus-Version": tus.VERSION})
    return sender


TusSenderDep = Annotated[Sender, Depends(_tus_sender)]


def _header(name: str, schema: str, description: str, *, needed: bool = True) -> dict[str, Any]:
    return {
        "name": name, "in": "header", "required": needed, "schema": {"type": schema},
        "description": description,
    }  # fmt: skip


@router.post(
    PATH,
    summary="Announce a file of an interview",
    status_code=201,
    response_class=Response,
    responses=responses(*_KNOWN, UploadBusy, AttachmentQuota, TooManyRequests, *_BYTES),
    openapi_extra={
        "parameters": [
            _TUS_HEADER,
            _header("Upload-Length", "integer", "Bytes of the whole file."),
            _header(
                "Upload-Metadata",
                "string",
                "`submission` and `name`, better also `sha256` and `type`, each with its value in "
                "Base64.",
            ),
        ],
        "requestBody": {**_STREAM, "description": "May carry the first bytes, or all."},
    },
)
async def announce(request: Request, sender: TusSenderDep, desk: UploadsDep) -> Response:
    """Begin a resumable upload (tus 1.0.0); `Location` says where its bytes go.

    Whatever can be refused is refused now: a file that is too large, that the interview does not
    name, or that differs from what the interview lists. Announcing again the file that this
    device announced with its `sha256` answers the same upload: ask it how far it is.
    """
    headers = request.headers
    try:
        size = tus.read_number("Upload-Length", headers.get("upload-length"))
        metadata = tus.read_metadata(headers.get("upload-metadata"))
        checksum = tus.read_checksum(headers.get("upload-checksum"))
    except tus.BadHeader as bad:
        raise _shape(bad) from None
    attachment = await desk.announce(metadata, size, **sender.mine)
    answer = {"Location": f"{PATH}/{attachment.id}", "Cache-Control": "no-store"}
    carries = headers.get("content-type", "").partition(";")[0] == tus.OFFSET_STREAM
    offset = 0
    if attachment.state is not AttachmentState.COMING:
        offset = attachment.size
    elif carries or size == 0:
        attachment, offset = await desk.receive(
            attachment.id, 0, request.receive, declared=_declared(request), checksum=checksum,
            **sender.mine,
        )  # fmt: skip
    if carries or offset:
        answer["Upload-Offset"] = str(offset)
    answer |= await _word(desk, attachment, offset)
    return Response(status_code=201, headers={**answer, **_expires(attachment, offset)})


@router.get(
    UPLOAD,
    summary="How far an upload has come",
    responses=responses(*_ONE, *_BYTES),
)
async def progress(
    upload: UUID, response: Response, sender: TusSenderDep, desk: UploadsDep
) -> UploadView:
    """The bytes that are on the server's disk; HEAD gives the same in `Upload-Offset`.

    Asking ends a request of the same upload that still hangs on a broken link.
    """
    attachment, offset = await desk.progress(upload, **sender.mine)
    response.headers.update(
        {
            "Upload-Offset": str(offset),
            "Upload-Length": str(attachment.size),
            "Cache-Control": "no-store",
            **_expires(attachment, offset),
            **await _word(desk, attachment, offset),
        }
    )
    return UploadView.of(attachment, offset)


@router.patch(
    UPLOAD,
    summary="Send bytes of a file",
    status_code=204,
    response_class=Response,
    responses=responses(*_ONE, UploadOffset, *_BYTES),
    openapi_extra={
        "parameters": [
            _TUS_HEADER,
            _header("Upload-Offset", "integer", "Where these bytes go on."),
            _header("Upload-Checksum", "string", "`sha256` or `sha1`, then Base64.", needed=False),
        ],
        "requestBody": {**_STREAM, "required": True},
    },
)
async def send(upload: UUID, request: Request, sender: TusSenderDep, desk: UploadsDep) -> Response:
    """Append bytes at `Upload-Offset`; what has come counts, also when the link breaks.

    Bytes with an `Upload-Checksum` count as a whole or not at all. The answer to the last ones
    comes when the file is kept, sealed, or waits for its interview.
    """
    headers = request.headers
    if headers.get("content-type", "").partition(";")[0].strip() != tus.OFFSET_STREAM:
        raise UnsupportedMedia(accepted=[tus.OFFSET_STREAM])
    if headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMedia(accepted=["identity"])
    try:
        offset = tus.read_number("Upload-Offset", headers.get("upload-offset"))
        checksum = tus.read_checksum(headers.get("upload-checksum"))
    except tus.BadHeader as bad:
        raise _shape(bad) from None
    attachment, now_at = await desk.receive(
        upload, offset, request.receive, declared=_declared(request), checksum=checksum,
        **sender.mine,
    )  # fmt: skip
    answer = {"Upload-Offset": str(now_at), "Cache-Control": "no-store"}
    answer |= await _word(desk, attachment, now_at)
    return Response(status_code=204, headers={**answer, **_expires(attachment, now_at)})


@router.delete(
    UPLOAD,
    summary="Give up an upload",
    status_code=204,
    response_class=Response,
    responses=responses(*_ONE, Conflict),
    openapi_extra={"parameters": [_TUS_HEADER]},
)
async def terminate(upload: UUID, sender: TusSenderDep, desk: UploadsDep) -> Response:
    """Forget an upload and its bytes; a file that is kept already stays (409)."""
    await desk.terminate(upload, **sender.mine)
    return Response(status_code=204)


@checks.post(
    f"{PATH}/check",
    summary="Which files of interviews are missing",
    responses=responses(MissingCredential, InvalidCredential, Forbidden, InvalidRequest),
)
async def check(
    body: AttachmentCheckRequest,
    sender: SenderDep,
    session: ReadSessionDep,
    desk: AttachmentDeskDep,
) -> AttachmentCheckAnswer:
    """Each file that the interviews name, and how far it has come; changes nothing.

    Delete a file only when `proof` verifies with the published keys and lists it.
    """
    checked = await check_attachments(
        Attachments(session, scope_of(sender.assessment)), list(dict.fromkeys(body.submissions))
    )
    proof = proof_of(
        checked, issuer=desk.sync.issuer, at=desk.sync.now_seconds(),
        epoch=await desk.sync.epoch(), **sender.mine,
    )  # fmt: skip
    return AttachmentCheckAnswer(
        items=[checked_files(one, device=sender.device, uploads=PATH) for one in checked],
        proof=sign_files(proof, desk.sync.signing_key),
    )


async def _word(desk: Uploads, attachment: Attachment, offset: int) -> dict[str, str]:
    """At a hub, its signed word that a file came whole; it permits nothing."""
    word = await desk.word_of(attachment, offset)
    return {} if word is None else {"USGA-Carried": word}


def _shape(bad: tus.BadHeader) -> InvalidRequest:
    pointer = "/".join(("", bad.name, *filter(None, [bad.key])))
    return InvalidRequest(errors=[ErrorItem(pointer, "header", "not valid")])


def _declared(request: Request) -> int | None:
    declared = request.headers.get("content-length")
    return int(declared) if declared is not None else None


def _expires(attachment: Attachment, offset: int) -> dict[str, str]:
    if attachment.state is not AttachmentState.COMING or offset == attachment.size:
        return {}
    return {"Upload-Expires": format_datetime(attachment.expires_at, usegmt=True)}


class TusProtocol:
    """What the protocol wants of every answer and request below its address.

    The version in both directions, what the server can do in answers to OPTIONS, and methods
    that a proxy on the way does not let through and that therefore stand in a header.
    """

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        self._app, self._largest = app, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not f"{path}/".startswith(f"{PATH}/"):
            await self._app(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", ())))
                headers["Tus-Resumable"] = tus.VERSION
                if scope["method"] == "OPTIONS":
                    headers["Tus-Version"] = tus.VERSION
                    headers["Tus-Extension"] = tus.EXTENSIONS
                    headers["Tus-Max-Size"] = str(self._largest)
                    headers["Tus-Checksum-Algorithm"] = ",".join(tus.ALGORITHMS)
                message = {**message, "headers": headers.raw}
            await send(message)

        headers = Headers(scope=scope)
        override = headers.get("x-http-method-override", "").upper()
        if scope["method"] == "POST" and override in {"PATCH", "DELETE", "HEAD"}:
            scope = {**scope, "method": override}
        await self._app(scope, receive, send_on)
