"""An export reads its interviews some at a time, and each of them once."""

from datetime import datetime

import pytest
from sqlalchemy import text
from usga_assessment.storage.export import Exports, Standing
from usga_shared.database.engine import Database
from usga_shared.wire.vocabulary import FieldClass

from tests.support.collecting import HERE, Collecting, coded_interview, interview

OPEN = frozenset({FieldClass.OPEN})


async def portions(exports: Exports) -> list[list[Standing]]:
    return [portion async for portion in exports.standing(OPEN)]


@pytest.mark.parametrize(
    ("portion", "ahead", "sizes"),
    [
        (2, 2, [2, 2, 2, 1]),
        (2, 9, [2, 2, 2, 1]),
        (7, 1, [7]),
        (8, 1, [7]),
        (3, 1, [3, 3, 1]),
        (1, 3, [1] * 7),
    ],
)
async def test_every_interview_is_in_it_once(
    here: Collecting, portion: int, ahead: int, sizes: list[int]
) -> None:
    sent = [interview(seq, case=f"case-{seq}") for seq in range(1, 8)]
    await here.push(*sent[:4])
    await here.push(*sent[4:])
    exports = Exports(here.database, HERE, "skeleton", portion=portion, ahead=ahead)
    read = await portions(exports)
    assert [len(some) for some in read] == sizes
    assert [one.case_id for some in read for one in some] == [f"case-{n}" for n in range(1, 8)]


async def test_what_ceases_to_stand_meanwhile_is_not_given_out(here: Collecting) -> None:
    await here.push(*(interview(seq, case=f"case-{seq}") for seq in range(1, 4)))
    found = []
    async for portion in Exports(here.database, HERE, "skeleton", portion=1).standing(OPEN):
        found += [one.case_id for one in portion]
        async with here.database.write() as session:
            connection = await session.connection()
            await connection.execute(
                text("UPDATE submission_revision SET state = 'rejected' WHERE case_id = 'case-2'")
            )
    assert found == ["case-1", "case-3"]


async def test_both_databases_give_the_same(coded: Collecting) -> None:
    sent = coded_interview(1, remark="quiet")
    await coded.push(sent)
    exports = Exports(coded.database, HERE, "coded")
    async for (one,) in exports.standing({FieldClass.OPEN, FieldClass.TEXT}):
        assert (one.id, one.root) == (sent.id.hex, sent.id.hex)
        assert one.ended == "2026-06-01 05:25:00.000000"
        assert one.ended_at == datetime.fromisoformat(sent.document["ended_at"])
        assert list(one.content.parts) == ["text"]
        return
    pytest.fail("nothing was read")


async def test_sealed_parts_of_other_classes_are_not_read(coded: Collecting) -> None:
    await coded.push(coded_interview(1, remark="quiet"))
    ((one,),) = await portions(Exports(coded.database, HERE, "coded"))
    assert one.open is not None
    assert one.content.parts == {}


async def test_a_reader_who_stops_holds_nothing_open(here: Collecting) -> None:
    await here.push(*(interview(seq) for seq in range(1, 4)))
    async for _ in Exports(here.database, HERE, "skeleton", portion=1).standing(OPEN):
        assert await here.database.forget_log()


async def test_one_connection_reads_it_all(assessment_db_url: str) -> None:
    """SQLite gives each connection a cache of its own."""
    database = Database(assessment_db_url)
    if not database.is_sqlite:
        await database.close()
        pytest.skip("PostgreSQL's connections share its cache")
    async with database.direct(), database.direct():
        pass  # others have been at work
    used: set[int] = set()
    for _ in range(4):
        async with database.engine.connect() as connection:
            used.add(id((await connection.get_raw_connection()).driver_connection))
    await database.close()
    assert len(used) == 1
