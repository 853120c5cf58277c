"""The history of the database leads to the tables that the code knows."""

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from usga_reports.storage.tables import metadata
from usga_shared.database.engine import Database
from usga_shared.database.migrate import upgrade


class TestMigrations:
    async def test_head_equals_the_models(self, empty_db_url: str) -> None:
        await asyncio.to_thread(upgrade, "reports", empty_db_url)
        database = Database(empty_db_url)
        try:
            async with database.engine.connect() as connection:
                differences = await connection.run_sync(
                    lambda plain: compare_metadata(
                        MigrationContext.configure(plain, opts={"compare_type": True}), metadata
                    )
                )
        finally:
            await database.close()
        assert differences == []
