"""Empty databases with a service's tables, on SQLite and on PostgreSQL, one per test."""

import asyncio
import contextlib
import importlib
import os
import pkgutil
import shutil
import threading
import uuid
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tools.launcher.postgres import throwaway_server

Service = Literal["assessment", "indicators", "reports"]
SERVICES: tuple[Service, ...] = ("assessment", "indicators", "reports")
GIVEN_SERVER = "USGA_TEST_POSTGRES_URL"


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine to its end in a thread of its own, whatever loop the test has."""
    failures: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:  # noqa: BLE001 - handed to the caller below
            failures.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def tables_of(service: Service) -> sa.MetaData:
    """The metadata that holds a service's tables, with every table module imported."""
    tables = importlib.import_module(f"usga_{service}.storage.tables")
    for module in pkgutil.walk_packages(getattr(tables, "__path__", []), f"{tables.__name__}."):
        importlib.import_module(module.name)
    metadata = tables.metadata
    assert isinstance(metadata, sa.MetaData)
    return metadata


async def create_tables(url: str, service: Service) -> None:
    """Make the tables of `service` in an empty database."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(tables_of(service).create_all)
    finally:
        await engine.dispose()


async def execute_alone(url: str, *statements: str) -> None:
    """Run statements outside any transaction (CREATE DATABASE needs that)."""
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(sa.text(statement))
    finally:
        await engine.dispose()


@dataclass
class PostgresDatabases:
    """Databases on one server; a template per service is made once and cloned for each test."""

    maintenance_url: str
    _templates: dict[Service, str] = field(default_factory=dict)

    def url(self, database: str) -> str:
        """The URL of another database on the same server."""
        url = sa.make_url(self.maintenance_url).set(database=database)
        return url.render_as_string(hide_password=False)

    def create(self, service: Service | None) -> str:
        """Make a database, empty or with the tables of `service`; answers its name."""
        name = f"usga_test_{uuid.uuid4().hex[:12]}"
        template = "template0" if service is None else self._template(service)
        run(
            lambda: execute_alone(
                self.maintenance_url, f"CREATE DATABASE {name} TEMPLATE {template}"
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Remove a database, with its remaining connections."""
        statement = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        run(lambda: execute_alone(self.maintenance_url, statement))

    def _template(self, service: Service) -> str:
        if service not in self._templates:
            name = self.create(None)
            run(lambda: create_tables(self.url(name), service))
            self._templates[service] = name
        return self._templates[service]


@contextlib.contextmanager
def postgres_databases() -> Iterator[PostgresDatabases]:
    """The server named by USGA_TEST_POSTGRES_URL, else one of our own for this process."""
    given = os.environ.get(GIVEN_SERVER)
    if given:
        yield PostgresDatabases(given)
        return
    with throwaway_server() as server:
        yield PostgresDatabases(server.url("postgres"))


@dataclass
class SqliteDatabases:
    """Database files; the tables of a service are made once and copied for each test."""

    folder: Path

    def create(self, service: Service | None, target: Path) -> str:
        """Make a database file, empty or with the tables of `service`; answers its URL."""
        if service is not None:
            template = self.folder / f"{service}.db"
            if not template.exists():
                run(lambda: create_tables(f"sqlite+aiosqlite:///{template}", service))
            shutil.copyfile(template, target)
        return f"sqlite+aiosqlite:///{target}"
