"""The methods of an address: HEAD is GET without its body, OPTIONS answers what there is."""

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from usga_shared.http.addresses import allowed_methods, written_out
from usga_shared.http.render import send_problem
from usga_shared.problems import MethodNotAllowed


class HeadAndOptions:
    """Gives every address the two methods that no route declares (RFC 9110, 9.3.2 and 9.3.7)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope.get("method")
        if scope["type"] == "http" and self._is_another(scope):
            problem = MethodNotAllowed(headers={"Allow": ", ".join(allowed_methods(scope))})
            await send_problem(problem, scope, receive, send)
            return
        if method == "HEAD":
            await self._head(scope, receive, send)
        elif method == "OPTIONS" and (allowed := allowed_methods(scope)):
            response = Response(status_code=204, headers={"Allow": ", ".join(allowed)})
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    @staticmethod
    def _is_another(scope: Scope) -> bool:
        """Whether a route would take an address of other methods for its parameter."""
        written = written_out(scope["app"]).get(scope["path"])
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        return written is not None and method not in written and method != "OPTIONS"

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
