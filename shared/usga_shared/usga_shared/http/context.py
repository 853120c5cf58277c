"""The outermost middleware: request id, traceparent, one canonical log line, metrics, 500s."""

import errno
import logging
import re
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from usga_shared.http.metrics import Metrics
from usga_shared.http.render import send_problem
from usga_shared.logging import describe_exception
from usga_shared.problems import Unavailable, UnexpectedError

_DISK = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT, errno.EIO})
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
_log = logging.getLogger("usga.request")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What travels on to other services with the calls that this request makes."""

    request_id: str
    traceparent: str | None


current_context: ContextVar[RequestContext | None] = ContextVar("usga_request", default=None)


class RequestMiddleware:
    """Wraps every request; whatever happens inside, the caller gets an answer and we a line."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, service: str) -> None:
        self._app, self._metrics, self._service = app, metrics, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        context = RequestContext(
            _accept(headers.get(b"x-request-id"), _REQUEST_ID) or uuid4().hex,
            _accept(headers.get(b"traceparent"), _TRACEPARENT),
        )
        scope.setdefault("state", {})["request_id"] = context.request_id
        token = current_context.set(context)
        started = time.perf_counter()
        status = 0
        fields: dict[str, Any] = {}

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", context.request_id.encode()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as error:  # noqa: BLE001 - the last place that can still answer
            fields = describe_exception(error)
            if status == 0:
                problem = Unavailable() if _is_of_the_disk(error) else UnexpectedError()
                await send_problem(problem, scope, receive, send_on)
        finally:
            current_context.reset(token)
            self._finish(scope, status, time.perf_counter() - started, fields)

    def _finish(self, scope: Scope, status: int, seconds: float, fields: dict[str, Any]) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        state = scope["state"]
        self._metrics.observe(scope["method"], route, status, seconds)
        if route.startswith("/health") or route == "/metrics":
            return
        _log.log(
            logging.ERROR if fields else logging.INFO,
            "request",
            extra={
                "service": self._service,
                "request_id": state["request_id"],
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "actor": state.get("actor"),
                "problem": state.get("problem"),
                **state.get("canonical", {}),
                **fields,
            },
        )


def _is_of_the_disk(error: Exception) -> bool:
    """Whether the server's own disk is full, read-only or out of order: no defect of the code."""
    return isinstance(error, OSError) and error.errno in _DISK


def _accept(value: str | None, pattern: re.Pattern[str]) -> str | None:
    return value if value and pattern.match(value) else None
