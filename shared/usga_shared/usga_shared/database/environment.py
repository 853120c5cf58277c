"""What every `env.py` of the migrations does."""

import asyncio

from alembic import context
from sqlalchemy import Connection, MetaData, create_engine, make_url

from usga_shared.database.engine import Database


def run(metadata: MetaData) -> None:
    """Run the migrations that Alembic asked for, on the URL of its configuration."""
    url = context.config.attributes["url"]
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given, metadata)
    elif make_url(url).get_backend_name() == "sqlite":
        plain = create_engine(make_url(url).set(drivername="sqlite"))
        with plain.begin() as connection:
            _migrate(connection, metadata)
        plain.dispose()
    else:
        asyncio.run(_migrate_async(url, metadata))


async def _migrate_async(url: str, metadata: MetaData) -> None:
    database = Database(url, pool=1)
    async with database.engine.begin() as connection:
        await connection.run_sync(_migrate, metadata)
    await database.close()


def _migrate(connection: Connection, metadata: MetaData) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
