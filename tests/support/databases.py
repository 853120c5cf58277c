"""Empty databases with a service's tables: making the tables, and files of SQLite."""

import asyncio
import importlib
import pkgutil
import shutil
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

Service = Literal["assessment", "indicators", "reports"]
SERVICES: tuple[Service, ...] = ("assessment", "indicators", "reports")


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
