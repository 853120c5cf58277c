"""A centre in a process of its own that may be killed, with somebody who invites."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from usga_assessment.operations.hub.enrol_hub import invite_hub
from usga_assessment.operations.issue_credential import issue_credential
from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.hub.register import Hubs
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.clock import SystemClock
from usga_shared.database.engine import Database

from tests.support.attaching import FILES_FORM
from tests.support.collecting import HERE, SERVICE_TOKEN, add_form, bearer, seed
from tools.launcher.ports import free_port
from tools.launcher.process import Child, answers


@dataclass(frozen=True, slots=True)
class CentreProcess:
    """The assessment service of a centre; `process` can be killed and started again."""

    process: Child
    origin: str
    supervisor: str

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """As the supervisor."""
        async with httpx.AsyncClient(base_url=self.origin, trust_env=False, timeout=60) as http:
            return await http.request(method, path, headers=bearer(self.supervisor), **options)

    async def code(self, path: str, **asked: object) -> str:
        """A one-time code for a hub or a tablet."""
        invited = await self.call("POST", path, json=asked)
        assert invited.status_code == 201, invited.text
        return str(invited.json()["code"])


@asynccontextmanager
async def centre_process(url: str, folder: Path) -> AsyncIterator[CentreProcess]:
    """Started over a database that has the tables; its assessment collects."""
    token, _ = await seeded(url)
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    settings = {
        "DATABASE_URL": url, "SERVICE_TOKEN": SERVICE_TOKEN, "DATA_DIR": str(folder / "data"),
        "KEY_DIR": str(folder / "keys"), "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    options = [
        "--factory", "usga_assessment.app:create_app", "--host", "127.0.0.1", "--port", str(port),
        "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    process = Child(
        name="centre",
        command=[sys.executable, "-m", "uvicorn", *options],
        log=folder / "centre.log",
        healthy=answers(f"{origin}/health/ready"),
        environment={**os.environ, **{f"USGA_ASSESSMENT_{n}": v for n, v in settings.items()}},
        directory=folder,
    )
    try:
        await asyncio.to_thread(process.start, 120.0)
        yield CentreProcess(process, origin, token)
    finally:
        process.stop()


async def seeded(
    url: str, *, files: bool = False, hubs: Sequence[str] = ()
) -> tuple[str, dict[str, str]]:
    """An assessment that collects, with a form that asks for files or not.

    Answers a supervisor's token, and a one-time code for each of these hubs.
    """
    database, now = Database(url, pool=1), SystemClock().now()
    await seed(database, state="collecting")
    codes: dict[str, str] = {}
    async with database.write() as session:
        if files:
            await add_form(session, FILES_FORM.encode())
        for name in hubs:
            codes[name], _ = await invite_hub(
                Hubs(session), assessments=[HERE], devices=None, label=name, by="test", now=now,
                life=timedelta(days=1),
            )  # fmt: skip
        token, _ = await issue_credential(
            Credentials(session),
            kind=ActorKind.PERSON,
            name="supervisor",
            grants={HERE: frozenset({Role.SUPERVISOR})},
            by="test",
            now=now,
            expires_at=now + timedelta(days=1),
        )
    await database.close()
    return token, codes
