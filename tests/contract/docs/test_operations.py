"""docs/operations.md knows every metric, log field and event; its snippets run (S-13)."""

import ast
import asyncio
import logging
import os
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from usga_assessment.settings import Settings
from usga_assessment.storage.keys import Keyring
from usga_shared.auth.actors import Actor
from usga_shared.clock import SystemClock
from usga_shared.database.engine import Database
from usga_shared.http.app import build_app
from usga_shared.http.metrics import Metrics
from usga_shared.settings import ServiceSettings

from tests.support.apps import asgi_client
from tests.support.collecting import SERVICE_TOKEN
from tools.docs import commands

PAGE = Path("docs/operations.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
CODE = [Path("shared/usga_shared"), *Path("services").iterdir()]


@asynccontextmanager
async def nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


class Nobody:
    async def authenticate(self, token: str) -> Actor | None:
        return None


def app(folder: Path) -> FastAPI:
    settings = ServiceSettings(
        _env_file=None,
        database_url=f"sqlite+aiosqlite:///{folder}/test.db",
        service_token=SecretStr("s" * 32),
    )
    return build_app(
        service="test",
        title="t",
        version="1",
        settings=settings,
        lifespan=nothing,
        database=Database(settings.database_url),
        clock=SystemClock(),
        authenticator=Nobody(),
    )


def test_every_metric_is_described() -> None:
    metrics = Metrics()
    named = {metric.name for metric in metrics.registry.collect()}
    assert named
    assert [name for name in named if f"| `{name}` |" not in PAGE] == []


def test_only_the_module_of_metrics_makes_metrics() -> None:
    makers = [
        str(path)
        for part in CODE
        for path in part.rglob("*.py")
        if "prometheus_client" in path.read_text()
    ]
    assert makers == ["shared/usga_shared/usga_shared/http/metrics.py"]


async def test_every_field_of_the_canonical_line_is_described(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    served = app(tmp_path)

    @served.get("/broken")
    async def broken() -> None:
        raise RuntimeError

    with caplog.at_level(logging.INFO, logger="usga.request"):
        async with asgi_client(served) as client:
            await client.get("/broken")
    (line,) = [record for record in caplog.records if record.name == "usga.request"]
    fields = set(vars(line)) - PLAIN
    assert {"request_id", "stack"} <= fields
    assert [name for name in fields if f"`{name}`" not in PAGE] == []


def events() -> set[str]:
    """Every text that some code logs, directly or through a `_note` of its own."""
    found: set[str] = set()
    for path in (path for part in CODE for path in part.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and logs(node.func):
                found |= texts(node.args)
    return found


def logs(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        logger = isinstance(function.value, ast.Name) and function.value.id == "_log"
        return logger and function.attr in LEVELS | {"log"}
    return isinstance(function, ast.Name) and function.id == "_note"


def texts(nodes: list[ast.expr]) -> set[str]:
    parts = (part for node in nodes for part in ast.walk(node))
    return {p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)}


def test_every_event_is_described() -> None:
    found = events()
    assert {"request", "joined_transaction_failed", "report_job_waits"} <= found
    assert [event for event in found if f"`{event}`" not in PAGE] == []
    described = re.findall(r"^\| `([a-z_]+)` \| (?:info|warning|error) \|", PAGE, re.MULTILINE)
    assert set(described) == found - {"request"}


async def run(snippet: str, folder: Path, **environment: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        snippet,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()


async def test_a_backup_of_a_file_in_use_is_whole(tmp_path: Path) -> None:
    snippet = next(each for each in SNIPPETS if "VACUUM INTO" in each)
    writer = sqlite3.connect(tmp_path / "assessment.db")
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE kept (n INTEGER)")
    writer.executemany("INSERT INTO kept VALUES (?)", [(n,) for n in range(100)])
    writer.commit()
    await run(snippet, tmp_path)
    writer.close()
    copy = sqlite3.connect(tmp_path / "backup.db")
    assert copy.execute("SELECT count(*) FROM kept").fetchone() == (100,)
    copy.close()


def test_commands_that_are_named_exist() -> None:
    named = set(re.findall(r"`(usga-[a-z]+) ([a-z-]+)`", PAGE))
    known = {
        (program, name)
        for program, parser in commands.programs().items()
        for name in commands.subcommands(parser)
    }
    assert ("usga-assessment", "restored") in named
    assert named - known == set()


async def test_a_rotated_receipt_key_stays_beside_the_old_one(tmp_path: Path) -> None:
    (before,) = Keyring(tmp_path / "keys").receipt_keys()
    assert "\n```\nusga-assessment rotate-receipt-key\n```\n" in PAGE
    await run(
        "from usga_assessment.cli import main; main(['rotate-receipt-key'])",
        tmp_path,
        USGA_ASSESSMENT_KEY_DIR=str(tmp_path / "keys"),
        USGA_ASSESSMENT_SERVICE_TOKEN=SERVICE_TOKEN,
    )
    kept = Keyring(tmp_path / "keys").receipt_keys()
    assert len(kept) == 2
    assert kept[0].kid == before.kid


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"USGA_ASSESSMENT_([A-Z_]+)", PAGE))
    assert named <= {name.upper() for name in Settings.model_fields}
