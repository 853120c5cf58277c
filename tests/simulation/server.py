"""The real assessment service as a process that can die at any step and come back from its files."""

import asyncio
import random
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import zstandard
from fastapi import FastAPI
from sqlalchemy import insert
from usga_assessment.app import create_app
from usga_assessment.cli.restored import restored
from usga_assessment.domain.sync.dictionary import Dictionary
from usga_assessment.operations.issue_credential import issue_credential
from usga_assessment.settings import Settings
from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.dictionaries import Dictionaries
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.keys import Keyring
from usga_assessment.storage.tables.field import AssessmentRow
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.database.engine import Database

from tests.simulation.disk import HOST, Image, image_of, in_context_of, write_image
from tests.simulation.folders import Folder, Left, files_below
from tests.simulation.loop import BEGIN, WorldClock, seeded_entropy
from tests.support.apps import share_routes
from tests.support.collecting import HERE, add_form
from tests.support.databases import create_tables, run

SERVICE_TOKEN = "service-token-of-the-tests-0123456789"
_DICTIONARY = 1 << 20
FORM = """
| settings |
| | form_title | form_id | version | namespaces |
| | Season | season | {version} | usga="urn:usga:xlsform:1" |
| survey |
| | type | name | label | relevant | bind::usga:sensitivity | bind::usga:field_class |
| | text | withdraw_code | Code | | 1 | identifier |
| | text | remark | Remark | | 1 | text |
| | integer | age | Age | | 0 | open |
| | audio | story | Story | | 1 | text |
| | image | door | Door | | 1 | text |
"""


class Template:
    """A new installation with one assessment that collects: its files, keys and an administrator."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="usga-template-")
        self.keys = Path(self._folder.name) / "keys"
        self.admin = ""
        with seeded_entropy(random.Random(0)):
            run(self._make)
        self.disk = Disk(image_of(self._path), Left(), Left.of(files_below(self.keys)))

    @property
    def _path(self) -> Path:
        return Path(self._folder.name) / "assessment.db"

    async def _make(self) -> None:
        url = f"sqlite+aiosqlite:///{self._path}"
        await create_tables(url, "assessment")
        Keyring(self.keys).receipt_keys()
        database = Database(url, pool=1)
        try:
            async with database.write() as session:
                await session.exec(
                    insert(AssessmentRow).values(
                        code=HERE, title={"en": "A test"}, city="Testville", country="KE",
                        variant="full", state="collecting", synthetic=True,
                        probability_sample=True, require_approved=False, languages=["en"],
                        currency="KES", age_floor=18, version=1, created_at=BEGIN,
                        created_by="test", updated_at=BEGIN,
                    )
                )  # fmt: skip
                await add_form(session, FORM.format(version=1).encode(), at=BEGIN)
                (form,) = await Instruments(session).for_assessment(HERE)
                self.dictionary = _trained()
                self.foreign = _of_another(self.dictionary)
                await Dictionaries(session).add(form.id, HERE, self.dictionary)
                self.admin, _ = await issue_credential(
                    Credentials(session),
                    kind=ActorKind.PERSON,
                    name="admin",
                    grants={"*": frozenset({Role.ADMIN}), HERE: frozenset({Role.SUPERVISOR})},
                    by="test",
                    now=BEGIN,
                    expires_at=BEGIN + timedelta(days=700),
                )
        finally:
            await database.close()


def _trained() -> Dictionary:
    """What interviews of the form have in common; the form is too small for the service's own."""
    chance = random.Random("dictionary")
    lines: list[bytes | bytearray | memoryview] = []
    for number in range(200):
        code = "".join(chance.choices("ABCDEFGHJKMNPQRSTVWXYZ23456789", k=8))
        answers = {"withdraw_code": code, "age": chance.randint(18, 90), "remark": f"r{code}"}
        document = {
            "id": str(UUID(bytes=chance.randbytes(16), version=4)), "assessment": HERE,
            "instrument": "season", "version": "1", "purpose": "production",
            "started_at": "2026-06-01T08:00:00+00:00", "ended_at": "2026-06-01T08:20:00+00:00",
            "language": "ru", "paradata": {}, "answers": answers,
            "install": str(UUID(bytes=chance.randbytes(16), version=4)), "seq": number,
            "salt": chance.randbytes(16).hex(),
        }  # fmt: skip
        lines.append(orjson.dumps(document))
    made = zstandard.train_dictionary(2048, lines, dict_id=_DICTIONARY, level=19)
    return Dictionary(made.dict_id(), made.as_bytes())


def _of_another(ours: Dictionary) -> Dictionary:
    """The dictionary of the same form in another assessment, trained on what is said here.

    What was compressed with it, ours opens to another language.
    """
    number = ours.id + 1
    content = ours.content[:4] + number.to_bytes(4, "little") + ours.content[8:]
    return Dictionary(number, content.replace(b'"language":"ru"', b'"language":"en"'))


@cache
def template() -> Template:
    """Made once in a process."""
    return Template()


@dataclass(frozen=True, slots=True)
class Disk:
    """What a process finds when it starts: its database, its folder and its keys."""

    image: Image
    files: Left
    keys: Left


class Process:
    """One life of a process with a database, over its own copy of the files."""

    def __init__(self, folder: Path, disk: Disk, *, clock: WorldClock, rng: random.Random) -> None:
        folder.mkdir(parents=True)
        self.path, self._clock, self._rng = folder / "assessment.db", clock, rng
        self.data = Folder(folder / "data", disk.files)
        self.keys = Folder(folder / "keys", disk.keys)
        write_image(disk.image, self.path)
        self.durable: Image = disk.image
        self.left: Disk | None = None
        self.lives = True
        self.commits = 0
        self.full_until = 0.0
        self.refused = 0
        """Writes for which there was no room."""
        self.dies_after: int | None = None
        """Steps of the driver, and syncs, until it dies."""
        self.dies_by_power = False
        self.died = asyncio.Event()
        self._order: list[asyncio.Task[Any]] = []
        self._is_made = False

    def make(self) -> FastAPI:
        """The application of this process."""
        raise NotImplementedError

    def settings(self) -> Settings:
        """Its settings."""
        raise NotImplementedError

    async def come_back(self) -> None:
        """What the operator runs after a restore, before the service starts.

        A step of this process like others: power that goes later must not undo what it synced.
        """
        await in_context_of(self, restored(self.settings(), clock=self._clock), "restored")

    async def start(self) -> bool:
        """Start the application as its lifespan says; whether it did not die over it."""
        try:
            await self._start()
        except (Exception, asyncio.CancelledError):
            if self.lives:
                raise
        return self.lives

    async def _start(self) -> None:
        token = HOST.set(self)
        try:
            self.app: FastAPI = self.make()
            self._is_made = True
            share_routes(self.app)
        finally:
            HOST.reset(token)
        self._lifespan = self.app.router.lifespan_context(self.app)
        await in_context_of(self, self._lifespan.__aenter__(), "start")
        self._http = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)

    def note_task(self, task: "asyncio.Task[Any]") -> None:
        """Remember a task that is a part of this process."""
        self._order = [known for known in self._order if not known.done()]
        self._order.append(task)

    async def call(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; a process that dies meanwhile says nothing any more."""
        if not self.lives:
            raise httpx.ConnectError("nobody listens", request=request)
        work = in_context_of(self, self._answer(request), "request")
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if self.lives:  # the caller gave up; a server goes on working
                raise
            raise httpx.ReadError("the connection broke", request=request) from None

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._http.handle_async_request(request)
        content = await response.aread()
        if not self.lives:
            raise asyncio.CancelledError
        date = format_datetime(self._clock.now(), usegmt=True)  # as servers do on the wire
        headers = [*response.headers.raw, (b"date", date.encode())]
        return httpx.Response(response.status_code, headers=headers, content=content)

    def disk_pause(self) -> float:
        return self._rng.uniform(0.0001, 0.003)

    def before_step(self) -> bool:
        if not self.lives:
            return True  # what is left of it may tidy up in files that nobody opens again
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after <= 0:
                self.kill(power=self.dies_by_power)
                return False
        return True

    def after_commit(self, synced: bool) -> None:
        self.commits += 1
        if synced and self.lives:
            self.durable = image_of(self.path)

    def finds_no_room(self) -> bool:
        is_full = self.is_full
        self.refused += is_full
        return is_full

    @property
    def is_full(self) -> bool:
        """Whether its disk is full now."""
        return self.lives and asyncio.get_running_loop().time() < self.full_until

    def synced(self, path: Path) -> None:
        for folder in (self.data, self.keys):
            if self.lives and path.is_relative_to(folder.path):
                folder.synced(path)

    def kill(self, *, power: bool = False) -> None:
        """Die now. The files are what they are; without power, what was not synced is gone."""
        if not self.lives:
            return
        self.lives = False
        if power:
            image, rng = dict(self.durable), self._rng
            files, keys = self.data.after_power_loss(rng), self.keys.after_power_loss(rng)
            torn = rng.randbytes(rng.randrange(5000))
            image["-wal"] = image.get("-wal", b"") + torn
        else:
            image = image_of(self.path)
            files, keys = self.data.after_kill(), self.keys.after_kill()
        self.left = Disk(image, files, keys)
        for task in self._order:
            task.cancel()
        self.died.set()

    async def bury(self) -> None:
        """Let what was cancelled unwind, and close the old files."""
        while pending := [task for task in self._order if not task.done()]:
            await asyncio.wait(pending)
        for task in self._order:
            if not task.cancelled():
                task.exception()
        if self._is_made:
            await self.app.state.database.engine.dispose()


class Server(Process):
    """The assessment service of the centre."""

    def make(self) -> FastAPI:
        return create_app(self.settings(), clock=self._clock)

    def settings(self) -> Settings:
        return Settings(
            database_url=f"sqlite+aiosqlite:///{self.path}",
            service_token=SERVICE_TOKEN,
            data_dir=self.data.path,
            key_dir=self.keys.path,
            attachment_sweep_seconds=10**9,
            sync_page_size=3,
            log_level="ERROR",
        )


def task_factory(
    loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
) -> "asyncio.Task[Any]":
    """Every task that a process starts belongs to it."""
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
    host = HOST.get()
    if isinstance(host, Process):
        host.note_task(task)
    return task
