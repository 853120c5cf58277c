"""Starting an application settles the heap, once in a process."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from usga_shared.http.heap import settle_heap

from tests.service.shared.test_application import make_app
from tests.support.apps import asgi_client


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.unfreeze()
    settle_heap.cache_clear()
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()
    settle_heap.cache_clear()


@pytest.mark.slow
async def test_the_first_start_settles_and_later_ones_keep_their_garbage(tmp_path: Path) -> None:
    async with asgi_client(make_app(f"sqlite+aiosqlite:///{tmp_path}/a.db")):
        settled = gc.get_freeze_count()
    assert settled > 10_000
    assert gc.get_threshold()[0] >= 10_000  # a batch of interviews is no reason to look for cycles
    settle_heap()
    assert gc.get_freeze_count() <= settled
