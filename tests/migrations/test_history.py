"""Every history brings an empty database to exactly what the models say, on both databases."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from usga_shared.database.migrate import alembic_config, main, upgrade

from tests.support.databases import SERVICES, Service, run, tables_of
from tools.launcher.databases import current_revision, migrate, newest_revision


def differences(url: str, service: Service) -> list[Any]:
    """What Alembic would still change, and tables without their like."""
    found: list[Any] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found.extend(compare_metadata(context, tables_of(service)))

    async def look() -> None:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            await connection.run_sync(compare)
        await engine.dispose()

    run(look)
    return found


@pytest.mark.parametrize("service", SERVICES)
class TestHistory:
    def test_from_empty_to_the_newest_equals_the_models(
        self, service: Service, empty_db_url: str
    ) -> None:
        upgrade(service, empty_db_url)
        assert differences(empty_db_url, service) == []

    def test_the_command_takes_the_database_of_the_services_setting(
        self, service: Service, empty_db_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        setting = f"USGA_{service.upper()}_DATABASE_URL"
        monkeypatch.delenv(setting, raising=False)
        assert main([service]) == 2
        monkeypatch.setenv(setting, empty_db_url)
        assert main([service]) == 0
        assert current_revision(empty_db_url) == newest_revision(service)

    def test_the_launcher_migrates_once(self, service: Service, empty_db_url: str) -> None:
        assert current_revision(empty_db_url) is None
        assert migrate({service: empty_db_url}) == [service]
        assert current_revision(empty_db_url) is not None
        assert migrate({service: empty_db_url}) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_history_is_one_line_and_its_files_say_what_kind_of_step_they_are(
    service: Service,
) -> None:
    script = ScriptDirectory.from_config(alembic_config(service, "sqlite+aiosqlite://"))
    assert script.get_heads() == [newest_revision(service)]
    for revision in script.walk_revisions():
        name = revision.path.rpartition("/")[2]
        assert any(kind in name for kind in ("_initial", "_pre_", "_post_")), name
