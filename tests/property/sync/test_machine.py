"""The sync as a state machine: the real application against a reference model of forty lines."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from usga_assessment.domain.sync.digests import range_digest

from tests.support.collecting import INSTALL, Answer, Collecting, Interview, collecting, interview
from tests.support.databases import create_tables

T = TypeVar("T")


class Model:
    """What should be held: written from the protocol, knowing nothing of the code."""

    def __init__(self) -> None:
        self.standing: dict[UUID, Interview] = {}
        self.kept: set[tuple[UUID, str]] = set()
        self.branches: set[UUID] = set()

    def push(self, one: Interview) -> str:
        held = self.standing.get(one.id)
        self.kept.add((one.id, one.digest))
        if held is not None:
            return "duplicate" if held.digest == one.digest else "conflict"
        parent = self.parent(one)
        rivals = [h for h in self.standing.values() if parent and self.parent(h) == parent]
        self.standing[one.id] = one
        taken = any(rival.id not in self.branches for rival in rivals)
        if taken or (parent and self.on_branch(parent)):
            self.branches.add(one.id)
            return "branched"
        return "stored"

    def parent(self, one: Interview) -> UUID | None:
        named = one.document["revises"]
        return UUID(named) if named else None

    def on_branch(self, id_: UUID) -> bool:
        held = self.standing.get(id_)
        if held is None:
            return False
        parent = self.parent(held)
        return id_ in self.branches or (parent is not None and self.on_branch(parent))

    def heads(self) -> set[UUID]:
        line = {i for i in self.standing if not self.on_branch(i)}
        return line - {self.parent(self.standing[i]) for i in line}


class Sync(RuleBasedStateMachine):
    """Tablets push, repeat, race, edit, and contradict themselves; some crash the server."""

    made = Bundle("made")

    @initialize()
    def start(self) -> None:
        self.model, self.seq, self.pushed = Model(), 0, 0
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="usga-sync-"))
        url = f"sqlite+aiosqlite:///{self.folder}/a.db"
        self.run(create_tables(url, "assessment"))
        self.opened = collecting(url, self.folder)
        self.here: Collecting = self.run(self.opened.__aenter__())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @rule(target=made)
    def finalise(self) -> Interview:
        self.seq += 1
        return interview(self.seq)

    @rule(target=made, of=made)
    def edit(self, of: Interview) -> Interview:
        self.seq += 1
        return of.edited(seq=self.seq)

    @rule(target=made, of=made)
    def contradict(self, of: Interview) -> Interview:
        return of.with_other_content()

    @rule(batch=st.lists(made, min_size=1, max_size=4, unique_by=lambda i: i.id))
    def push(self, batch: list[Interview]) -> None:
        self.compare(self.run(self.here.push(*batch)), batch)

    @rule(one=made, times=st.integers(2, 4))
    def race(self, one: Interview, times: int) -> None:
        async def racing() -> list[Answer]:
            return await asyncio.gather(*(self.here.push(one) for _ in range(times)))

        states = sorted(answer.state(one) for answer in self.run(racing()))
        assert states == sorted(self.model.push(one) for _ in range(times))

    @rule(one=made, point=st.sampled_from(["before_commit", "after_commit"]))
    def crash(self, one: Interview, point: str) -> None:
        writer = self.here.app.state.sync._writer

        def die(name: str) -> None:
            if name == point:
                raise RuntimeError("crash")

        writer._crash_point = die
        response = self.run(self.here.push_bytes(one.line + b"\n"))
        writer._crash_point = lambda _name: None
        assert response.status_code == 500
        if point == "after_commit":  # in doubt: it is held, nobody was told
            self.model.push(one)

    @rule(target=made)
    def nothing(self) -> Any:
        return multiple()

    def compare(self, answer: Answer, batch: list[Interview]) -> None:
        assert [answer.state(one) for one in batch] == [self.model.push(one) for one in batch]
        assert answer.receipt.batch.count == len(batch)

    @invariant()
    def the_server_holds_what_the_model_holds(self) -> None:
        if not hasattr(self, "here"):
            return
        rows = self.run(
            self.here.rows("SELECT id, digest, version, is_head, feed FROM submission_revision")
        )
        assert {(UUID(str(r["id"])), bytes(r["digest"]).hex()) for r in rows} == self.model.kept
        standing = {UUID(str(r["id"])): bytes(r["digest"]).hex() for r in rows if not r["version"]}
        assert standing == {i: one.digest for i, one in self.model.standing.items()}
        assert {UUID(str(r["id"])) for r in rows if r["is_head"]} == self.model.heads()
        assert len({r["feed"] for r in rows}) == len(rows)

    def teardown(self) -> None:
        if hasattr(self, "here"):
            self.prove()
            self.run(self.opened.__aexit__(None, None, None))
            self.loop.close()
            shutil.rmtree(self.folder)

    def prove(self) -> None:
        """The range digest over everything agrees with what the tablet knows of itself."""
        query = {"install": str(INSTALL), "first": 1, "last": max(self.seq, 1)}
        answer = self.run(self.here.post("/v1/sync/check", {"ranges": [query]}, by="device"))
        ledger = [
            (one.document["seq"], one.id, bytes.fromhex(one.digest))
            for one in self.model.standing.values()
        ]
        assert answer.json()["ranges"][0]["digest"] == range_digest(ledger)
        held = {one.document["seq"] for one in self.model.standing.values()}
        (picture,) = answer.json()["sequence"] or [{"gaps": [], "max": 0}]
        missing = {n for first, last in picture["gaps"] for n in range(first, last + 1)}
        assert missing == set(range(1, picture["max"])) - held


def test_the_application_does_what_the_model_does_I2_I3_I4_I7_I8_I9() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Sync,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
