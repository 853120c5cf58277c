"""The centre as a hub sees it: silence is told from refusal, and only our documents count."""

from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import orjson
from pydantic import BaseModel, ValidationError
from usga_shared.problems import MEDIA_TYPE
from usga_shared.wire.hub import (
    FileAnswer,
    FileLabel,
    HubEnrolAnswer,
    HubEnrolRequest,
    ParcelAnswer,
    ParcelLabel,
    RelayAnswer,
    RelayRequest,
)

TIMEOUT = httpx.Timeout(120.0, connect=20.0)
PARCEL = "application/vnd.usga.parcel"
FILE = "application/vnd.usga.file-piece"
Made = TypeVar("Made", bound=BaseModel)
_LATER = frozenset({429, 500, 502, 503, 504})
_NO_ROOM_NOW = frozenset({423, 507})
_ELSEWHERE = "upload-offset"
"""Somebody else brought bytes of the same file meanwhile: ask again where it stands."""


def check_upstream(url: str, *, plain: bool) -> None:
    """Raise ValueError for an address of the centre to which a hub's token must not be sent."""
    parts = urlsplit(url)
    near = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.scheme == "https" or (parts.scheme == "http" and (near or plain)):
        return
    raise ValueError(
        "USGA_ASSESSMENT_UPSTREAM must be https:// (http:// only to this machine itself, or with "
        "USGA_ASSESSMENT_UPSTREAM_PLAIN=true)"
    )


class Silence(Exception):
    """No answer of the centre: no link, a captive portal, or it is too busy to answer now."""


class Busy(Silence):
    """The centre asks to come back later, with this one."""


class Refusal(Exception):
    """The centre's problem document: the same again will not help."""

    def __init__(self, status: int, slug: str) -> None:
        super().__init__(slug)
        self.status, self.slug = status, slug


class Upstream:
    """One for a hub; `transport` lets tests stand in for the link."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT, transport=transport)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def enrol(self, asked: HubEnrolRequest) -> HubEnrolAnswer:
        """Use the one-time code; raises Silence, Refusal."""
        return await self._ask(
            HubEnrolAnswer, "POST", "/v1/hubs", content=asked.model_dump_json(), headers=_JSON
        )

    async def relay(self, token: str, asked: RelayRequest) -> RelayAnswer:
        """Take along what is new; raises Silence, Refusal."""
        return await self._ask(
            RelayAnswer,
            "POST",
            "/v1/hubs/relay",
            content=asked.model_dump_json(),
            headers=_JSON | _bearer(token),
        )

    async def deliver(self, token: str, parcel: UUID, label: ParcelLabel, sealed: bytes) -> str:
        """Bring a parcel; answers its central receipt, unread. Raises Silence, Busy, Refusal."""
        answer = await self._ask(
            ParcelAnswer,
            "PUT",
            f"/v1/hubs/parcels/{parcel}",
            content=label.model_dump_json().encode() + b"\n" + sealed,
            headers={"Content-Type": PARCEL} | _bearer(token),
        )
        return answer.receipt

    async def deliver_piece(
        self, token: str, file: UUID, label: FileLabel, frames: bytes
    ) -> FileAnswer:
        """Bring a piece of a file, or none to ask; raises Silence, Busy, Refusal."""
        try:
            return await self._ask(
                FileAnswer,
                "PATCH",
                f"/v1/hubs/files/{file}",
                content=label.model_dump_json().encode() + b"\n" + frames,
                headers={"Content-Type": FILE} | _bearer(token),
            )
        except Refusal as refusal:
            if refusal.status in _NO_ROOM_NOW or refusal.slug == _ELSEWHERE:
                raise Busy from None
            raise

    async def _ask(self, kind: type[Made], method: str, path: str, **options: Any) -> Made:
        try:
            response = await self._http.request(method, path, **options)
        except httpx.RequestError as error:  # no link, or a body in a coding that it is not in
            raise Silence from error
        media = response.headers.get("content-type", "").partition(";")[0]
        if response.is_success and media == "application/json":
            try:
                return kind.model_validate_json(response.content)
            except ValidationError:
                raise Silence from None  # somebody else's JSON
        if media != MEDIA_TYPE or not response.is_error:
            raise Silence
        if response.status_code in _LATER:
            raise Busy
        raise Refusal(response.status_code, _slug(response.content))


_JSON = {"Content-Type": "application/json"}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _slug(content: bytes) -> str:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return "unreadable"
    kind = document.get("type") if isinstance(document, dict) else None
    return str(kind).rpartition("/")[2][:80] or "unreadable"
