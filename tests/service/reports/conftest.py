"""The reports service on each database, with the other services played by a transport."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from usga_reports.app import create_app
from usga_reports.domain.render.report import render_report
from usga_reports.domain.report import ReportFormat
from usga_reports.operations.renderer import Renderer
from usga_reports.settings import Settings
from usga_reports.storage.desk import Desks
from usga_shared.clock import FixedClock
from usga_shared.database.engine import Database
from usga_shared.wire.release import ReleaseBundle
from usga_shared.wire.vocabulary import ReleaseState

from tests.support.apps import asgi_client
from tests.support.neighbours import introspect, not_there
from tests.unit.reports.specimen import specimen

TOKEN = "usgap_" + "c" * 43
STRANGER = "usgap_" + "s" * 43
COORDINATOR = "usgap_" + "k" * 43
ADMIN = "usgap_" + "a" * 43
GRANTS: dict[str, dict[str, list[str]]] = {
    TOKEN: {"XX-SPECIMEN-2026": ["statistician"]},
    COORDINATOR: {"XX-SPECIMEN-2026": ["coordinator"]},
    ADMIN: {"*": ["admin"]},
    STRANGER: {"XX-OTHER-2026": ["coordinator"]},
}
START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


class Others:
    """Assessment and indicators, as a transport: one release and two credentials."""

    def __init__(self, bundle: ReleaseBundle) -> None:
        self.bundle = bundle
        self.indicators_down = False
        self.bundles_sent = 0

    def set_state(self, state: ReleaseState) -> None:
        release = self.bundle.release.model_copy(update={"state": state})
        self.bundle = self.bundle.model_copy(update={"release": release})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["X-USGA-Service"] == "x" * 32
        path = request.url.path
        if path == "/internal/v1/credentials/introspection":
            return introspect(request, GRANTS)
        if self.indicators_down:
            raise httpx.ConnectError("down", request=request)
        if path == f"/internal/v1/releases/{self.bundle.release.id}":
            return httpx.Response(200, content=self.bundle.release.model_dump_json())
        if path == f"/internal/v1/releases/{self.bundle.release.id}/bundle":
            self.bundles_sent += 1
            bundle = self.bundle
            if request.url.params.get("s3") == "false":
                bundle = without_s3(bundle)
            return httpx.Response(200, content=bundle.model_dump_json())
        return not_there()


def without_s3(bundle: ReleaseBundle) -> ReleaseBundle:
    """As the indicators service sends it to who may not read S3 answers of this release."""
    unread = {i.code for i in bundle.indicators if i.sensitivity == 3}
    left = {
        "indicators": [i for i in bundle.indicators if i.code not in unread],
        "observations": [o for o in bundle.observations if o.indicator not in unread],
        "withheld": sorted(unread),
    }
    return bundle.model_copy(update=left)


class SameProcess:
    """A renderer without a child process: most tests are not about that."""

    async def render(
        self, frozen: bytes, *, template: str, language: str, kind: ReportFormat
    ) -> bytes:
        return await asyncio.to_thread(
            render_report, frozen, template=template, language=language, kind=kind
        )

    def rest(self) -> None:
        pass

    async def close(self) -> None:
        pass


class Service:
    """One deployment: its database and files outlive the application, as after a kill."""

    def __init__(self, url: str, folder: Path) -> None:
        self.others = Others(specimen())
        self.clock = FixedClock(START)
        self.renderer: Renderer = SameProcess()
        self._url, self._folder = url, folder

    def settings(self, **changed: object) -> Settings:
        values = {
            "database_url": self._url,
            "service_token": "x" * 32,
            "data_dir": self._folder,
            "poll_seconds": 0.05,
            "lease_seconds": 30,
            "work": True,
            **changed,
        }
        return Settings(**values, _env_file=None)  # type: ignore[arg-type]

    async def claim_and_die(self) -> None:
        """A process takes the next job and is killed in the middle of it."""
        database = Database(self._url)
        desks = Desks(database, self.clock, worker="killed", lease=timedelta(seconds=30))
        async with desks.open() as desk:
            claim = await desk.claim()
            assert claim is not None
            await desk.progress(claim, 30)
        await database.close()

    @contextlib.asynccontextmanager
    async def start(
        self, *, own_process: bool = False, **changed: object
    ) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(
            self.settings(**changed),
            clock=self.clock,
            transport=httpx.MockTransport(self.others),
            renderer=None if own_process else self.renderer,
        )
        self.database: Database = app.state.database
        for client in (app.state.indicators, app.state.authenticator._client):
            client._pause = 0.001
        async with asgi_client(app) as client:
            yield client


@pytest.fixture
def service(reports_db_url: str, tmp_path: Path) -> Service:
    return Service(reports_db_url, tmp_path / "data")


@pytest.fixture
def staff() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def stranger() -> dict[str, str]:
    return {"Authorization": f"Bearer {STRANGER}"}
