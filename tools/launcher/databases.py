"""Where each service keeps its tables, and whether they are current."""

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import asyncpg

from tools.launcher.postgres import PostgresServer
from tools.launcher.secret import keep_private

SERVICES = ("assessment", "indicators", "reports")
_SQLITE = "sqlite+aiosqlite:///"
_HISTORIES = Path(__file__).parents[2] / "migrations"
#: Read as text: loading Alembic and the models would take longer than the whole second start.
_REVISION = re.compile(r"""^revision\b[^=]*=\s*['"](\w+)['"]""", re.MULTILINE)
_FOLLOWS = re.compile(r"""^down_revision\b[^=]*=\s*['"](\w+)['"]""", re.MULTILINE)


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
    if not url.startswith(_SQLITE):
        return asyncio.run(_current_revision(url))
    path = Path(url.removeprefix(_SQLITE))
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
    return str(row[0]) if row else None


def migrate(urls: Mapping[str, str]) -> list[str]:
    """Bring every database to the newest revision; answers which were not there yet.

    Alembic and the models are loaded only for those: a second start has nothing to do.
    """
    for url in urls.values():
        if url.startswith(_SQLITE):
            keep_private(Path(url.removeprefix(_SQLITE)))
    behind = [name for name, url in urls.items() if current_revision(url) != newest_revision(name)]
    running = {name: _start_migration(name, urls[name]) for name in behind}
    for name, process in running.items():
        output, _ = process.communicate(timeout=300)
        if process.returncode:
            raise MigrationFailed(f"{name}: {output[-2000:]}")
    return behind


def newest_revision(service: str) -> str | None:
    """The end of a service's history: the revision that no other one follows."""
    texts = [path.read_text() for path in (_HISTORIES / service / "versions").glob("*.py")]
    revisions = {match[1] for text in texts if (match := _REVISION.search(text))}
    followed = {match[1] for text in texts if (match := _FOLLOWS.search(text))}
    ends = revisions - followed
    if len(ends) > 1:
        raise MigrationFailed(f"{service}: the history has several ends: {sorted(ends)}")
    return ends.pop() if ends else None


def _start_migration(service: str, url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "usga_shared.database.migrate", service],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            f"USGA_{service.upper()}_DATABASE_URL": url,
        },
    )


def _plain(url: str) -> str:
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


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
