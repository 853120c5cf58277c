"""The one way to make an application: middleware, problems, health, metrics, OpenAPI."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.telemetry import TelemetryConfig
from starlette.responses import PlainTextResponse, Response

from usga_shared.auth.dependencies import Authenticator
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.http.context import RequestMiddleware
from usga_shared.http.heap import settle_heap
from usga_shared.http.lane import Lane, Lanes
from usga_shared.http.limits import BodyLimit
from usga_shared.http.methods import HeadAndOptions
from usga_shared.http.metrics import Metrics
from usga_shared.http.parameters import known_parameters
from usga_shared.http.render import install_handlers
from usga_shared.i18n import Messages
from usga_shared.pagination import CursorCodec
from usga_shared.problems import PROBLEM_SCHEMA, Unavailable
from usga_shared.settings import ServiceSettings

#: FastAPI would describe requests and errors to whatever the environment names; our own log and
#: metrics hold no answers, and asking about its providers costs more than finding a route.
_NONE_OF_ITS_OWN: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "Device token, personal access token.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "Partner systems; also accepted as the password of HTTP Basic.",
    },
}


def build_app(
    *,
    service: str,
    title: str,
    version: str,
    settings: ServiceSettings,
    lifespan: Lifespan,
    database: Database,
    clock: Clock,
    authenticator: Authenticator,
    larger_bodies: Sequence[tuple[str, int]] = (),
    message_packages: Sequence[str] = (),
) -> FastAPI:
    """Make an application with everything that all services have in common.

    It is ready while `database` answers. `message_packages` hold the service's own
    `problems.<language>.toml`; `larger_bodies` are BodyLimit's exceptions.
    """
    app = FastAPI(
        title=title,
        version=version,
        lifespan=_settled(lifespan),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        telemetry=_NONE_OF_ITS_OWN,
        dependencies=[Depends(known_parameters)],
    )
    metrics = Metrics()
    app.state.metrics = metrics
    app.state.settings = settings
    app.state.database, app.state.clock = database, clock
    app.state.authenticator = authenticator
    app.state.cursors = CursorCodec(settings.service_token.get_secret_value().encode())
    app.state.messages = Messages.load(["usga_shared.locale", *message_packages], "problems")
    lanes: dict[tuple[str, str], Lane] = {}
    app.state.lanes = lanes
    install_handlers(app)
    app.add_middleware(HeadAndOptions)
    app.add_middleware(Lanes)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, larger=larger_bodies)
    app.add_middleware(RequestMiddleware, metrics=metrics, service=service)

    @app.get("/health/live", include_in_schema=False)
    async def live() -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    @app.get("/health/ready", include_in_schema=False)
    async def is_ready() -> PlainTextResponse:
        try:
            await database.check()
        except Exception as error:
            raise Unavailable from error
        return PlainTextResponse("ready\n")

    @app.get("/metrics", include_in_schema=False)
    async def scrape() -> Response:
        return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _settled(lifespan: Lifespan) -> Lifespan:
    """The service's own lifespan, with the heap settled before the first request."""

    @asynccontextmanager
    async def settled(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(app):
            settle_heap()
            yield

    return settled


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, routes=app.routes, openapi_version="3.1.0"
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas["ProblemDocument"] = PROBLEM_SCHEMA
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        components["securitySchemes"] = SECURITY_SCHEMES
        for operations in document["paths"].values():
            for operation in operations.values():
                _declare_refusals(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _declare_refusals(operation: dict[str, Any]) -> None:
    reference = {
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/ProblemDocument"}
            }
        }
    }
    answers = operation.setdefault("responses", {})
    if "422" in answers:
        answers["422"] = {"description": "`invalid-request`: the wrong shape.", **reference}
    answers["default"] = {"description": "A problem document (RFC 9457).", **reference}
