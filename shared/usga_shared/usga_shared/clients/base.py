"""What every client does: timeouts, retries where they are harmless, silence told from refusal.

UpstreamError
├── UpstreamUnreachable   no answer, or one that no service of ours wrote
└── UpstreamProblem       the service refused, with a problem document
"""

import asyncio
import random
from typing import Any

import httpx
import orjson

from usga_shared.auth.headers import SERVICE_HEADER
from usga_shared.http.context import current_context
from usga_shared.problems import MEDIA_TYPE, Unavailable

TIMEOUT = httpx.Timeout(30.0, connect=3.0)
_ATTEMPTS = 3
_RETRY_STATUS = frozenset({429, 502, 503, 504})


class UpstreamError(Unavailable):
    """A call to another service did not succeed; the caller's caller sees 503."""


class UpstreamUnreachable(UpstreamError):
    """Silence: no answer, or an answer that is no problem document of ours."""


class UpstreamProblem(UpstreamError):
    """A refusal: `upstream_status` and `upstream_document` say which."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__()
        self.upstream_status = status
        self.upstream_document = document

    @property
    def kind(self) -> str:
        """The slug of the problem."""
        return str(self.upstream_document.get("type", "")).rpartition("/")[2]


class ServiceClient:
    """Speaks to one service; `transport` lets tests stand in for the network."""

    def __init__(
        self,
        base_url: str,
        service_token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        pause: float = 0.2,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            timeout=TIMEOUT,
            transport=transport,
            headers={SERVICE_HEADER: service_token},
        )
        self._pause = pause

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(
        self, method: str, path: str, *, repeatable: bool | None = None, **options: Any
    ) -> httpx.Response:
        """One call; reads (and writes said to be `repeatable`) are tried three times."""
        again = method in {"GET", "HEAD"} if repeatable is None else repeatable
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._once(method, path, **options)
            except UpstreamUnreachable:
                if not again or attempt == _ATTEMPTS:
                    raise
            except UpstreamProblem as refusal:
                last = attempt == _ATTEMPTS or refusal.upstream_status not in _RETRY_STATUS
                if not again or last:
                    raise
            jitter = 1 + random.random()  # noqa: S311 - spreads retries, guards nothing
            await asyncio.sleep(self._pause * 2**attempt * jitter)
        raise AssertionError("unreachable")

    async def _once(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**options.pop("headers", {}), **_travelling()}
        try:
            response = await self._http.request(method, path, headers=headers, **options)
        except httpx.TransportError as error:
            raise UpstreamUnreachable from error
        if response.is_error:
            if not response.headers.get("content-type", "").startswith(MEDIA_TYPE):
                raise UpstreamUnreachable
            try:
                document = orjson.loads(response.content)
            except orjson.JSONDecodeError:
                raise UpstreamUnreachable from None
            raise UpstreamProblem(response.status_code, document)
        return response


def _travelling() -> dict[str, str]:
    context = current_context.get()
    if context is None:
        return {}
    headers = {"X-Request-ID": context.request_id}
    if context.traceparent is not None:
        headers["traceparent"] = context.traceparent
    return headers
