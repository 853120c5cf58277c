"""Statements over many rows at once, as each database takes them fastest.

SQLite gets blocks of rows and JSON arrays as parameters; PostgreSQL gets one statement over
`unnest`ed arrays. Values pass the driver directly: this is the hot path of the sync.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Column, Table, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from usga_shared.database.direct import Direct, SqliteDirect
from usga_shared.database.types import UtcDateTime

_BLOCK = 64
_MOST_PARAMETERS = 30_000
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


class Bulk:
    """Bulk statements on one connection, SQLAlchemy's or a driver's own."""

    def __init__(self, connection: AsyncConnection | Direct) -> None:
        self.is_sqlite = (
            connection.is_sqlite
            if isinstance(connection, Direct)
            else connection.dialect.name == "sqlite"
        )
        self._on = connection if isinstance(connection, Direct) else _Shared(connection)

    async def insert(
        self, table: Table, names: Sequence[str], rows: list[tuple[Any, ...]]
    ) -> None:
        """Insert rows whose values stand in the order of `names`."""
        if not rows:
            return
        if self.is_sqlite:
            await self._insert_blocks(table, tuple(names), _plain(table, tuple(names), rows))
            return
        statement = _insertion(table, tuple(names))
        columns = tuple(list(values) for values in zip(*rows, strict=True))
        await self.execute(statement, columns)

    async def update(
        self, table: Table, names: Sequence[str], keys: Sequence[str], rows: list[tuple[Any, ...]]
    ) -> None:
        """Set the columns `names` where the columns `keys` match; rows hold both, in that order.

        A None for a name leaves what is there.
        """
        if not rows:
            return
        every = [*names, *keys]
        if self.is_sqlite:
            sets = ", ".join(f"{name} = COALESCE(?, {name})" for name in names)
            where = " AND ".join(f"{key} = ?" for key in keys)
            statement = f"UPDATE {table.name} SET {sets} WHERE {where}"  # noqa: S608
            await self.many(statement, _plain(table, tuple(every), rows))
            return
        sets = ", ".join(f"{name} = COALESCE(given.{name}, held.{name})" for name in names)
        where = " AND ".join(f"held.{key} = given.{key}" for key in keys)
        arrays = ", ".join(
            f"${place}::{_type(table.c[name])}[]" for place, name in enumerate(every, 1)
        )
        statement = (
            f"UPDATE {table.name} AS held SET {sets} "  # noqa: S608
            f"FROM unnest({arrays}) AS given ({', '.join(every)}) WHERE {where}"
        )
        columns = tuple(list(values) for values in zip(*rows, strict=True))
        await self.execute(statement, columns)

    async def delete(self, table: Table, key: str, values: Iterable[UUID]) -> None:
        """Delete the rows whose `key` is one of these."""
        condition, parameter = self.any_of(key, values, 1)
        await self.execute(
            f"DELETE FROM {table.name} WHERE {condition}",  # noqa: S608
            (parameter,),
        )

    def any_of(self, name: str, values: Iterable[Any], place: int) -> tuple[str, Any]:
        """A condition `name` in values with one parameter, and the parameter's value."""
        found = list(values)
        if self.is_sqlite:
            plain = [v.hex if isinstance(v, UUID) else v for v in found]
            return f"{name} IN (SELECT value FROM json_each(?))", orjson.dumps(plain).decode()  # noqa: S608
        return f"{name} = ANY(${place})", found

    def unindexed(self, name: str) -> str:
        """A column as it must be written so that no index is searched for it.

        A database that has not counted its rows believes that few belong to one assessment, and
        reads all of that assessment where an index on an id would find one.
        """
        return f"+{name}" if self.is_sqlite else f"({name} || '')"

    async def fetch(self, statement: str, parameters: tuple[Any, ...]) -> list[Any]:
        """The rows of a statement."""
        return await self._on.fetch(statement, parameters)

    async def execute(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        """Run a statement that answers nothing."""
        await self._on.fetch(statement, parameters)

    async def many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        """Run a statement once for each row of parameters."""
        if rows:
            await self._on.many(statement, rows)

    def mark(self, place: int) -> str:
        """The mark of a single parameter."""
        return "?" if self.is_sqlite else f"${place}"

    def value(self, value: Any) -> Any:
        """A single value as the driver takes it."""
        if not self.is_sqlite:
            return value
        if isinstance(value, UUID):
            return value.hex
        return _sqlite_time(value) if isinstance(value, datetime) else value

    async def _insert_blocks(
        self, table: Table, names: tuple[str, ...], rows: list[tuple[Any, ...]]
    ) -> None:
        """Insert many rows with one statement.

        It gives the interpreter lock away once, not once a row: beside a busy event loop that is
        the difference between milliseconds and seconds.
        """
        block, start = min(_BLOCK, _MOST_PARAMETERS // len(names)), 0
        while start < len(rows):
            while block > len(rows) - start:
                block //= 2  # few sizes, so that SQLite has each statement prepared already
            flat = tuple(chain.from_iterable(rows[start : start + block]))
            await self._on.fetch(_block_insertion(table, names, block), flat)
            start += block


@cache
def _insertion(table: Table, names: tuple[str, ...]) -> str:
    """PostgreSQL's statement that inserts rows from an array for each column."""
    arrays = ", ".join(
        f"${place}::{_type(table.c[name])}[]" for place, name in enumerate(names, 1)
    )
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608


@cache
def _block_insertion(table: Table, names: tuple[str, ...], block: int) -> str:
    """SQLite's statement that inserts so many rows; `block` is a power of two."""
    marks = f"({', '.join('?' * len(names))})"
    values = ", ".join([marks] * block)
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {values}"  # noqa: S608


@cache
def _converted(table: Table, names: tuple[str, ...]) -> tuple[tuple[int, bool], ...]:
    """The places of the columns that SQLite keeps as text, and whether it is a UUID's."""
    kinds = [(place, table.c[name].type) for place, name in enumerate(names)]
    return tuple(
        (place, isinstance(kind, Uuid))
        for place, kind in kinds
        if isinstance(kind, Uuid | UtcDateTime)
    )


def _plain(
    table: Table, names: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """The rows as SQLite's driver takes them."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    for place, is_uuid in _converted(table, names):
        column = columns[place]
        if is_uuid:
            columns[place] = [None if v is None else v.hex for v in column]
        else:
            written = {v: _sqlite_time(v) for v in {*column} if v is not None}
            columns[place] = [written.get(v) for v in column]
    return list(zip(*columns, strict=True))


class _Shared:
    """A connection in whose transaction SQLAlchemy's statements run as well."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"

    async def fetch(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        if self._is_sqlite:  # in the driver's thread in one visit instead of four
            return await (await self._driver()).fetch(statement, parameters)
        found = await self._connection.exec_driver_sql(statement, parameters)
        return list(found) if found.returns_rows else []

    async def many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        if self._is_sqlite:
            await (await self._driver()).many(statement, rows)
        else:
            await self._connection.exec_driver_sql(statement, rows)

    async def _driver(self) -> SqliteDirect:
        return SqliteDirect((await self._connection.get_raw_connection()).driver_connection)


def _sqlite_time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]  # without its offset


@cache
def _type(column: Column[Any]) -> str:
    return column.type.dialect_impl(_POSTGRESQL).compile(_POSTGRESQL)


def read_uuid(value: Any) -> UUID:
    """A UUID as either driver gives it."""
    if isinstance(value, str):
        return UUID(value)
    return value if type(value) is UUID else UUID(int=value.int)
