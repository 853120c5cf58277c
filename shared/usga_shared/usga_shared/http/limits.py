"""Bodies are measured before anything reads them, and do not come for ever."""

import asyncio
import re
from collections.abc import Awaitable, Generator, Sequence
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from usga_shared.http.render import send_problem
from usga_shared.problems import ContentTooLarge, MalformedBody

PATIENCE = 60.0
"""Seconds in which LEAST more bytes of a body must come: a trickle of 1 KiB in 30 s lives."""
LEAST = 1024
DRAIN = 32 * 2**20
"""Bytes past a limit that are read and thrown away: whoever is still sending does not read yet."""


class BodyLimit:
    """Answers 413 before reading a body that declares itself too large, or while one grows so.

    `larger` lists (pattern of the path, limit) for the few operations that take more. A body that
    makes no progress ends as if its sender had gone away: slow links live, stalled ones do not.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit: int,
        larger: Sequence[tuple[str, int]] = (),
        patience: float = PATIENCE,
    ) -> None:
        self._app, self._limit, self._patience = app, limit, patience
        self._larger = [(re.compile(pattern), size) for pattern, size in larger]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        declared = next((v for n, v in scope["headers"] if n == b"content-length"), None)
        if declared is not None:
            if not declared.isdigit():
                await send_problem(MalformedBody(), scope, receive, send)
                return
            if int(declared) > limit:
                await self._refuse(scope, receive, send, int(declared), limit)
                return
        await self._app(scope, _Counted(receive, limit, self._patience), send)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, declared: int, limit: int
    ) -> None:
        """Answer 413 once the body has been thrown away: closing on a sender resets it."""
        waits = any(name == b"expect" for name, _ in scope["headers"])
        is_drained = (
            not waits and declared <= limit + DRAIN and await _drained(receive, self._patience)
        )
        problem = ContentTooLarge(
            limit=limit,
            size=declared,
            headers={} if is_drained else {"Connection": "close"},
        )
        await send_problem(problem, scope, receive, send)

    def _limit_of(self, path: str) -> int:
        return next((size for pattern, size in self._larger if pattern.match(path)), self._limit)


class _Counted:
    """`receive` of one request: counts its bytes, and the seconds spent waiting for them."""

    def __init__(self, receive: Receive, limit: int, patience: float) -> None:
        self._receive, self._limit, self._patience = receive, limit, patience
        self._received, self._wanted, self._left = 0, LEAST, patience
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:  # whoever asks now waits for the client to go away
            return await self._receive()
        # What has come already needs no clock: mostly that is the whole body.
        receiving = _Begun(self._receive())
        message = receiving.outcome
        if message is None:
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                async with asyncio.timeout(self._left):
                    message = await receiving
            except TimeoutError:
                return {"type": "http.disconnect"}
            self._left -= loop.time() - began
        self._is_whole = not message.get("more_body", False)
        if message["type"] == "http.request":
            await self._count(len(message.get("body", b"")))
        return message

    async def _count(self, size: int) -> None:
        self._received += size
        if self._received > self._limit:
            is_drained = self._is_whole or await _drained(self._receive, self._patience)
            close = {} if is_drained else {"Connection": "close"}
            raise ContentTooLarge(limit=self._limit, headers=close)
        if self._received >= self._wanted:
            self._wanted, self._left = self._received + LEAST, self._patience


class _Begun:
    """A `receive` that has run until it would wait; `outcome` is set when it did not have to."""

    def __init__(self, receiving: Awaitable[Message]) -> None:
        self._steps = receiving.__await__()
        self.outcome: Message | None = None
        self._waits_for: Any = None
        try:
            self._waits_for = next(self._steps)
        except StopIteration as done:
            self.outcome = done.value

    def __await__(self) -> Generator[Any, Any, Message]:
        """The rest of it, once."""
        waits_for = self._waits_for
        try:
            while True:
                try:
                    sent = yield waits_for
                except BaseException as error:  # noqa: BLE001 - a cancellation is for it, too
                    waits_for = self._steps.throw(error)
                else:
                    waits_for = self._steps.send(sent)
        except StopIteration as done:
            message: Message = done.value
            return message


async def _drained(receive: Receive, patience: float) -> bool:
    """Throw the rest of a body away; whether its end came within DRAIN bytes and `patience`."""
    left = DRAIN
    try:
        async with asyncio.timeout(patience):
            while left >= 0:
                message = await receive()
                if message["type"] != "http.request":
                    return False
                if not message.get("more_body", False):
                    return True
                left -= len(message.get("body", b""))
    except TimeoutError:
        pass
    return False
