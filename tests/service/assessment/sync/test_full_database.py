"""A database that cannot grow: 5xx, never a false receipt, and all is well when it can again.

The same with real disks and processes: `tests/e2e/test_full_disk.py`.
"""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.support.collecting import Collecting, Interview, collecting, interview
from tests.support.databases import create_tables

BATCH, MOST = 5, 40
_AS_IT_IS, _ANY = 1, 2**30


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Collecting]:
    url = f"sqlite+aiosqlite:///{tmp_path}/a.db"
    await create_tables(url, "assessment")
    async with collecting(url, tmp_path) as opened:
        yield opened


def limit_pages(here: Collecting) -> list[int]:
    """Give every connection that is taken the page limit that stands in the answered list."""
    pages = [_ANY]

    @event.listens_for(here.app.state.database.engine.sync_engine, "checkout")
    def _limit(connection: Any, _record: Any, _proxy: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {pages[0]}")
        cursor.close()

    return pages


def batch(number: int) -> list[Interview]:
    """Interviews that nothing compresses, so that they need new pages soon."""
    return [
        interview(BATCH * number + n, paradata={"noise": secrets.token_hex(4000)})
        for n in range(1, BATCH + 1)
    ]


async def test_nothing_is_receipted_that_found_no_room_I1(here: Collecting) -> None:
    pages = limit_pages(here)
    assert (await here.push_bytes(body_of(batch(0)))).status_code == 200
    pages[0] = _AS_IT_IS
    receipted, refused = BATCH, 0
    left: list[list[Interview]] = []
    for number in range(1, MOST):
        sent = batch(number)
        answer = await here.push_bytes(body_of(sent))
        if answer.status_code == 200:
            receipted += BATCH
            continue
        assert answer.status_code >= 500
        assert "receipt" not in answer.json()
        refused += 1
        left.append(sent)
        if refused == 3:
            break
    assert refused == 3
    held = await here.rows("SELECT count(*) AS n FROM submission_content")
    assert held[0]["n"] == receipted

    pages[0] = _ANY
    for sent in left:
        assert (await here.push_bytes(body_of(sent))).status_code == 200
    held = await here.rows("SELECT count(*) AS n FROM submission_content")
    assert held[0]["n"] == receipted + 3 * BATCH
    sequence = await here.rows("SELECT ranges FROM install_sequence")
    assert sequence[0]["ranges"] == f"[[1,{receipted + 3 * BATCH}]]"


def body_of(sent: list[Interview]) -> bytes:
    return b"".join(each.line + b"\n" for each in sent)
