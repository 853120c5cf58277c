"""Bulk statements write every row, whatever their number, on both databases."""

from uuid import uuid4

import pytest
from usga_assessment.storage.bulk import Bulk
from usga_assessment.storage.rows import CASE

from tests.support.collecting import HERE, Collecting

NAMES = ("assessment", "case_id", "stratum", "psu", "pi1", "pi2", "visits", "device_id")


@pytest.mark.parametrize("count", [1, 3, 4, 63, 64, 65, 150])
async def test_all_rows_arrive_and_can_be_updated(here: Collecting, count: int) -> None:
    rows = [(HERE, f"b-{n}", "s", "p", 0.5, 0.25, n, uuid4()) for n in range(count)]
    async with here.database.write() as session:
        bulk = Bulk(await session.connection())
        await bulk.insert(CASE, NAMES, rows)
        await bulk.update(
            CASE,
            ("visits", "disposition"),
            ("assessment", "case_id"),
            [(n + 1000, None if n % 2 else "1.1", HERE, f"b-{n}") for n in range(count)],
        )
    held = await here.rows("SELECT * FROM sample_case WHERE case_id LIKE 'b-%'")
    assert {row["case_id"]: row["visits"] for row in held} == {
        f"b-{n}": n + 1000 for n in range(count)
    }
    assert sum(row["disposition"] == "1.1" for row in held) == (count + 1) // 2
