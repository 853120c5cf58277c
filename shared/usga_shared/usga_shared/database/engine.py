"""One Database per application: readers and writers on SQLite and on PostgreSQL."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from usga_shared.database import sqlite
from usga_shared.database.direct import Direct, direct_of
from usga_shared.database.turn import Turn

_WRITES = "usga_writes"
_FORGETS = "usga_forgets"
_PATIENCE_MS, _BUSY_MS = 500, 10_000
_log = logging.getLogger("usga.database")


def forget_after_commit(session: AsyncSession) -> None:
    """Empty SQLite's log once this write session has committed: it destroys something.

    Deleted rows stay readable in the log until it is written over (Database.forget_log).
    """
    session.info[_FORGETS] = True


class Database:
    """Gives sessions; a write session holds its transaction from the first moment.

    On SQLite a writer starts with BEGIN IMMEDIATE, one at a time (others wait for their turn
    instead of polling the file's lock); readers never wait. On PostgreSQL both are ordinary
    transactions.
    """

    def __init__(self, url: str, *, pool: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url, pool) if self.is_sqlite else _postgresql(url, pool)
        self._writing = self.engine.execution_options(**{_WRITES: True})
        self._turn: Turn | nullcontext[None] = nullcontext()
        if self.is_sqlite:
            self._turn = Turn(self.url.database)
        self._owes_forgetting = False

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading: one snapshot, rolled back at the end."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction that commits when the block ends without an exception."""
        async with self._turn:
            async with (
                AsyncSession(self._writing, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
            if self.is_sqlite:
                await self._forget_if_due(is_due=session.info.get(_FORGETS, False))

    async def _forget_if_due(self, *, is_due: bool) -> None:
        if is_due:
            await self._empty_log(_PATIENCE_MS)
        elif self._owes_forgetting:
            await self._empty_log(0)  # others wait for their turn to write

    @asynccontextmanager
    async def direct(self) -> AsyncIterator[Direct]:
        """A driver's connection to write with: `writing` begins each of its transactions.

        One that could not end a transaction is closed, and with it whatever it locked.
        """
        async with self.engine.connect() as connection:
            direct = await direct_of(connection)
            try:
                yield direct
            finally:
                if not direct.is_sound:
                    await connection.invalidate()

    @asynccontextmanager
    async def writing(
        self, direct: Direct, *, small: bool = False, lock: str = ""
    ) -> AsyncIterator[None]:
        """A transaction of `direct` that commits when the block ends without an exception."""
        async with self._turn:
            async with direct.transaction(small=small, lock=lock):
                yield
            if self.is_sqlite:
                await self._forget_if_due(is_due=direct.forgets)

    async def forget_log(self) -> bool:
        """Copy SQLite's write-ahead log into the database and empty it; whether that was done.

        False while a reader still needs the log: then each later write tries again, and so does
        `close`. Elsewhere there is nothing to do.
        """
        if not self.is_sqlite:
            return True
        async with self._turn:
            return await self._empty_log(_PATIENCE_MS)

    async def _empty_log(self, patience: int) -> bool:
        """Never raises for the database's sake: what was written is committed already."""
        self._owes_forgetting = True
        try:
            async with self.engine.connect() as connection:
                # the driver's own connection: in a transaction SQLite refuses to do this
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await driver.execute(f"PRAGMA busy_timeout={patience}")
                try:
                    answer = await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
                finally:
                    await driver.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
            (is_busy, _, _), *_ = answer
        except (sqlite3.Error, SQLAlchemyError) as error:
            _log.warning("log_not_emptied", extra={"error": type(error).__name__})
            return False
        self._owes_forgetting = bool(is_busy)
        return not is_busy

    async def check(self) -> None:
        """Raise when the database cannot answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        if self._owes_forgetting:
            await self.forget_log()
        await self.engine.dispose()


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _postgresql(url: str, pool: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_pre_ping=True,
        hide_parameters=True,  # parameters are answers; errors go to logs
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"server_settings": {"timezone": "UTC", "synchronous_commit": "on"}},
    )


def _sqlite(url: str, pool: int) -> AsyncEngine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_use_lifo=True,  # each connection has a cache: the fewer are in use, the better
        hide_parameters=True,
        connect_args={"async_creator_fn": sqlite.connect},
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions itself
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # committed means on disk, also when the power goes
            "foreign_keys=ON",
            "secure_delete=ON",  # deleted is overwritten; some builds of SQLite leave it
            f"busy_timeout={_BUSY_MS}",
            "cache_size=-16000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
