"""One upload by tus 1.0.0: announced, resumed where the server stands, sent piece by piece."""

import asyncio
import base64
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from usga_tablet.answers import exchange, number_of, problem, slug
from usga_tablet.filebox import BoxedFile, FileBox
from usga_tablet.link import Patience, SyncStopped
from usga_tablet.outbox import Outbox

PATH = "/v1/sync/attachments"
CHUNK = 256 * 1024
_VERSION = {"Tus-Resumable": "1.0.0"}
_GONE = frozenset({404, 410})
_LATER = frozenset({423, 429, 500, 502, 503, 504})
FOR_GOOD = frozenset(
    {
        "attachment-too-large",
        "attachment-unexpected",
        "attachment-differs",
        "attachment-unreadable",
        "unsupported-media",
    }
)
_UPLOAD = re.compile(re.escape(PATH) + r"/[0-9a-fA-F-]{36}\Z")
_ENDS = frozenset({*FOR_GOOD, "interview-withdrawn", "hub-full", "storage-full"})
"""Refusals of a piece after which it is not sent once more."""


@dataclass(slots=True)
class FileReport:
    """What one round of sending did."""

    sent: int = 0
    proven: int = 0
    refused: int = 0
    retries: int = 0
    bytes_sent: int = 0


class Refused(Exception):
    """The server's problem document."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class Uploader:
    """Sends files of a box; the outbox knows the credential."""

    def __init__(
        self,
        box: FileBox,
        outbox: Outbox,
        http: httpx.AsyncClient,
        *,
        rng: random.Random,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chunk: int = CHUNK,
    ) -> None:
        self._box, self._outbox, self._http = box, outbox, http
        self._rng, self._sleep, self._chunk = rng, sleep, chunk
        self._patience = patience or Patience()

    async def _send_from(
        self, file: BoxedFile, upload: str, offset: int, report: FileReport
    ) -> None:
        """The bytes from an offset on; raises SyncStopped when nothing more arrives."""
        stalls, furthest = 0, offset
        while offset < file.size:
            offset = await self._patch(file, upload, offset, report)
            stalls = stalls + 1 if offset <= furthest else 0
            furthest = max(furthest, offset)
            if stalls == self._patience.tries:
                raise SyncStopped("no answer from the server; files are kept")

    async def _resume(
        self, file: BoxedFile, upload: str, report: FileReport
    ) -> tuple[str | None, int]:
        """Where an upload stands; without its place when it is gone."""
        response = await self._request(
            "HEAD", upload, report, is_right=lambda answer: _reached(answer, file) is not None
        )
        reached = _reached(response, file)
        return (None, 0) if reached is None else (upload, reached)

    def _said(self, file: BoxedFile) -> dict[str, str]:
        """What is told of a file before its bytes."""
        return {
            "submission": str(file.submission), "name": file.name, "sha256": file.sha256,
            "type": file.type,
        }  # fmt: skip

    def _credential(self) -> str:
        """What is shown to the server."""
        return self._outbox.setting("token") or ""

    async def _announce(self, file: BoxedFile, report: FileReport) -> str:
        said = self._said(file)
        metadata = ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items()
        )
        response = await self._request(
            "POST", PATH, report,
            headers={"Upload-Length": str(file.size), "Upload-Metadata": metadata},
            is_right=lambda answer: place_of(answer.headers.get("location")) is not None,
        )  # fmt: skip
        return place_of(response.headers.get("location")) or ""

    async def _patch(self, file: BoxedFile, upload: str, offset: int, report: FileReport) -> int:
        """Send one piece; answers where the server stands after it."""
        piece = await asyncio.to_thread(_piece, file.path, offset, self._chunk)
        report.bytes_sent += len(piece)
        headers = {
            "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset),
            **self._checked(piece),
        }  # fmt: skip
        response = await self._once("PATCH", upload, content=piece, headers=headers)
        if response is not None and response.status_code == httpx.codes.NO_CONTENT:
            reached = _reached(response, file)
            if reached is not None:
                return reached
        refused = problem(response)
        if refused is not None and slug(refused) in _ENDS:
            raise Refused(slug(refused))
        report.retries += 1
        await self._sleep(self._patience.pause(1, self._rng))
        # only the server knows how far it is
        resumed, offset = await self._resume(file, upload, report)
        if resumed is None:
            raise SyncStopped("an upload ended; it is begun anew next time")
        return offset

    def _checked(self, _piece: bytes) -> dict[str, str]:
        """What proves a piece on its way: the whole file has a digest, which is enough."""
        return {}

    async def _request(
        self,
        method: str,
        path: str,
        report: FileReport,
        *,
        is_right: Callable[[httpx.Response], bool],
        **options: Any,
    ) -> httpx.Response:
        """One exchange, tried until our server answers; raises Refused, SyncStopped.

        A success that is not right is somebody else's. An upload that is gone is an answer.
        """
        for attempt in range(1, self._patience.tries + 1):
            response = await self._once(method, path, **options)
            if response is not None and response.status_code not in _LATER:
                if response.is_success and is_right(response):
                    return response
                if method == "HEAD" and response.status_code in _GONE:
                    return response
                if method == "HEAD" and response.is_client_error:  # no body tells why
                    raise Refused(f"status-{response.status_code}")
                refused = problem(response)
                if refused is not None:
                    raise Refused(slug(refused))
            report.retries += 1
            await self._sleep(self._patience.pause(attempt, self._rng))
        raise SyncStopped("no answer from the server; files are kept")

    async def _once(self, method: str, path: str, **options: Any) -> httpx.Response | None:
        """An answer of our server, or None: silence, or somebody else's words."""
        headers = {
            "Authorization": f"Bearer {self._credential()}",
            **_VERSION,
            **options.pop("headers", {}),
        }
        response = await exchange(self._http, method, path, headers=headers, **options)
        is_tus = response is not None and "tus-resumable" in response.headers
        return response if is_tus or not path.startswith(PATH) else None


def place_of(location: str | None) -> str | None:
    """Where an upload is at the server that was asked: nowhere else is anything shown."""
    try:
        path = urlsplit(location or "").path
    except ValueError:
        return None
    return path if _UPLOAD.match(path) else None


def _reached(response: httpx.Response, file: BoxedFile) -> int | None:
    """How far an upload has come, if the answer says so."""
    return number_of(response.headers.get("upload-offset"), most=file.size)


def _piece(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)
