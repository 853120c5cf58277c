"""A centre, hubs and tablets in this process: links that can be cut, and disks to look into."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from usga_assessment.hub_app import Surroundings, create_hub
from usga_assessment.operations.hub.forward import Courier, Round
from usga_assessment.settings import Settings
from usga_assessment.storage.authenticator import LocalAuthenticator
from usga_shared.auth.actors import Actor
from usga_shared.clock import Clock
from usga_tablet.filebox import FileBox
from usga_tablet.hubs import HubReport, HubVisit
from usga_tablet.link import Patience
from usga_tablet.outbox import Finalised, Outbox
from usga_tablet.sync import Tablet

from tests.support.apps import asgi_client
from tests.support.attaching import File, with_files
from tests.support.collecting import (
    ANSWERS,
    HERE,
    SERVICE_TOKEN,
    Collecting,
    KnownActors,
    TickingClock,
    collecting,
)

PATIENCE = Patience(tries=2, first=0.0)


class Either:
    """Names of people, and the tokens that the application itself handed out."""

    def __init__(self, own: LocalAuthenticator) -> None:
        self._own, self._names = own, KnownActors()

    async def authenticate(self, token: str) -> Actor | None:
        return await self._names.authenticate(token) or await self._own.authenticate(token)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)


class Road(httpx.AsyncBaseTransport):
    """A link to an application, in this process; it can be cut, and can lose answers."""

    def __init__(self, app: FastAPI) -> None:
        self._inner = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.is_open = True
        self.loses_answers = 0
        self.breaks_after: int | None = None
        """Requests that still get through before the link is gone."""
        self.portal = False
        self.requests: list[tuple[str, str]] = []
        self._app = app

    def _date(self) -> str:
        clock: Clock = self._app.state.clock
        return format_datetime(clock.now(), usegmt=True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.breaks_after is not None:
            self.breaks_after -= 1
        if not self.is_open or (self.breaks_after is not None and self.breaks_after < 0):
            raise httpx.ConnectError("no link", request=request)
        if self.portal:
            return httpx.Response(200, html="<html>Please accept the terms.</html>")
        self.requests.append((request.method, request.url.path))
        response = await self._inner.handle_async_request(request)
        response.headers.setdefault("date", self._date())  # as servers do on the wire
        if self.loses_answers:
            self.loses_answers -= 1
            raise httpx.ReadError("lost", request=request)
        return response


async def no_pause(_seconds: float) -> None:
    return None


@dataclass
class RunningHub:
    """A hub in one of its lives."""

    app: FastAPI
    road: Road
    """To the centre."""
    folder: Path

    @property
    def courier(self) -> Courier:
        courier: Courier = self.app.state.courier
        return courier

    async def round(self) -> Round:
        """One look for the centre."""
        return await self.courier.round()

    def client(self) -> httpx.AsyncClient:
        """What a tablet beside it uses."""
        return httpx.AsyncClient(transport=Road(self.app), base_url="http://hub")


def finalise(outbox: Outbox, **answers: Any) -> Finalised:
    """A finished interview of the skeleton form."""
    return outbox.finalise(
        {
            "assessment": HERE, "instrument": "skeleton", "version": "2026.1.0",
            "started_at": "2026-06-01T08:00:00+03:00", "ended_at": "2026-06-01T08:25:00+03:00",
            "language": "en", "answers": {**ANSWERS, **answers}, "paradata": {}, "case": None,
        }
    )  # fmt: skip


@dataclass
class FieldTablet:
    """A tablet that meets hubs and the centre."""

    outbox: Outbox
    centre: FastAPI | None
    """In this process; None where it has one of its own."""
    box: FileBox | None = None

    def photographed(self, *files: File, **answers: Any) -> Finalised:
        """A finished interview whose answers name these files; they are in the box."""
        assert self.box is not None
        draft = with_files(*files, **answers).document
        draft["attachments"] = [
            self.box.keep(file.content, name=file.name, type_=file.type) for file in files
        ]
        for given_later in ("install", "seq", "salt"):
            del draft[given_later]
        made = self.outbox.finalise(draft)
        self.box.queue(made.id, draft["attachments"])
        return made

    def files(self) -> list[str]:
        """Names of files whose bytes are still here."""
        assert self.box is not None
        return [file.name for file in self.box.queued() if file.path.exists()]

    @asynccontextmanager
    async def online(self, road: Road | None = None) -> AsyncIterator[Tablet]:
        """The tablet where there is a link to the centre."""
        if road is None:
            assert self.centre is not None
            road = Road(self.centre)
        async with httpx.AsyncClient(transport=road, base_url="http://centre") as http:
            yield Tablet(
                self.outbox, http, rng=random.Random(1), patience=PATIENCE, sleep=no_pause
            )

    async def visit(self, hub: RunningHub, **options: Any) -> HubReport:
        """Meet a hub."""
        async with hub.client() as http:
            visit = HubVisit(
                self.outbox,
                http,
                rng=random.Random(1),
                patience=PATIENCE,
                sleep=no_pause,
                **options,
            )
            visit.files = self.box
            return await visit.visit()

    def collect(self, count: int, **answers: Any) -> list[str]:
        """Finalise interviews; answers their ids."""
        return [str(finalise(self.outbox, **answers).id) for _ in range(count)]

    def lines(self) -> int:
        """Interviews whose bytes are still here."""
        row = self.outbox._db.execute(
            "SELECT count(*) FROM interview WHERE line IS NOT NULL"
        ).fetchone()
        return int(row[0])


@dataclass
class District:
    """A centre, and what is needed to put hubs and tablets into its district."""

    here: Collecting
    folder: Path
    make_hub_database: Callable[[str], str]
    stack: AsyncExitStack
    _names: set[str] = field(default_factory=set)

    @property
    def centre(self) -> FastAPI:
        return self.here.app

    async def tablet(self, name: str = "tablet") -> FieldTablet:
        """A new tablet, enrolled at the centre; it has pulled once."""
        asked = {"assessment": HERE, "label": name}
        invited = await self.here.post("/v1/devices/enrolments", asked, by="supervisor")
        outbox = Outbox(self.folder / name / "outbox.db")
        self.stack.callback(outbox.close)
        box = FileBox(self.folder / name / "files")
        self.stack.callback(box.close)
        made = FieldTablet(outbox, self.centre, box)
        async with made.online() as tablet:
            await tablet.enrol(invited.json()["code"], name)
            await tablet.sync()
        return made

    async def code(self, **scope: Any) -> str:
        """A one-time code for a hub."""
        asked = {"assessments": [HERE], "label": "hub", **scope}
        invited = await self.here.post("/v1/hubs/enrolments", asked, by="supervisor")
        assert invited.status_code == 201, invited.text
        return str(invited.json()["code"])

    async def hub(self, name: str = "hub", **settings: Any) -> RunningHub:
        """A new hub that has met the centre."""
        made = await self.start(name, upstream_code=await self.code(), **settings)
        done = await made.round()
        assert done.reached
        return made

    async def start(
        self,
        name: str,
        *,
        within: AsyncExitStack | None = None,
        crash_point: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[object]] = no_pause,
        **settings: Any,
    ) -> RunningHub:
        """A life of a hub over its folder; it looks for the centre only when told to."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        if name not in self._names:
            self._names.add(name)
            (folder / "url").write_text(self.make_hub_database(name))
        road = Road(self.centre)
        options = {"hub_name": name, "upstream_seconds": 0, **settings}
        app = create_hub(
            Settings(
                _env_file=None,
                database_url=(folder / "url").read_text(),
                service_token=SERVICE_TOKEN,
                data_dir=folder / "data",
                key_dir=folder / "keys",
                upstream="http://centre",
                **options,
            ),
            clock=TickingClock(self.here.app.state.clock.now()),
            surroundings=Surroundings(
                transport=road, rng=random.Random(7), sleep=sleep, crash_point=crash_point
            ),
        )
        await (within or self.stack).enter_async_context(asgi_client(app))
        return RunningHub(app, road, folder)


@asynccontextmanager
async def district(
    url: str, folder: Path, make_hub_database: Callable[[str], str], **settings: Any
) -> AsyncIterator[District]:
    """A centre that collects."""
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(collecting(url, folder / "centre", **settings))
        own = LocalAuthenticator(here.database, here.app.state.clock)
        here.app.state.authenticator = Either(own)
        stack.push_async_callback(own.aclose)
        yield District(here, folder, make_hub_database, stack)
