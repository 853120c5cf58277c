"""Interviewers and their tablets: the real client, with people who crash, clone and restore it."""

import asyncio
import random
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from usga_expressions.compact import Layout
from usga_tablet.hub_files import FilesAtHub
from usga_tablet.hubs import HubVisit
from usga_tablet.outbox import Finalised, Outbox
from usga_tablet.sync import Coding, Patience, SyncStopped, Tablet

from tests.simulation.loop import BEGIN
from tests.simulation.network import DAY, Link
from tests.simulation.oracle import Made, Violation
from tests.simulation.recordings import CHUNK, Recordings
from tests.simulation.server import template
from tests.support.collecting import HERE

if TYPE_CHECKING:
    from tests.simulation.hubs import Hub
    from tests.simulation.world import World

_OLD, _MIXED_UP = 0.3, 0.06
_CODINGS: tuple[Coding, ...] = ("gzip", "zstd", "identity")
_PATIENCE = Patience(tries=4, first=0.5, longest=30.0)
ACTIONS = {
    "interview": 8,
    "edit": 4,
    "sync": 8,
    "check": 3,
    "crash": 1,
    "clock jump": 1,
    "portal": 1,
    "away": 1,
    "same id": 1,
}

AT_HUBS = {"visit": 12, "sync": 3, "check": 1}
"""Where there are hubs, the centre is far."""


class _MixedUp(Tablet):
    """An app that takes the dictionary of another assessment for its own."""

    def _dictionary(self, batch: Sequence[Finalised]) -> bytes | None:
        return None if self._without_dictionary else template().foreign.content


class _Visit(HubVisit):
    """An app that gives files in small pieces."""

    def _sender(self) -> FilesAtHub | None:
        sender = super()._sender()
        if sender is not None:
            sender._chunk = CHUNK
        return sender


class Interviewer:
    """One tablet in somebody's hands."""

    def __init__(self, world: "World", name: str, folder: Path, rng: random.Random) -> None:
        self.world, self.name, self.rng = world, name, rng
        self.path = folder / "outbox.db"
        self.outbox = Outbox(self.path, random_bytes=world.entropy.randbytes)
        self.link = Link(
            name, rng, world.deliver, seen=world.seen, say=world.say, later=world.later
        )
        self._http = httpx.AsyncClient(base_url="http://server", transport=self.link)
        self._coding: Coding = rng.choice(_CODINGS)
        self.is_old = rng.random() < _OLD
        """An app of before: plain answers, no dictionary, no hubs."""
        if self.is_old and self._coding == "zstd":
            self._coding = "gzip"
        self._moods = random.Random(f"moods {name} {world.seed}")
        self._skew = timedelta()
        self.drafts: list[tuple[str, dict[str, Any]]] = []
        self.retired = self.cloned = self.wiped = False
        self.recordings = Recordings(self, folder / "files") if world.has_files else None
        self._hubs: dict[str, tuple[Link, httpx.AsyncClient]] = {}

    @property
    def install(self) -> str:
        return str(self.outbox.install)

    @property
    def tablet(self) -> Tablet:
        """The app, as it starts."""
        is_mixed_up = not self.is_old and self._moods.random() < _MIXED_UP
        app, coding = (_MixedUp, "zstd") if is_mixed_up else (Tablet, self._coding)
        return app(
            self.outbox, self._http, rng=self.rng, patience=_PATIENCE, coding=coding, batch=4,
            now=self._now,
        )  # fmt: skip

    def _now(self) -> datetime:
        """What its clock shows."""
        return BEGIN + timedelta(seconds=int(self.world.time())) + self._skew

    def links(self) -> list[Link]:
        """Its ways to the centre and to hubs."""
        return [self.link, *(link for link, _ in self._hubs.values())]

    def _at(self, hub: "Hub") -> HubVisit:
        """The app at a hub."""
        if hub.name not in self._hubs:
            link = Link(
                f"{self.name}@{hub.name}", self.rng, partial(hub.serve, self),
                seen=self.world.seen, say=self.world.say, later=self.world.later,
            )  # fmt: skip
            self._hubs[hub.name] = (
                link, httpx.AsyncClient(base_url="http://hub", transport=link)
            )  # fmt: skip
        _, http = self._hubs[hub.name]
        visit = _Visit(
            self.outbox, http, rng=self.rng, patience=_PATIENCE, coding=self._coding, batch=4,
            now=self._now,
        )  # fmt: skip
        visit.files = None if self.recordings is None else self.recordings.box
        return visit

    async def visit(self, hub: "Hub", *, patient: bool = False) -> bool:
        """Meet a hub; whether the visit came to its end."""
        done = await self._bounded(self._at(hub).visit(), patient=patient)
        if done is None:
            return False
        self.world.seen["hub visit"] += 1
        self.world.seen["freed at a hub"] += done.freed
        self.world.seen["file carried"] += done.files.carried
        self.world.seen["file freed at a hub"] += done.files.proven
        return True

    async def send_files(self, *, patient: bool = False) -> None:
        """Send what was recorded, and free what the server proves to keep."""
        if self.recordings is not None:
            await self._bounded(self.recordings.sender().send(), patient=patient)

    async def enrol(self, code: str) -> None:
        """Enrol over the office's good network."""
        away, bad, portal = self.link.away_until, self.link.bad, self.link.portal_until
        self.link.away_until = self.link.bad = self.link.portal_until = 0.0
        await self.tablet.enrol(code, self.name)
        self.link.away_until, self.link.bad, self.link.portal_until = away, bad, portal
        self.outbox.remember("cursor", "")

    async def season(self, until: float) -> None:
        """Work until the season ends, or the tablet is out of use."""
        loop = asyncio.get_running_loop()
        while loop.time() < until and self._in_use():
            await asyncio.sleep(self.rng.expovariate(1 / (0.12 * DAY)))
            if loop.time() > until or not self._in_use():
                return
            meets_hubs = self.world.hubs and not self.is_old
            actions = {**ACTIONS, **AT_HUBS} if meets_hubs else ACTIONS
            await self.act(self.rng.choices(list(actions), list(actions.values()))[0])
            self.world.look()

    def _in_use(self) -> bool:
        return not self.retired

    async def act(self, action: str) -> None:
        """Do one thing."""
        self.world.say(self.name, action)
        now = asyncio.get_running_loop().time()
        match action:
            case "interview":
                for _ in range(self.rng.randint(1, 4)):
                    self.interview()
            case "edit":
                self.edit()
            case "sync":
                await self.sync()
                await self.send_files()
            case "check":
                await self.prove()
            case "visit":
                await self.visit(self.rng.choice(self.world.hubs))
            case "crash":
                await self._crash()
            case "clock jump":
                self._skew = timedelta(days=self.rng.uniform(-3650, 3650))
                self.world.seen["tablet clock jump"] += 1
            case "portal":
                self.link.portal_until = now + self.rng.uniform(0, 0.2) * DAY
            case "away":
                self.link.away_until = now + self.rng.uniform(0, 0.5) * DAY
            case "same id":
                self._same_id()

    def interview(self) -> None:
        """One more person answered."""
        code = "".join(self.rng.choices("ABCDEFGHJKMNPQRSTVWXYZ23456789", k=8))
        version = "2" if self.rng.random() < 0.2 else "1"
        draft = self._draft(code, version)
        if self.recordings is not None and version == "1" and self.rng.random() < 0.4:
            self.recordings.record(draft)
        self._finalise(draft, code)

    def edit(self) -> None:
        """Change the newest revision of an interview, or by mistake an older one."""
        if not self.drafts:
            return
        id_, before = self.drafts[-1] if self.rng.random() < 0.6 else self.rng.choice(self.drafts)
        answers = {**before["answers"], "age": self.rng.randint(18, 90)}
        draft = {**before, "answers": answers, "revises": id_}
        draft.pop("id", None)
        self._finalise(draft, answers["withdraw_code"])
        self.world.seen["edit"] += 1

    def _same_id(self) -> None:
        """A broken app that gives an interview the id of another tablet's."""
        others = [m for m in self.world.oracle.made.values() if m.install != self.install]
        if others:
            code = "".join(self.rng.choices("ABCDEFGHJKMNPQRSTVWXYZ23456789", k=8))
            draft = {**self._draft(code, "1"), "id": self.rng.choice(others).id}
            try:
                self._finalise(draft, code)
            except sqlite3.IntegrityError:
                return  # this tablet has used that id itself

    def _draft(self, code: str, version: str) -> dict[str, Any]:
        seconds = asyncio.get_running_loop().time()
        began = BEGIN + timedelta(seconds=int(seconds)) + self._skew
        return {
            "assessment": HERE, "instrument": "season", "version": version,
            "purpose": "production", "started_at": began.isoformat(timespec="seconds"),
            "ended_at": (began + timedelta(minutes=20)).isoformat(timespec="seconds"),
            "language": "en", "paradata": {},
            "answers": {
                "withdraw_code": code, "age": self.rng.randint(18, 90), "remark": f"r{code}",
            },
        }  # fmt: skip

    def _finalise(self, draft: dict[str, Any], code: str) -> None:
        made = self.outbox.finalise(draft, self._layout(draft))
        if self.recordings is not None and draft.get("attachments"):
            self.recordings.queue(made.id, draft["attachments"])
        self.world.seen["compact answers"] += b'"answers":[' in made.line
        self.drafts.append((str(made.id), draft))
        self.world.oracle.finalised(
            Made(
                str(made.id), made.digest, made.line, self.install, made.seq,
                draft.get("revises"), code,
            )
        )  # fmt: skip

    def _layout(self, draft: dict[str, Any]) -> Layout | None:
        """How answers stand by position, where the app knows that and has pulled the form."""
        if self.is_old:
            return None
        for form in self.outbox.pulled("instrument").values():
            document = form["document"]
            if (document["name"], document["version"]) == (draft["instrument"], draft["version"]):
                return Layout.of(document)
        return None

    async def sync(self, *, patient: bool = False) -> bool:
        """Push and pull; whether it came to its end."""
        began = self.world.generation
        done = await self._bounded(self.tablet.sync(), patient=patient)
        if done is None:
            return False
        if done.sent and began == self.world.generation:
            self.world.look()
            offered = self.world.oracle.missing(self._believed())
            if offered:
                raise Violation(f"{self.name} synced and believes {offered[0]} held; it is not")
        return True

    async def prove(self, *, patient: bool = False) -> bool:
        """Ask what the server holds, and free what is proven."""
        return await self._bounded(self.tablet.check(), patient=patient) is not None

    async def _bounded(self, work: Any, *, patient: bool) -> Any:
        self._working = asyncio.ensure_future(work)
        try:
            limit = 10 * DAY if patient else self.rng.choice((20.0, 300.0, DAY))
            return await asyncio.wait_for(self._working, limit)
        except TimeoutError:
            self.world.seen["sync interrupted"] += 1
        except SyncStopped as stopped:
            self.world.say(self.name, "stopped", str(stopped)[:60])
            if not self.outbox.pulled("settings") and self.world.is_wiped(self):
                self.wiped = True
        except (Violation, asyncio.CancelledError):
            raise
        except Exception as error:
            raise Violation(f"the app of {self.name} crashed: {error!r}") from error
        return None

    async def _crash(self) -> None:
        """The app dies and starts again from its file."""
        self.outbox.close()
        self.outbox = Outbox(self.path, random_bytes=self.world.entropy.randbytes)
        self.world.seen["tablet crash"] += 1

    def _believed(self) -> list[tuple[str, str]]:
        with sqlite3.connect(self.path) as db:
            rows = db.execute(
                "SELECT id, digest FROM interview WHERE line IS NOT NULL"
                " AND state NOT IN ('queued', 'withdrawn', 'rejected')"
            ).fetchall()
        db.close()
        return [(id_, digest) for id_, digest in rows]

    def counts(self) -> dict[str, int]:
        """How many interviews are in each state."""
        return self.outbox.counts()

    def copy_to(self, path: Path) -> None:
        """A backup of the tablet's file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(self.path) as source, sqlite3.connect(path) as target:
            source.backup(target)
        source.close()
        target.close()

    async def close(self) -> None:
        """Put the tablet away."""
        for http in (self._http, *(http for _, http in self._hubs.values())):
            await http.aclose()
        if self.recordings is not None:
            await self.recordings.close()
        self.outbox.close()
