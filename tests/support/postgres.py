"""Databases on one PostgreSQL server, used again: emptying one is cheaper than making one."""

import asyncio
import contextlib
import os
import threading
import uuid
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Self, TypeVar

import asyncpg
import sqlalchemy as sa

from tests.support.databases import Service, create_tables
from tools.launcher.postgres import throwaway_server

GIVEN_SERVER = "USGA_TEST_POSTGRES_URL"
T = TypeVar("T")

#: Everything that a test may have changed but rows: it differs as soon as something was made,
#: dropped or altered, and then the database is not used again.
_SHAPE = """
SELECT md5(concat_ws('|',
  (SELECT string_agg(concat_ws(' ', oid, relname, relkind, relnatts, relchecks, relhastriggers,
     relhasrules, relrowsecurity, relpersistence, reloptions), ',' ORDER BY oid)
     FROM pg_class WHERE oid >= 16384),
  (SELECT string_agg(concat_ws(' ', attrelid, attnum, attname, atttypid, atttypmod, attnotnull,
     atthasdef), ',' ORDER BY attrelid, attnum) FROM pg_attribute WHERE attrelid >= 16384),
  (SELECT string_agg(concat_ws(' ', oid, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
  (SELECT string_agg(concat_ws(' ', oid, convalidated), ',' ORDER BY oid) FROM pg_constraint
     WHERE oid >= 16384),
  (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_proc WHERE oid >= 16384),
  (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_namespace WHERE oid >= 16384),
  (SELECT count(*) FROM pg_db_role_setting),
  (SELECT count(*) FROM pg_largeobject_metadata)))
"""
_ALONE = """
SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
#: Tables that never had a row have no page. Truncating leaves nothing on disk and begins
#: sequences anew.
_EMPTY = """
DO $$
DECLARE used text;
BEGIN
  SELECT string_agg(oid::regclass::text, ', ') INTO used FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0;
  IF used IS NOT NULL THEN
    EXECUTE 'TRUNCATE ' || used || ' RESTART IDENTITY CASCADE';
  END IF;
END $$
"""


class Console:
    """Connections to databases of a server, in a loop and a thread of their own."""

    def __init__(self, url: sa.URL) -> None:
        self._url = url.set(drivername="postgresql")
        self._connections: dict[str, asyncpg.Connection] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine, whatever loop the caller has."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def ask(self, database: str, statement: str) -> Any:
        """Run a statement outside any transaction; answers the first value."""
        return self.run(self._ask(database, statement))

    def leave(self, database: str) -> None:
        """Close the connection to a database, if there is one."""
        if database in self._connections:
            self.run(self._connections.pop(database).close())

    def close(self) -> None:
        """Close every connection and end the thread."""
        for database in list(self._connections):
            self.leave(database)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _ask(self, database: str, statement: str) -> Any:
        if database not in self._connections:
            url = self._url.set(database=database)
            self._connections[database] = await asyncpg.connect(
                url.render_as_string(hide_password=False), statement_cache_size=0
            )
        return await self._connections[database].fetchval(statement)


@dataclass
class PostgresDatabases:
    """Databases on one server; a template per service is made once, and its clones go round."""

    maintenance_url: str
    _console: Console = field(init=False)
    _templates: dict[Service, str] = field(default_factory=dict)
    _shapes: dict[str, tuple[Service, str]] = field(default_factory=dict)
    _free: dict[Service, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._console = Console(sa.make_url(self.maintenance_url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for database in [*chain(*self._free.values()), *self._templates.values()]:
            self._remove(database)
        self._console.close()

    def url(self, database: str) -> str:
        """The URL of another database on the same server."""
        url = sa.make_url(self.maintenance_url).set(database=database)
        return url.render_as_string(hide_password=False)

    def create(self, service: Service | None) -> str:
        """A database without a row, without or with the tables of `service`; answers its name."""
        if service is None:
            return self._clone("template0")
        if self._free.get(service):
            return self._free[service].pop()
        name = self._clone(self._template(service))
        self._shapes[name] = service, self._console.ask(name, _SHAPE)
        return name

    def drop(self, name: str) -> None:
        """Take a database back: nobody is connected any more, and no row is left."""
        service, shape = self._shapes.get(name, (None, ""))
        if service is None or not self._is_as_made(name, shape):
            self._remove(name)
            return
        self._console.ask(name, _EMPTY)
        self._free.setdefault(service, []).append(name)

    def _is_as_made(self, name: str, shape: str) -> bool:
        self._console.ask(name, _ALONE)
        return bool(self._console.ask(name, _SHAPE) == shape)

    def _clone(self, template: str) -> str:
        name = f"usga_test_{uuid.uuid4().hex[:12]}"
        self._maintain(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def _remove(self, name: str) -> None:
        self._shapes.pop(name, None)
        self._console.leave(name)
        self._maintain(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _maintain(self, statement: str) -> None:
        self._console.ask(sa.make_url(self.maintenance_url).database or "postgres", statement)

    def _template(self, service: Service) -> str:
        if service not in self._templates:
            name = self._clone("template0")
            self._console.run(create_tables(self.url(name), service))
            self._templates[service] = name
        return self._templates[service]


@contextlib.contextmanager
def postgres_databases() -> Iterator[PostgresDatabases]:
    """On the server named by USGA_TEST_POSTGRES_URL, else on one of our own for this process."""
    given = os.environ.get(GIVEN_SERVER)
    if given:
        with PostgresDatabases(given) as databases:
            yield databases
        return
    with throwaway_server() as server, PostgresDatabases(server.url("postgres")) as databases:
        yield databases
