"""Two hubs and the centre are killed again and again while tablets visit: nothing may be lost.

The tablets never meet the centre after they were enrolled: every receipt, of interviews and of
files, and the centre's word of what it holds, comes from a hub; one hub is met over TLS. Each round
kills a hub or the centre with SIGKILL at a seeded moment of the work, and has its like there at
once. `USGA_TEST_KILLS` asks for another number of rounds than 200.
"""

import asyncio
import os
from pathlib import Path

import pytest
from usga_shared.database.engine import Database
from usga_tablet.outbox import PROVEN

from tests.support.collecting import HERE
from tests.support.databases import SqliteDatabases
from tests.support.hub_kills import CENTRE, HUBS, Village, village
from tests.support.hubs import FieldTablet

pytestmark = pytest.mark.e2e

FEW = 3
ROUNDS = int(os.environ.get("USGA_TEST_KILLS", "200"))


@pytest.fixture
def hub_urls(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """A laptop has SQLite, whatever the centre has."""
    made: SqliteDatabases = request.getfixturevalue("_sqlite")
    return {name: made.create("assessment", tmp_path / f"{name}.db") for name in HUBS}


@pytest.mark.parametrize(
    ("database_kind", "rounds"),
    [
        pytest.param("sqlite", FEW, id="few", marks=pytest.mark.slow),
        pytest.param("sqlite", ROUNDS, id="many-sqlite", marks=pytest.mark.slow),
        pytest.param(
            "postgres", ROUNDS, id="many-postgres", marks=[pytest.mark.slow, pytest.mark.postgres]
        ),
    ],
    indirect=["database_kind"],
)
async def test_nothing_that_a_hub_took_is_lost_or_doubled_H10_H51_H55_I11(
    assessment_db_url: str, hub_urls: dict[str, str], tmp_path: Path, rounds: int
) -> None:
    is_few = rounds == FEW
    tablets, each, files = (2, 5, 1) if is_few else (4, 8 + 3 * rounds, 4 + rounds // 8)
    async with (
        village(
            assessment_db_url, hub_urls, tmp_path, tablets=tablets, each=each, files=files
        ) as made,
        asyncio.timeout(300 + 20 * rounds),
    ):
        await made.endure(rounds)
        print(f"{dict(made.kills)}, {made.broken} visits broke, {made.begun} begun")  # noqa: T201
        assert made.kills.total() == rounds
        assert made.broken >= rounds // 8 or is_few
        assert made.creche.lives[CENTRE] == 1 + made.kills[CENTRE]

        ids = [id_ for tablet in made.tablets for id_ in _settled(tablet)]
        assert len(ids) == tablets * each
        assert sorted(await _held(made)) == sorted(ids)
        hubs = (await made.ask("GET", "/v1/hubs")).json()["items"]
        assert {hub["name"] for hub in hubs if hub["brought"]} == set(HUBS)
        made_files = sorted(d for tablet in made.tablets for d in _digests(tablet))
        assert len(made_files) == tablets * files
        assert await _kept(assessment_db_url) == made_files


def _settled(tablet: FieldTablet) -> list[str]:
    """Ids of what a tablet made: all of it proven and freed, interviews and files."""
    rows = tablet.outbox._db.execute("SELECT id, state, line FROM interview").fetchall()
    assert {state for _, state, _ in rows} <= PROVEN
    assert all(line is None for _, _, line in rows)
    assert tablet.files() == []
    assert tablet.box is not None
    states = tablet.box._db.execute("SELECT DISTINCT state FROM file").fetchall()
    assert states == [("proven",)]
    return [str(id_) for id_, _, _ in rows]


async def _held(made: Village) -> list[str]:
    """Ids of what the centre holds."""
    held: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"assessment": HERE, "limit": 200, **({"cursor": cursor} if cursor else {})}
        page = (await made.ask("GET", "/v1/submissions", params=params)).json()
        held += [item["id"] for item in page["items"] if item["state"] == "stored"]
        cursor = page["next"]
    return held


async def _kept(database_url: str) -> list[str]:
    """Digests of the files that the centre keeps."""
    database = Database(database_url, pool=1)
    try:
        async with database.read() as session:
            connection = await session.connection()
            rows = await connection.exec_driver_sql(
                "SELECT sha256 FROM attachment WHERE state = 'kept'"
            )
            return sorted(str(digest) for (digest,) in rows)
    finally:
        await database.close()


def _digests(tablet: FieldTablet) -> list[str]:
    assert tablet.box is not None
    return [str(digest) for (digest,) in tablet.box._db.execute("SELECT sha256 FROM file")]
