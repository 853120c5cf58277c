"""The three applications of this process behind a real gateway."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import update
from starlette.types import Receive, Scope, Send
from usga_assessment import app as assessment_app
from usga_assessment.operations.issue_credential import issue_credential
from usga_assessment.settings import Settings as AssessmentSettings
from usga_assessment.storage.authenticator import LocalAuthenticator
from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.tables.field import AssessmentRow
from usga_indicators import app as indicators_app
from usga_indicators.settings import Settings as IndicatorsSettings
from usga_reports import app as reports_app
from usga_reports.settings import Settings as ReportsSettings
from usga_shared.auth.actors import Actor, ActorKind, Role
from usga_shared.clock import SystemClock
from usga_shared.database.engine import Database

from tests.conftest import DatabaseMaker
from tests.support.collecting import (
    HERE,
    SERVICE_TOKEN,
    KnownActors,
    add_cases,
    bearer,
    interview,
    seed,
)
from tools.launcher.gateway import gateway, make_folder
from tools.launcher.ports import free_port
from tools.launcher.process import Child

PEOPLE = 60
_INDICATORS = ("/v1/indicators", "/v1/releases", "/v1/observations")
_REPORTS = ("/v1/reports", "/v1/report-templates")


class Doors(httpx.AsyncBaseTransport):
    """Calls between the services, by the ports of their default settings."""

    def __init__(self) -> None:
        self.by_port: dict[int | None, httpx.ASGITransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.by_port[request.url.port].handle_async_request(request)


class EitherActors:
    """Real credentials, and names for the test that sets the scene."""

    def __init__(self, real: LocalAuthenticator) -> None:
        self._real = real
        self.forget_after_commit = real.forget_after_commit
        self.aclose = real.aclose

    async def authenticate(self, token: str) -> Actor | None:
        return KnownActors.actors.get(token) or await self._real.authenticate(token)


class Platform:
    """Where it answers, and tokens of its people by role."""

    def __init__(self, origin: str, tokens: dict[str, str]) -> None:
        self.origin, self.tokens = origin, tokens


def _apps(make_database: DatabaseMaker, folder: Path) -> tuple[FastAPI, FastAPI, FastAPI]:
    doors = Doors()
    assessment = assessment_app.create_app(
        AssessmentSettings(
            database_url=make_database("assessment"), service_token=SERVICE_TOKEN,
            data_dir=folder / "a", key_dir=folder / "ak",
        )
    )  # fmt: skip
    assessment.state.authenticator = EitherActors(assessment.state.authenticator)
    indicators = indicators_app.create_app(
        IndicatorsSettings(
            database_url=make_database("indicators"), service_token=SERVICE_TOKEN,
            data_dir=folder / "i", key_dir=folder / "ik",
        ),
        upstream=doors,
    )  # fmt: skip
    reports = reports_app.create_app(
        ReportsSettings(
            database_url=make_database("reports"), service_token=SERVICE_TOKEN,
            data_dir=folder / "r", poll_seconds=0.2,
        ),
        transport=doors,
    )  # fmt: skip
    doors.by_port = {
        8081: httpx.ASGITransport(app=assessment),
        8082: httpx.ASGITransport(app=indicators),
    }
    return assessment, indicators, reports


async def _publish(assessment: FastAPI, indicators: FastAPI) -> None:
    """Sixty interviews, and a published release of them; then fieldwork goes on."""
    database: Database = assessment.state.database
    await seed(database, state="collecting")
    await add_cases(database, PEOPLE)
    pushed = [
        interview(n + 1, case=f"k-{n}", answers={"safe_night": "safe" if n % 3 else "vunsafe"})
        for n in range(PEOPLE)
    ]
    async with _client(assessment) as http:
        answer = await http.post(
            "/v1/sync/submissions",
            content=b"".join(each.line + b"\n" for each in pushed),
            headers={"Content-Type": "application/x-ndjson", **bearer("device")},
        )
        assert answer.status_code == 200, answer.text
    async with _client(indicators) as http:
        made = await http.post(
            "/v1/releases", json={"assessment": HERE}, headers=bearer("statistician")
        )
        assert made.status_code == 201, made.text
        await _state(database, "published")
        for to in ("frozen", "published"):
            moved = await http.post(
                f"/v1/releases/{made.json()['id']}/transitions",
                json={"to": to},
                headers=bearer("coordinator"),
            )
            assert moved.status_code == 200, moved.text
    await _state(database, "collecting")


def _client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def _state(database: Database, state: str) -> None:
    async with database.write() as session:
        await session.exec(update(AssessmentRow).values(state=state))


async def _tokens(database: Database) -> dict[str, str]:
    now, tokens = SystemClock().now(), {}
    async with database.write() as session:
        for role in (Role.SUPERVISOR, Role.COORDINATOR, Role.STATISTICIAN):
            tokens[role.value], _ = await issue_credential(
                Credentials(session),
                kind=ActorKind.PERSON,
                name=role.value,
                grants={HERE: frozenset({role})},
                by="test",
                now=now,
                expires_at=now + timedelta(days=1),
            )
    return tokens


class _QuietServer(uvicorn.Server):
    """Leaves the signals of the test's process alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def platform(make_database: DatabaseMaker, folder: Path) -> AsyncIterator[Platform]:
    """Serve the three applications through the gateway, with a published release."""
    assessment, indicators, reports = _apps(make_database, folder)

    async def services(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        app = assessment
        if path.startswith(_INDICATORS):
            app = indicators
        elif path.startswith(_REPORTS):
            app = reports
        await app(scope, receive, send)

    config = uvicorn.Config(services, lifespan="off", log_config=None, ws="none")
    server = _QuietServer(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # callers wait in the queue until the server takes over
        async with (
            assessment.router.lifespan_context(assessment),
            indicators.router.lifespan_context(indicators),
            reports.router.lifespan_context(reports),
        ):
            await _publish(assessment, indicators)
            tokens = await _tokens(assessment.state.database)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            nginx, origin = _gateway(folder / "gateway", listener.getsockname()[1])
            try:
                await asyncio.to_thread(nginx.start)
                yield Platform(origin, tokens)
            finally:
                await asyncio.to_thread(nginx.stop)
                server.should_exit = True
                await serving


def _gateway(folder: Path, services: int) -> tuple[Child, str]:
    """Nginx as in production; the services all answer at one address here."""
    names = ("ASSESSMENT", "INDICATORS", "REPORTS")
    addresses = {f"USGA_{name}_ADDRESS": f"127.0.0.1:{services}" for name in names}
    listen = f"127.0.0.1:{free_port()}"
    make_folder(folder, {"USGA_GATEWAY_LISTEN": listen, **addresses})
    origin = f"http://{listen}"
    return gateway(folder, origin, folder / "log"), origin
