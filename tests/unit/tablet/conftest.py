"""An outbox, a server that may be told to misbehave, and tablets between them."""

import random
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from usga_tablet.outbox import Outbox
from usga_tablet.sync import Tablet

from tests.support.sync_server import SyncServer

DRAFT: dict[str, Any] = {
    "assessment": "KE-TEST-2026",
    "instrument": "skeleton",
    "version": "1",
    "answers": {"consent": "yes"},
}


@pytest.fixture
def server() -> SyncServer:
    return SyncServer()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "tablet" / "outbox.db")
    yield box
    box.close()


async def _no_sleep(_seconds: float) -> None:
    return None


MakeTablet = Callable[..., Tablet]


@pytest.fixture
async def make_tablet(server: SyncServer, outbox: Outbox) -> AsyncIterator[MakeTablet]:
    clients: list[httpx.AsyncClient] = []

    def make(transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> Tablet:
        client = httpx.AsyncClient(
            base_url="http://server", transport=transport or httpx.MockTransport(server.answer)
        )
        clients.append(client)
        options.setdefault("sleep", _no_sleep)
        return Tablet(outbox, client, rng=random.Random(1), **options)

    yield make
    for client in clients:
        await client.aclose()
