"""Write transactions on the drivers themselves, for the few places where each of them counts.

SQLAlchemy's session, its greenlets and the hand-over to SQLite's thread cost some 100 us of CPU
time for each statement, several times what the databases do for it (ADR-0047).
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Sequence[Any]
_BEGIN = "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL jit = off;"


class Direct(ABC):
    """A connection for writing, one transaction after the other."""

    is_sqlite: bool
    forgets = False
    """Whether this transaction destroys something: SQLite's log is emptied after it."""
    is_sound = True
    """Whether each transaction that was begun has ended; else nobody may get the connection."""

    @asynccontextmanager
    async def transaction(self, *, small: bool = False, lock: str = "") -> AsyncIterator[None]:
        """A transaction that commits when the block ends without an exception.

        One that is `small` has statements that each take less than a millisecond. `lock` is a
        statement that PostgreSQL runs together with BEGIN; SQLite's writers are alone anyway.
        """
        self.forgets = self.is_sound = False
        await self._begin(small=small, lock=lock)
        try:
            yield
            await self._commit()
        except BaseException:
            await self._roll_back()
            self.is_sound = True
            raise
        self.is_sound = True

    @abstractmethod
    async def fetch(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows of a statement; raises SQLAlchemy's IntegrityError and DataError for a row."""

    @abstractmethod
    async def many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement once for each row of parameters."""

    @abstractmethod
    async def _begin(self, *, small: bool, lock: str) -> None: ...

    @abstractmethod
    async def _commit(self) -> None: ...

    @abstractmethod
    async def _roll_back(self) -> None: ...


class SqliteDirect(Direct):
    """SQLite: the statements of a small transaction run in the loop's own thread.

    Handing one to the driver's thread and back costs more than it takes, and while both threads
    want the interpreter each way may last its switching interval of 5 ms. What may wait for the
    disk or for others, BEGIN and COMMIT, is done in the driver's thread.
    """

    is_sqlite = True
    runs_here = True
    """Whether small transactions may run in the loop's thread at all."""

    def __init__(self, driver: Any) -> None:
        self._driver, self._is_here = driver, False

    async def fetch(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with wrapped(statement):
            if self._is_here:
                return self._plain.execute(statement, parameters).fetchall()
            return list(await self._driver.execute_fetchall(statement, parameters))

    async def many(self, statement: str, rows: Sequence[Row]) -> None:
        with wrapped(statement):
            if self._is_here:
                self._plain.executemany(statement, rows)
            else:
                cursor = await self._driver.executemany(statement, rows)
                await cursor.close()

    @property
    def _plain(self) -> sqlite3.Connection:
        plain: sqlite3.Connection = self._driver._conn  # noqa: SLF001 - its thread is idle now
        return plain

    async def _begin(self, *, small: bool, lock: str) -> None:  # noqa: ARG002 - see there
        self._is_here = False
        await self._driver.execute_fetchall("BEGIN IMMEDIATE")
        self._is_here = small and self.runs_here

    async def _commit(self) -> None:
        await self._driver.commit()

    async def _roll_back(self) -> None:
        await self._driver.rollback()


class PostgresDirect(Direct):
    """PostgreSQL through asyncpg, which keeps the statements prepared.

    Statements here look rows up by keys. Their plans are kept for as long as the connection, also
    those that were made while a table was empty: reading through the table is ruled out, that of
    the checks of foreign keys included.
    """

    is_sqlite = False

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def fetch(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with wrapped(statement):
            return list(await self._driver.fetch(statement, *parameters))

    async def many(self, statement: str, rows: Sequence[Row]) -> None:
        with wrapped(statement):
            await self._driver.executemany(statement, rows)

    async def _begin(self, *, small: bool, lock: str) -> None:  # noqa: ARG002 - all are alike
        await self._driver.execute(f"{_BEGIN} {lock}")

    async def _commit(self) -> None:
        await self._driver.execute("COMMIT")

    async def _roll_back(self) -> None:
        await self._driver.execute("ROLLBACK")


async def direct_of(connection: AsyncConnection) -> Direct:
    """The driver behind a connection on which nothing was begun."""
    driver = (await connection.get_raw_connection()).driver_connection
    is_sqlite = connection.dialect.name == "sqlite"
    return SqliteDirect(driver) if is_sqlite else PostgresDirect(driver)


@contextmanager
def wrapped(statement: str) -> Iterator[None]:
    """The drivers' refusals of a row, as SQLAlchemy names them; the parameters are answers."""
    try:
        yield
    except (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError) as error:
        raise IntegrityError(statement, None, error, hide_parameters=True) from None
    except (sqlite3.DataError, asyncpg.DataError) as error:
        raise DataError(statement, None, error, hide_parameters=True) from None
    except asyncpg.InterfaceError as error:
        if not isinstance(error, ValueError):
            raise
        # A parameter that cannot be written as its type; the message shows it.
        raise DataError(statement, None, error, hide_parameters=True) from None
