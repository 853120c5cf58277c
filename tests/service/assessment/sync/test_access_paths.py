"""What a push looks up costs the same whatever is held: by an id's index, not an assessment's."""

import re
from typing import Any
from uuid import uuid4

import pytest
from usga_assessment.storage import rows
from usga_assessment.storage.bulk import Bulk
from usga_assessment.storage.feed import Feed
from usga_assessment.storage.interviewed import interviews_of
from usga_shared.database.direct import Direct

from tests.support.collecting import HERE, Collecting

OF_THE_ASSESSMENT = "ix_submission_revision_feed"


class Plans(Direct):
    """Asks how each statement would be run, and answers that it found nothing."""

    def __init__(self, bulk: Bulk) -> None:
        self._bulk, self.is_sqlite = bulk, bulk.is_sqlite
        self.told = ""

    async def fetch(self, statement: str, parameters: Any = ()) -> list[Any]:
        how = "EXPLAIN QUERY PLAN" if self.is_sqlite else "EXPLAIN"
        for row in await self._bulk.fetch(f"{how} {statement}", tuple(parameters)):
            self.told += f"{row[-1]}\n"
        return []

    async def many(self, statement: str, rows: Any) -> None:
        raise NotImplementedError

    async def _begin(self, *, small: bool, lock: str) -> None:
        raise NotImplementedError

    async def _commit(self) -> None:
        raise NotImplementedError

    async def _roll_back(self) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("looked_up", ["held", "withdrawn_hashes"])
async def test_a_push_never_reads_through_an_assessment(here: Collecting, looked_up: str) -> None:
    wanted: list[Any] = [uuid4(), uuid4()] if looked_up == "held" else [bytes(32), b"1" * 32]
    async with here.database.read() as session:
        plans = Plans(Bulk(await session.connection()))
        await getattr(rows, looked_up)(Bulk(plans), HERE, wanted)
    assert "submission_revision" in plans.told
    assert OF_THE_ASSESSMENT not in plans.told


async def test_nor_through_its_tablets_or_cases(here: Collecting) -> None:
    async with here.database.read() as session:
        plans = Plans(Bulk(await session.connection()))
        await rows.installs(Bulk(plans), HERE, [uuid4(), uuid4()])
        await interviews_of(Bulk(plans), HERE, ["c-001", "c-002"])
    searched = set(re.findall(r"ix_[a-z_]+", plans.told))
    assert "ix_submission_revision_case" in searched or not here.database.is_sqlite  # a few rows
    assert searched.isdisjoint({"ix_device_assessment", OF_THE_ASSESSMENT})


async def test_nor_does_a_check(here: Collecting, monkeypatch: pytest.MonkeyPatch) -> None:
    async with here.database.read() as session:
        plans = Plans(Bulk(await session.connection()))
        monkeypatch.setattr("usga_assessment.storage.feed.Bulk", lambda _: Bulk(plans))
        assert await Feed(session, HERE).known([uuid4()]) == []
    assert "submission_revision" in plans.told
    assert OF_THE_ASSESSMENT not in plans.told
