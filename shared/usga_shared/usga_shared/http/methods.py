"""The methods of an address: HEAD is GET without its body, OPTIONS answers what there is."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ROUTED = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(scope: Scope) -> list[str]:
    """The methods that the address of this request answers; empty when there is nothing there.

    Looked for over all routes: one address is often several routes, each with a method.
    """
    routes = scope["app"].routes
    asked: dict[str, Any] = {
        "type": "http",
        "path": scope["path"],
        "root_path": scope.get("root_path", ""),
    }
    found = [
        method
        for method in _ROUTED
        if any(route.matches({**asked, "method": method})[0] is Match.FULL for route in routes)
    ]
    if "GET" in found:
        found.insert(1, "HEAD")
    return [*found, "OPTIONS"] if found else []


class HeadAndOptions:
    """Gives every address the two methods that no route declares (RFC 9110, 9.3.2 and 9.3.7)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope.get("method")
        if method == "HEAD":
            await self._head(scope, receive, send)
        elif method == "OPTIONS" and (allowed := allowed_methods(scope)):
            response = Response(status_code=204, headers={"Allow": ", ".join(allowed)})
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A copy, because the server looks at its own scope to know that no body follows.
        inner = {**scope, "method": "GET"}

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                if message.get("more_body"):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        try:
            await self._app(inner, receive, send_without_body)
        finally:
            if "route" in inner:  # for the canonical line and the metrics
                scope["route"] = inner["route"]
