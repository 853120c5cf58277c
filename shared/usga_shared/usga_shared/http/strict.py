"""Routes whose JSON bodies two programs cannot read differently."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from usga_shared.auth.dependencies import actor_or_anonymous, known_actor
from usga_shared.http.bodies import loads_strict
from usga_shared.http.parameters import needs_actor
from usga_shared.problems import MalformedBody

_MOST_KEYS = 1_000_000  # BodyLimit bounds the bytes; this bounds nothing more


class _StrictRequest(Request):
    async def json(self) -> Any:
        """The body as JSON: no key twice, no NaN, no NUL, no lone surrogate."""
        return loads_strict(await self.body(), max_keys=_MOST_KEYS)


class StrictRoute(APIRoute):
    """A route that refuses ambiguous JSON as a malformed body, once it knows who sends it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle, reads_body = super().get_route_handler(), self.body_field is not None
        asks_first = needs_actor(self)  # FastAPI would parse the body first

        async def strict(request: Request) -> Response:
            request = _StrictRequest(request.scope, request.receive)
            if reads_body:
                if asks_first:
                    await known_actor(await actor_or_anonymous(request))
                await _receive(request)
            return await handle(request)

        return strict


async def _receive(request: Request) -> None:
    """Read the body here: FastAPI would call a body that grows too large malformed."""
    try:
        await request.body()
    except ClientDisconnect:
        raise MalformedBody from None
