"""A short way for the few operations that are asked thousands of times a second.

FastAPI describes them like any other; their requests leave the common way before the router, so
that finding the route and its dependencies does not cost more than the work itself. Request id,
log line, metrics, limits of bodies and problem documents are those of every request.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from usga_shared.http.render import send_problem
from usga_shared.problems import Problem

Answer = Callable[[Request], Awaitable[bytes]]
"""Does the whole work of an operation; answers a JSON document, raises a Problem."""


class Lanes:
    """Gives the requests of some operations to their own functions, all others to the router.

    An application keeps its lanes in `app.state.lanes`, by method and path.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lane: Lane | None = None
        if scope["type"] == "http":
            lanes: dict[tuple[str, str], Lane] = scope["app"].state.lanes
            lane = lanes.get((scope["method"], scope["path"]))
        if lane is None:
            await self._app(scope, receive, send)
        else:
            await lane(scope, receive, send)


class Lane:
    """One operation: the route that describes it, and the function that does it."""

    def __init__(self, route: BaseRoute, answer: Answer) -> None:
        self._route, self._answer = route, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self._route  # its template stands in the log line and the metrics
        try:
            document = await self._answer(Request(scope, receive))
        except Problem as problem:
            await send_problem(problem, scope, receive, send)
            return
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(document)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": document})
