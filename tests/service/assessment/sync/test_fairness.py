"""One tablet's flood does not starve another (P-24)."""

import asyncio
from uuid import UUID

from usga_assessment.domain.sync.turns import Turns
from usga_assessment.storage.ingest import IngestWriter

from tests.support.collecting import Collecting, interview


async def test_another_tablet_does_not_wait_for_a_flood_P24(here: Collecting) -> None:
    desk = here.app.state.sync
    desk._writer = IngestWriter(here.database, here.app.state.clock, most_items=2)
    await here.push(interview(99))  # forms are known now
    done: list[str] = []

    async def push(name: str, by: str, install: int, seq: int) -> None:
        batch = [interview(seq + n, install=UUID(int=install)) for n in range(2)]
        answer = await here.push(*batch, by=by)
        assert {answer.state(each) for each in batch} == {"stored"}
        done.append(name)

    flood = [push("flood", "device", 1, 2 * n + 1) for n in range(40)]
    await asyncio.gather(*flood, push("other", "device-b", 77, 1))
    assert len(done) == 41
    assert done.index("other") < 20, done.index("other")


async def test_a_device_with_enough_in_work_is_told_when_to_come_back_P24(
    here: Collecting,
) -> None:
    here.app.state.sync._turns = Turns(requests=2)
    bodies = [interview(n).line + b"\n" for n in range(1, 9)]
    answers = await asyncio.gather(*(here.push_bytes(body) for body in bodies))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert len(refused) < 8
    for answer in refused:
        assert answer.json()["type"].endswith("/too-many-requests")
        assert 5 <= int(answer.headers["retry-after"]) <= 20
    again = [await here.push_bytes(body) for body in bodies]
    assert {answer.status_code for answer in again} == {200}
    held = await here.rows("SELECT count(*) AS n FROM submission_content")
    assert held[0]["n"] == 8
