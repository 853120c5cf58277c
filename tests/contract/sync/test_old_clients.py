"""A client that knows only ids, JSON and gzip syncs correctly, over a real socket."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import uvicorn

from tests.contract.sync.oldest_client import OldestClient
from tests.support.collecting import ANSWERS, HERE, Collecting, collecting

LINES_OF_THE_CLIENT = 64


@pytest.fixture
async def here(assessment_db_url: str, tmp_path: Path) -> AsyncIterator[Collecting]:
    async with collecting(assessment_db_url, tmp_path, sync_batch_items=16) as opened:
        yield opened


class _QuietServer(uvicorn.Server):
    """Leaves the signals of the test's process alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(here: Collecting) -> AsyncIterator[str]:
    server = _QuietServer(uvicorn.Config(here.app, lifespan="off", log_config=None, ws="none"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # callers wait in the queue until the server takes over
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def test_a_minimal_client_syncs_correctly(here: Collecting) -> None:
    client = OldestClient("", "device", HERE, ("skeleton", "2026.1.0"))
    made = [client.finalise(dict(ANSWERS)) for _ in range(45)]
    odd = client.finalise({**ANSWERS, "sex": "no such choice"})
    sent_twice = list(client.queue[:3])
    async with served(here) as url:
        client.url = url
        await asyncio.to_thread(client.sync)  # batches of 20 are too many here: it halves
        assert {client.states[id_] for id_ in made} == {"stored"}
        assert client.states[odd] == "quarantined"
        assert client.queue == []
        client.queue = sent_twice
        await asyncio.to_thread(client.sync)
    assert {client.states[id_] for id_ in made[:3]} == {"duplicate"}
    held = await here.rows("SELECT count(*) AS n FROM submission_content")
    assert held[0]["n"] == 46


def test_it_is_small() -> None:
    source = Path("tests/contract/sync/oldest_client.py").read_text("utf-8")
    assert len(source.splitlines()) <= LINES_OF_THE_CLIENT
