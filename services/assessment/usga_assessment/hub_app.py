"""The composition root of a hub: this service on a laptop, between tablets and the centre."""

import ipaddress
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version

import anyio
import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from usga_shared.clock import Clock
from usga_shared.database.engine import Database
from usga_shared.http.app import build_app
from usga_shared.http.render import send_problem
from usga_shared.problems import NotFound

from usga_assessment.operations.hub.forward import Courier
from usga_assessment.operations.hub.hub_desk import HubDesk
from usga_assessment.operations.hub.hub_files import HubFiles
from usga_assessment.operations.hub.meters import HubMeters
from usga_assessment.operations.hub.upstream import Upstream, check_upstream
from usga_assessment.routes import attachments, hub_tablets
from usga_assessment.settings import Settings
from usga_assessment.storage.hub.authenticator import TabletsAtHub

ROOM_OF_A_LABEL = 4096
"""Bytes by which a push must be smaller than a body may be: it travels on with a label."""


class OwnNumbersHere:
    """Shows `/metrics` on this machine alone: on a hub's port is whoever is on its Wi-Fi."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/metrics" and not _is_near(scope):
            await send_problem(NotFound(), scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_near(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is None or ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a hub takes from the world: its link, chance, and how it waits."""

    transport: httpx.AsyncBaseTransport | None = None
    rng: random.Random = field(default_factory=random.Random)
    sleep: Callable[[float], Awaitable[object]] = anyio.sleep
    crash_point: Callable[[str], None] = lambda _name: None


def create_hub(
    settings: Settings, *, clock: Clock, surroundings: Surroundings | None = None
) -> FastAPI:
    """Make the application of a hub; `app.state.courier.round()` is one look for the centre."""
    world = surroundings or Surroundings()
    if world.transport is None:
        check_upstream(settings.upstream, plain=settings.upstream_plain)
    database = Database(settings.database_url, pool=settings.database_pool)
    desk = HubDesk(database, clock, settings)
    files = HubFiles(desk, crash_point=world.crash_point)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        courier: Courier = app.state.courier
        await desk.open()
        await files.open()
        courier.start()
        try:
            yield
        finally:
            await courier.stop()
            await database.close()

    app = build_app(
        service="assessment",
        title="USGA hub",
        version=version("usga-assessment"),
        settings=settings.model_copy(
            update={"max_body_bytes": settings.max_body_bytes - ROOM_OF_A_LABEL}
        ),
        lifespan=lifespan,
        database=database,
        clock=clock,
        authenticator=TabletsAtHub(database),
        larger_bodies=[attachments.larger_bodies(settings)],
        message_packages=["usga_assessment.locale"],
    )
    app.state.hub = desk
    app.state.attachments = files
    app.add_middleware(OwnNumbersHere)
    app.add_middleware(attachments.TusProtocol, largest=settings.attachment_max_bytes)
    app.state.courier = Courier(
        desk,
        Upstream(settings.upstream, world.transport),
        files,
        rng=world.rng,
        sleep=world.sleep,
        crash_point=world.crash_point,
        meters=HubMeters(app.state.metrics),
    )
    app.include_router(hub_tablets.router)
    app.include_router(attachments.router)
    return app
