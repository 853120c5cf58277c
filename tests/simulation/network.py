"""Links that lose, repeat, delay, reorder and cut, and portals and proxies that answer instead."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

PORTAL = b"<html><body>Welcome! Please accept the terms.</body></html>"
DAY = 86_400.0
FAULTS = {
    "request lost": 3,
    "answer lost": 4,
    "repeated later": 4,
    "held back": 4,
    "request cut": 3,
    "answer cut": 2,
    "portal": 4,
    "portal in JSON": 2,
    "proxy before": 2,
    "proxy after": 2,
}

Deliver = Callable[["Link", httpx.Request, bool], Awaitable[httpx.Response]]


class Link(httpx.AsyncBaseTransport):
    """One tablet's way to the server."""

    def __init__(
        self,
        name: str,
        rng: random.Random,
        deliver: Deliver,
        *,
        seen: Counter[str],
        say: Callable[..., None],
        later: Callable[[Awaitable[Any]], None],
    ) -> None:
        self.name, self._rng, self._deliver = name, rng, deliver
        self._seen, self._say, self._later = seen, say, later
        self.bad = rng.choice((0.1, 0.3, 0.6))
        self.away_until = 0.0
        self.portal_until = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        await asyncio.sleep(self._rng.uniform(0.05, 1.5))
        now = asyncio.get_running_loop().time()
        if now < self.away_until:
            raise httpx.ConnectError("no network", request=request)
        if now < self.portal_until:
            fault: str | None = "portal"
        elif self._rng.random() < self.bad:
            fault = self._rng.choices(list(FAULTS), list(FAULTS.values()))[0]
        else:
            fault = None
        if fault:
            self._seen[fault] += 1
            self._say(self.name, request.url.path, fault)
        return await self._through(request, fault)

    async def _through(  # noqa: PLR0911 - one answer for each fault
        self, request: httpx.Request, fault: str | None
    ) -> httpx.Response:
        match fault:
            case "request lost":
                raise await self._silence(request)
            case "answer lost":
                await self._reach(request)
                raise await self._silence(request)
            case "repeated later":
                self._later(self._repeat(request))
                return await self._reach(request, heard=True)
            case "held back":
                self._later(self._repeat(request))
                raise await self._silence(request)
            case "request cut":
                cut = self._cut(request)
                is_whole = cut.content.rstrip(b"\n") == request.content.rstrip(b"\n")
                return await self._reach(cut, heard=is_whole)  # nothing that matters is cut off
            case "answer cut":
                # Whether the last byte is lost is not known before: to the oracle it may be heard.
                answer = await self._reach(request, heard=True)
                return self._made_up(
                    answer.status_code,
                    answer.content[: self._rng.randrange(len(answer.content) + 1)],
                    answer.headers.get("content-type", "text/plain"),
                )
            case "portal":
                return self._made_up(self._rng.choice((200, 201, 202)), PORTAL, "text/html")
            case "portal in JSON":
                body = self._rng.choice((b'{"status":"ok"}', b"{}", b"[]", b'{"receipt":"yes"}'))
                return self._made_up(200, body, "application/json")
            case "proxy before":
                return self._made_up(self._rng.choice((502, 503, 504)), PORTAL, "text/html")
            case "proxy after":
                await self._reach(request)
                return self._made_up(504, PORTAL, "text/html")
            case _:
                return await self._reach(request, heard=True)

    async def _reach(self, request: httpx.Request, *, heard: bool = False) -> httpx.Response:
        return await self._deliver(self, request, heard)

    async def _silence(self, request: httpx.Request) -> httpx.TransportError:
        await asyncio.sleep(self._rng.uniform(1, 30))
        return httpx.ReadTimeout("silence", request=request)

    async def _repeat(self, request: httpx.Request) -> None:
        """A copy that arrives minutes or weeks later; nobody hears the answer."""
        await asyncio.sleep(
            self._rng.choice((1.0, 60.0, 3600.0, DAY, 30 * DAY)) * self._rng.random()
        )
        try:
            await self._reach(request)
        except httpx.TransportError:
            return

    def _cut(self, request: httpx.Request) -> httpx.Request:
        """Only the first bytes; of plain lines sometimes whole ones."""
        content = request.content
        k = self._rng.randrange(len(content) + 1)
        if self._rng.random() < 0.5 and b"\n" in content[:-1]:
            k = content.index(b"\n") + 1
        headers = [(n, v) for n, v in request.headers.raw if n.lower() != b"content-length"]
        return httpx.Request(request.method, request.url, headers=headers, content=content[:k])

    @staticmethod
    def _made_up(status: int, content: bytes, kind: str) -> httpx.Response:
        return httpx.Response(status, headers={"content-type": kind}, content=content)
