"""Bodies are measured before anything reads them."""

import re
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from usga_shared.http.render import send_problem
from usga_shared.problems import ContentTooLarge, MalformedBody


class BodyLimit:
    """Answers 413 before reading a body that declares itself too large, or while one grows so.

    `larger` lists (pattern of the path, limit) for the few operations that take more.
    """

    def __init__(
        self, app: ASGIApp, *, limit: int, larger: Sequence[tuple[str, int]] = ()
    ) -> None:
        self._app, self._limit = app, limit
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
                problem = ContentTooLarge(
                    limit=limit, size=int(declared), headers={"Connection": "close"}
                )
                await send_problem(problem, scope, receive, send)
                return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise ContentTooLarge(limit=limit, headers={"Connection": "close"})
            return message

        await self._app(scope, receive_counted, send)

    def _limit_of(self, path: str) -> int:
        return next((size for pattern, size in self._larger if pattern.match(path)), self._limit)
