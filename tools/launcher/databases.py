"""Where each service keeps its tables, and whether they are current."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import asyncpg
from alembic.script import ScriptDirectory
from sqlalchemy import make_url
from usga_shared.database.migrate import alembic_config

from tools.launcher.postgres import PostgresServer

SERVICES = ("assessment", "indicators", "reports")


class MigrationFailed(RuntimeError):
    """Alembic could not bring a database to the newest revision."""


def sqlite_urls(home: Path) -> dict[str, str]:
    """One file per service."""
    return {name: f"sqlite+aiosqlite:///{home.resolve()}/{name}.db" for name in SERVICES}


def postgres_urls(server: PostgresServer) -> dict[str, str]:
    """One database per service on our own server; made when they are missing."""
    asyncio.run(_make_databases(server.url("postgres")))
    return {name: server.url(f"usga_{name}") for name in SERVICES}


def current_revision(url: str) -> str | None:
    """The revision that a database says it has."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        if not parts.database or not Path(parts.database).exists():
            return None
        with closing(sqlite3.connect(parts.database)) as connection:
            try:
                row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            except sqlite3.OperationalError:
                return None
        return str(row[0]) if row else None
    return asyncio.run(_current_revision(url))


def migrate(urls: Mapping[str, str]) -> list[str]:
    """Bring every database to the newest revision; answers which were not there yet.

    Alembic and the models are loaded only for those: a second start has nothing to do.
    """
    behind = [name for name, url in urls.items() if current_revision(url) != _head(name, url)]
    running = {name: _start_migration(name, urls[name]) for name in behind}
    for name, process in running.items():
        output, _ = process.communicate(timeout=300)
        if process.returncode:
            raise MigrationFailed(f"{name}: {output[-2000:]}")
    return behind


def _head(service: str, url: str) -> str | None:
    return ScriptDirectory.from_config(alembic_config(service, url)).get_current_head()


def _start_migration(service: str, url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "usga_shared.database.migrate", service, url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def _current_revision(url: str) -> str | None:
    connection = await asyncpg.connect(_plain(url))
    try:
        return str(await connection.fetchval("SELECT version_num FROM alembic_version"))
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


async def _make_databases(url: str) -> None:
    connection = await asyncpg.connect(_plain(url))
    try:
        there = {
            row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")
        }
        for name in SERVICES:
            if f"usga_{name}" not in there:
                await connection.execute(f"CREATE DATABASE usga_{name}")
    finally:
        await connection.close()
