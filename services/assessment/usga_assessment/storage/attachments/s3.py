"""Objects in a store that speaks S3: whole objects, put, got and deleted by name.

Only what every such store understands: path-style addresses, AWS Signature Version 4 over the
payload's SHA-256, no listing, no multipart: an object is at most one file of an interview.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

import httpx
from usga_shared.clock import Clock

from usga_assessment.storage.attachments.objects import StoreRefused
from usga_assessment.storage.attachments.staging import StoreFull

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_EMPTY = hashlib.sha256(b"").hexdigest()
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs requests as AWS Signature Version 4 wants them."""

    region: str
    access_key: str
    secret_key: str
    service: str = "s3"

    def headers(
        self,
        method: str,
        url: str,
        payload_sha256: str,
        at: datetime,
        *,
        more: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """The headers to send: date, payload digest, `more`, and the authorization over them."""
        parts = urlsplit(url)
        moment = at.strftime("%Y%m%dT%H%M%SZ")
        signed = {
            "host": parts.netloc,
            "x-amz-content-sha256": payload_sha256,
            "x-amz-date": moment,
            **{name.lower(): value.strip() for name, value in (more or {}).items()},
        }
        names = ";".join(sorted(signed))
        canonical = "\n".join(
            (
                method,
                parts.path or "/",
                parts.query,
                *(f"{name}:{signed[name]}" for name in sorted(signed)),
                "",
                names,
                payload_sha256,
            )
        )
        scope = f"{moment[:8]}/{self.region}/{self.service}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
        signature = hmac.new(self._key(moment[:8]), text.encode(), "sha256").hexdigest()
        told = f"Credential={self.access_key}/{scope},SignedHeaders={names},Signature={signature}"
        return {
            **{name: value for name, value in signed.items() if name != "host"},
            "Authorization": f"AWS4-HMAC-SHA256 {told}",
        }

    def _key(self, day: str) -> bytes:
        key = b"AWS4" + self.secret_key.encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key


class S3Objects:
    """Objects in one bucket, below a prefix."""

    def __init__(
        self,
        endpoint: str,
        bucket: str,
        signer: Signer,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._address = f"{endpoint.rstrip('/')}/{quote(bucket)}"
        self._signer, self._clock = signer, clock
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, transport=transport, trust_env=False)

    async def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep an object; the store has it whole and durable when it says so."""
        content = await asyncio.to_thread(b"".join, pieces)
        digest = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
        response = await self._send("PUT", name, digest, content)
        if response.status_code == httpx.codes.INSUFFICIENT_STORAGE:
            raise StoreFull
        if not response.is_success:
            raise StoreRefused(response.status_code, "put")

    async def get(self, name: str) -> AsyncIterator[bytes]:
        """The object, piece by piece."""
        url = self._url(name)
        headers = self._signer.headers("GET", url, _EMPTY, self._clock.now())
        try:
            async with self._http.stream("GET", url, headers=headers) as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    raise FileNotFoundError
                if not response.is_success:
                    raise StoreRefused(response.status_code, "get")
                async for piece in response.aiter_bytes(_PIECE):
                    yield piece
        except httpx.TransportError as error:
            raise StoreRefused(type(error).__name__, "get") from None

    async def delete(self, name: str) -> None:
        """Forget an object."""
        response = await self._send("DELETE", name, _EMPTY, b"")
        if not response.is_success and response.status_code != httpx.codes.NOT_FOUND:
            raise StoreRefused(response.status_code, "delete")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(self, method: str, name: str, digest: str, content: bytes) -> httpx.Response:
        url = self._url(name)
        headers = self._signer.headers(method, url, digest, self._clock.now())
        try:
            return await self._http.request(method, url, headers=headers, content=content)
        except httpx.TransportError as error:
            raise StoreRefused(type(error).__name__, method.lower()) from None

    def _url(self, name: str) -> str:
        return f"{self._address}/{quote(name)}"
