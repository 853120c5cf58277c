"""The assessment service is killed again and again while tablets push; nothing may be lost.

Each round kills with SIGKILL at a seeded moment: some milliseconds into a running push, or at
the arrival of a receipt while other pushes run. A kill counts only when a push that was under
way broke: its tablet saw the connection end, or the gateway's 502. `USGA_TEST_KILLS=200` asks
for more rounds than the usual twelve; the fieldwork grows with them.
"""

import asyncio
import csv
import io
import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from usga_tablet.outbox import PROVEN, Outbox
from usga_tablet.planting import Fault
from usga_tablet.sync import SyncStopped, Tablet

from tools.demo import ASSESSMENT, collection, fieldwork
from tools.demo.play import perform, scene_of
from tools.demo.progress import Progress
from tools.demo.sample import Size
from tools.demo.scene import Scene
from tools.launcher.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROUNDS = int(os.environ.get("USGA_TEST_KILLS", "12"))
TABLETS = 6
#: Thirty interviews a round in batches of one to three: the work outlasts the kills.
SIZE = Size(villages=12, psus=max(2, -(-ROUNDS // 4)), interviews=(10,), tablets=TABLETS)
PUSH = "/v1/sync/submissions"
#: A tablet's longest pause is a minute; more than that without a push means that it is over.
_IDLE = 100.0


@dataclass(slots=True)
class Seen:
    """One push as its tablet saw it, in seconds of the monotonic clock."""

    began: float
    ended: float | None = None
    status: int | None = None
    """None at the end: the connection broke."""

    def broken_by(self, kill: float) -> bool:
        """Whether it was under way at that moment and came to nothing."""
        over = self.ended is not None and self.ended > kill
        return self.began < kill and over and self.status in (None, 502)


@dataclass(slots=True)
class Watch:
    """Sees every push of every tablet; the killer waits here for its moment."""

    pushes: list[Seen] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _receipts_left: int = 0
    _fire: Callable[[], None] | None = None

    def begin(self) -> Seen:
        """A tablet starts to send."""
        seen = Seen(time.monotonic())
        with self._changed:
            self.pushes.append(seen)
            self._changed.notify_all()
        return seen

    def answered(self) -> None:
        """The first bytes of a receipt are here; an armed kill happens before anything else."""
        fire = self._fire
        if fire is not None:
            self._receipts_left -= 1
            if not self._receipts_left:
                self._fire = None
                fire()

    def end(self, seen: Seen, status: int | None) -> None:
        """The answer was read to its end, or the connection broke."""
        seen.ended, seen.status = time.monotonic(), status

    def wait_for_pushes(self, more: int) -> bool:
        """Until that many pushes have begun from now; False when none comes any more."""
        with self._changed:
            target = len(self.pushes) + more
            return self._changed.wait_for(lambda: len(self.pushes) >= target, _IDLE)

    def running(self) -> bool:
        """Whether a push is under way."""
        return any(seen.ended is None for seen in self.pushes)

    def at_receipt(self, number: int, fire: Callable[[], None]) -> bool:
        """Do it in the moment in which that receipt from now arrives; False when none comes."""
        done = threading.Event()

        def then() -> None:
            fire()
            done.set()

        self._receipts_left, self._fire = number, then
        return done.wait(_IDLE)

    def usual(self) -> float:
        """Median seconds of a push that was answered."""
        taken = [s.ended - s.began for s in self.pushes if s.ended and s.status == 200]
        return statistics.median(taken) if taken else 0.03


class WatchedLink(httpx.AsyncHTTPTransport):
    """The tablet's link, seen by the watch."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(trust_env=False)
        self._watch = watch

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != PUSH:
            return await super().handle_async_request(request)
        seen, status = self._watch.begin(), None
        try:
            response = await super().handle_async_request(request)
            if response.is_success:
                self._watch.answered()
            await response.aread()
            status = response.status_code
        finally:
            self._watch.end(seen, status)
        return response


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What stood when every tablet had come to rest."""

    scene: Scene
    watch: Watch
    kills: list[float]
    ledgers: list[dict[str, str]]
    """State of each finalised interview by id, for each tablet."""
    held: int
    """Interviews that receipts say the server holds."""
    proven: int
    """Interviews whose range digest the server computed alike: same ids, numbers and bytes."""

    @property
    def hits(self) -> int:
        """Kills that broke a push."""
        return sum(any(p.broken_by(kill) for p in self.watch.pushes) for kill in self.kills)

    @property
    def kept_unanswered(self) -> int:
        """Interviews that were durable when the kill swallowed their receipt."""
        twice = Counter(state for ledger in self.ledgers for state in ledger.values())
        return twice["duplicate"] - len(self.planted(Fault.DUPLICATE))

    def summary(self) -> str:
        """How hard the kills hit."""
        broken = sum(push.status in (None, 502) for push in self.watch.pushes)
        return (
            f"{len(self.kills)} kills, {self.hits} of them in a running push;"
            f" {len(self.watch.pushes)} pushes, {broken} broken;"
            f" {self.kept_unanswered} interviews durable without an answer"
        )

    def planted(self, *faults: Fault) -> set[str]:
        """Cases whose interview has one of these faults."""
        return {
            plan.households[position].case
            for plan in collection.plans(self.scene)
            for position, fault in plan.faults.items()
            if fault in faults
        }


@pytest.fixture(scope="module")
def aftermath(stack: Stack) -> Iterator[Aftermath]:
    """The tablets have synced; the service was killed and started again all along."""
    with scene_of(stack, Progress(io.StringIO()), size=SIZE) as scene:
        perform(scene, until=collection.open_fieldwork)
        again = [asyncio.run(_interview(plan)) for plan in collection.plans(scene)]
        watch, failures = Watch(), list[BaseException]()

        def sync() -> None:
            try:
                asyncio.run(_push_all(scene, watch, again))
            except BaseException as error:  # noqa: BLE001 - raised again below
                failures.append(error)

        tablets = threading.Thread(target=sync)
        tablets.start()
        try:
            kills = _kill_repeatedly(stack, watch, random.Random(f"{scene.seed}/kills"))
        finally:
            tablets.join()
        if failures:
            raise failures[0]
        yield asyncio.run(_look_back(scene, watch, kills))


def _kill_repeatedly(stack: Stack, watch: Watch, rng: random.Random) -> list[float]:
    """Kill until enough kills broke a push, at most three times as often as that."""
    kills: list[float] = []
    hits = 0

    def kill() -> None:
        kills.append(time.monotonic())
        stack.kill("assessment")

    while hits < ROUNDS and len(kills) < 3 * ROUNDS:
        if rng.random() < 0.5:  # what the receipt promises must be durable by now
            if not watch.at_receipt(rng.randint(1, 3), kill):
                break
        else:
            if not watch.wait_for_pushes(rng.randint(1, 3)):
                break
            time.sleep(rng.uniform(0.0, 1.2) * watch.usual())
            if not watch.running():
                continue
            kill()
        stack.restart("assessment")
        hits += any(push.broken_by(kills[-1]) for push in watch.pushes)
    return kills


async def _interview(plan: fieldwork.Plan) -> list[object]:
    """Fetch the form and interview; answers the ids that will be sent a second time."""
    outbox = Outbox(plan.folder / "outbox.db")
    try:
        async with httpx.AsyncClient(base_url=plan.origin, trust_env=False) as http:
            await Tablet(outbox, http, rng=random.Random(plan.number)).sync()
        return fieldwork.collect(plan, outbox, fieldwork.Outcome(plan.number))
    finally:
        outbox.close()


async def _push_all(scene: Scene, watch: Watch, again: list[list[object]]) -> None:
    async with asyncio.timeout(120 + 60 * ROUNDS):
        plans = collection.plans(scene)
        await asyncio.gather(
            *(_push(plan, watch, twice) for plan, twice in zip(plans, again, strict=True))
        )


async def _push(plan: fieldwork.Plan, watch: Watch, again: list[object]) -> None:
    """Sync with the patience that tablets have, and come back when it is over."""
    outbox = Outbox(plan.folder / "outbox.db")
    rng = random.Random(f"{plan.seed}/link/{plan.number}")
    try:
        async with httpx.AsyncClient(base_url=plan.origin, transport=WatchedLink(watch)) as http:
            tablet = Tablet(outbox, http, rng=rng, batch=1 + plan.number % 3)
            await _sync(tablet, rng)
            outbox.requeue(again)  # type: ignore[arg-type]
            await _sync(tablet, rng)
    finally:
        outbox.close()


async def _sync(tablet: Tablet, rng: random.Random) -> None:
    while True:
        try:
            await tablet.sync()
        except SyncStopped:
            await asyncio.sleep(rng.uniform(0.5, 2.0))
        else:
            return


async def _look_back(scene: Scene, watch: Watch, kills: list[float]) -> Aftermath:
    ledgers: list[dict[str, str]] = []
    held = proven = 0
    for folder in sorted(scene.folder.glob("tablet-*")):
        outbox = Outbox(folder / "outbox.db")
        try:
            rows = outbox._db.execute("SELECT id, state FROM interview").fetchall()
            ledgers.append(dict(rows))
            held += sum(state in PROVEN for _, state in rows)
            async with httpx.AsyncClient(base_url=scene.stack.origin, trust_env=False) as http:
                proven += await Tablet(outbox, http, rng=random.Random(0)).check()
        finally:
            outbox.close()
    return Aftermath(scene, watch, kills, ledgers, held, proven)


class TestRepeatedKills:
    def test_the_kills_fell_into_running_pushes(self, aftermath: Aftermath) -> None:
        print(aftermath.summary())  # noqa: T201 - read with `pytest -rP`
        assert aftermath.hits >= ROUNDS, aftermath.summary()

    def test_every_interview_was_receipted(self, aftermath: Aftermath) -> None:
        states = Counter(s for ledger in aftermath.ledgers for s in ledger.values())
        interviews = sum(h.disposition == "1.1" for h in aftermath.scene.sample)
        edits = 2 * len(aftermath.planted(Fault.STALE_EDIT))
        assert states.total() == interviews + edits
        assert not states.keys() - PROVEN, states

    def test_the_server_holds_every_receipted_interview_once(self, aftermath: Aftermath) -> None:
        api = aftermath.scene.api("supervisor")
        listed = api.every("/v1/submissions", assessment=ASSESSMENT, limit=200)
        receipted = [id_ for ledger in aftermath.ledgers for id_ in ledger]
        assert sorted(item["id"] for item in listed) == sorted(receipted)
        assert aftermath.proven == aftermath.held == len(receipted)
        states = Counter(item["state"] for item in listed)
        assert states["quarantined"] == len(aftermath.planted(Fault.INVALID, Fault.GATE_CLOSED))
        assert states["branched"] == len(aftermath.planted(Fault.STALE_EDIT))

    def test_every_receipted_interview_is_in_the_export_once(self, aftermath: Aftermath) -> None:
        path = f"/v1/assessments/{ASSESSMENT}/export.csv"
        text = aftermath.scene.api("analyst").call("GET", path).text
        rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
        aside = aftermath.planted(Fault.INVALID, Fault.GATE_CLOSED)
        interviewed = {h.case for h in aftermath.scene.sample if h.disposition == "1.1"}
        assert Counter(row["case"] for row in rows) == Counter(interviewed - aside)
        assert len({row["unit"] for row in rows}) == len(rows)
