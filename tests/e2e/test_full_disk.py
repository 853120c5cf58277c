"""The disk of the database runs full while a tablet pushes: only 5xx, never a false receipt.

The database lies on a small file system of its own, which is filled up and given back. What was
receipted before and meanwhile is there; what was not is taken when there is space again. Needs the
right to mount; `tests/service/assessment/sync/test_full_database.py` needs nothing.
"""

import asyncio
import os
import random
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from usga_assessment.domain.sync.receipt import verify
from usga_shared.wire.vocabulary import ItemState

from tests.bench.bench_sync import open_assessment
from tests.bench.sync_load import answered, squeezed
from tests.support.collecting import Interview
from tools.launcher.databases import postgres_urls, sqlite_urls
from tools.launcher.postgres import PostgresServer
from tools.launcher.stack import Engine, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

BATCH, GOOD, BAD = 10, 5, 8
TEXT = 3000
"""Bytes of randomness in each text: nothing compresses them, so that the disk fills soon."""
SIZES: dict[Engine, int] = {"sqlite": 24, "postgres": 192}
"""MiB of the file system."""
LEFT = 192 * 1024
"""Bytes that are left when it is nearly full."""
PATIENCE = 60
MOST = 400


@dataclass(frozen=True, slots=True)
class Disk:
    """A small file system, and the ballast that fills it."""

    folder: Path

    @property
    def ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Leave nearly nothing, whatever the database frees meanwhile."""
        found = os.statvfs(self.folder)
        more = found.f_bavail * found.f_frsize - LEFT
        if more > 0:
            with self.ballast.open("ab") as file:
                os.posix_fallocate(file.fileno(), file.tell(), more)

    def free(self) -> None:
        self.ballast.unlink()


@pytest.fixture
def disk(engine: Engine) -> Iterator[Disk]:
    # outside pytest's own folders, which are closed to the account of the database
    folder = Path(tempfile.mkdtemp(prefix="usga-disk-"))
    size = f"size={SIZES[engine]}m,mode=0755"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        folder.rmdir()
        pytest.skip("this account may not mount")
    yield Disk(folder)
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.param
    return found


@pytest.fixture
def stack(engine: Engine, disk: Disk, tmp_path: Path) -> Iterator[Stack]:
    """The platform, whose databases alone lie on the small file system."""
    server: PostgresServer | None = None
    if engine == "postgres":
        server = PostgresServer(disk.folder / "cluster", durable=True)
        server.start()
    try:
        urls = postgres_urls(server) if server else sqlite_urls(disk.folder)
        with Stack(tmp_path, databases=urls) as running:
            yield running
    finally:
        if server is not None:
            server.stop()


@dataclass(slots=True)
class Pusher:
    """One tablet that knows what it has a receipt for."""

    http: httpx.Client
    keys: dict[str, object]
    receipted: list[Interview] = field(default_factory=list)
    left: list[list[Interview]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    seq: int = 0
    rng: random.Random = field(default_factory=lambda: random.Random(45))

    def batch(self) -> list[Interview]:
        made = []
        for _ in range(BATCH):
            self.seq += 1
            one = answered(self.seq, UUID(int=0xF0), self.rng)
            texts = {f"q{n}": secrets.token_hex(TEXT) for n in range(4, 40, 5)}
            made.append(one.replaced(answers={**one.document["answers"], **texts}))
        return made

    def push(self, batch: list[Interview]) -> bool:
        """Whether a receipt came for all of it; whatever else came must be a 5xx."""
        try:
            answer = self.http.post(
                "/v1/sync/submissions",
                content=squeezed([each.line for each in batch]),
                headers={"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"},
            )
        except httpx.TransportError:
            return False
        self.statuses.append(answer.status_code)
        if answer.status_code != 200:
            assert answer.status_code >= 500, answer.text
            return False
        receipt = verify(answer.json()["receipt"], self.keys)
        assert receipt.batch.count == len(batch)
        told = {e.state for e in receipt.exceptions}
        assert told <= {ItemState.DUPLICATE}, told  # kept by a push whose answer was lost
        self.receipted += batch
        return True

    def states(self) -> set[str]:
        """What the server says of everything that has a receipt."""
        found: set[str] = set()
        for start in range(0, len(self.receipted), 500):
            items = [
                {"id": str(each.id), "digest": each.digest}
                for each in self.receipted[start : start + 500]
            ]
            answer = self.http.post("/v1/sync/check", json={"items": items})
            assert answer.status_code == 200, answer.text
            found |= {item["state"] for item in answer.json()["items"]}
        return found


@pytest.fixture
def pusher(stack: Stack) -> Iterator[Pusher]:
    token = asyncio.run(open_assessment(stack.databases["assessment"]))
    with httpx.Client(
        base_url=stack.origin, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
    ) as http:
        yield Pusher(http, http.get("/.well-known/jwks.json").json())


def test_a_full_disk_takes_nothing_and_forgets_nothing_I1_I2(pusher: Pusher, disk: Disk) -> None:
    assert all(pusher.push(pusher.batch()) for _ in range(GOOD))
    disk.fill()
    for _ in range(MOST):
        batch = pusher.batch()
        if not pusher.push(batch):
            pusher.left.append(batch)
            disk.fill()
        if len(pusher.left) >= BAD:
            break
    assert len(pusher.left) == BAD
    refused = [status for status in pusher.statuses if status != 200]
    assert refused

    disk.free()
    for batch in pusher.left:
        assert any(pusher.push(batch) for _ in range(PATIENCE)), pusher.statuses[-PATIENCE:]
    assert pusher.states() == {"stored"}
    assert len(pusher.receipted) == pusher.seq
    sequence = pusher.http.get("/v1/receipts", params={"install": str(UUID(int=0xF0))}).json()[
        "items"
    ][0]["sequence"]
    assert (sequence["contiguous"], sequence["gaps"], sequence["forks"]) == (pusher.seq, [], [])
