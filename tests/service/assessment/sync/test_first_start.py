"""Instances that start at once on an empty database begin one installation."""

import asyncio

from sqlalchemy import text
from usga_assessment.storage.installation import ensure_installation
from usga_shared.clock import SystemClock
from usga_shared.database.engine import Database

from tests.conftest import DatabaseMaker


async def test_they_agree_on_its_epoch(make_database: DatabaseMaker) -> None:
    url = make_database("assessment")
    instances = [Database(url) for _ in range(4)]
    try:
        async with instances[0].write() as session:
            await (await session.connection()).execute(text("DELETE FROM installation"))
        found = await asyncio.gather(*(ensure_installation(i, SystemClock()) for i in instances))
        assert len(set(found)) == 1
    finally:
        for instance in instances:
            await instance.close()
