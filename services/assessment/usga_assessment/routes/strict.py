"""Routes whose JSON bodies two programs cannot read differently."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from usga_shared.http.bodies import loads_strict

_MOST_KEYS = 1_000_000  # BodyLimit bounds the bytes; this bounds nothing more


class _StrictRequest(Request):
    async def json(self) -> Any:
        """The body as JSON: no key twice, no NaN, no NUL, no lone surrogate."""
        return loads_strict(await self.body(), max_keys=_MOST_KEYS)


class StrictRoute(APIRoute):
    """A route that refuses ambiguous JSON as a malformed body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return strict
