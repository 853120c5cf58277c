"""The assessment service as a process of its own that can be killed, with an interview in it."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import insert
from usga_assessment.storage.tables.field import CredentialGrantRow, CredentialRow
from usga_shared.auth.credentials import TokenKind, hash_token, make_token
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7

from tests.support.attaching import FILES_FORM, File, with_files
from tests.support.collecting import DEVICE, HERE, NOW, SERVICE_TOKEN, add_form, seed
from tests.support.loopback import plain_client
from tools.launcher.gateway import gateway, make_folder
from tools.launcher.ports import free_port

READY = 120.0


@dataclass
class UploadServer:
    """Starts on the same port and data each time, so that clients find their uploads again."""

    database_url: str
    folder: Path
    port: int = field(default_factory=free_port)
    device: str = field(default_factory=lambda: make_token(TokenKind.DEVICE))
    supervisor: str = field(default_factory=lambda: make_token(TokenKind.PERSONAL))
    process: subprocess.Popen[bytes] | None = None
    http: httpx.Client = field(default_factory=plain_client)
    _pushed: int = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        return f"{self.origin}/v1/sync/attachments"

    def prepare(self) -> None:
        """The assessment, its form, and credentials of a tablet and a supervisor."""
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        database = Database(self.database_url)
        await seed(database, state="collecting")
        async with database.write() as session:
            await add_form(session, FILES_FORM.encode())
            for kind, token, subject, role in (
                ("device", self.device, DEVICE, "enumerator"),
                ("person", self.supervisor, "supervisor-1", "supervisor"),
            ):
                id_ = uuid7(NOW)
                await session.exec(
                    insert(CredentialRow).values(
                        id=id_, kind=kind, token_hash=hash_token(token), name="test",
                        subject=subject, created_at=NOW, created_by="test",
                        expires_at=NOW + timedelta(days=3650),
                    )
                )  # fmt: skip
                await session.exec(
                    insert(CredentialGrantRow).values(
                        credential_id=id_, assessment=HERE, role=role
                    )
                )
        await database.close()

    def start(self) -> None:
        """Listen, and answer."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "uvicorn", "--factory", "usga_assessment.app:create_app",
                    "--port", str(self.port), "--log-level", "warning",
                ],
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "USGA_ASSESSMENT_DATABASE_URL": self.database_url,
                    "USGA_ASSESSMENT_SERVICE_TOKEN": SERVICE_TOKEN,
                    "USGA_ASSESSMENT_DATA_DIR": str(self.folder / "data"),
                    "USGA_ASSESSMENT_KEY_DIR": str(self.folder / "keys"),
                },
            )  # fmt: skip
        until = time.monotonic() + READY
        while True:
            try:
                self.http.get(f"{self.origin}/health/ready", timeout=2).raise_for_status()
            except httpx.HTTPError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is flushed."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """End it, and what talked to it."""
        self.kill()
        self.http.close()

    def push(self, file: File) -> UUID:
        """An interview that names the file; its id."""
        self._pushed += 1
        one = with_files(file, seq=self._pushed)
        answer = self.http.post(
            f"{self.origin}/v1/sync/submissions",
            content=one.line + b"\n",
            headers=self.credential | {"Content-Type": "application/x-ndjson"},
            timeout=30,
        )
        answer.raise_for_status()
        return one.id

    @property
    def credential(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.device}"}

    def kept(self, submission: UUID) -> bytes | None:
        """The file of an interview as a supervisor downloads it; None: it is missing."""
        path = f"{self.origin}/v1/submissions/{submission}/attachments"
        who = {"Authorization": f"Bearer {self.supervisor}"}
        listing = self.http.get(path, headers=who).raise_for_status()
        (listed,) = listing.json()["items"]
        if listed["state"] != "kept":
            return None
        whole = self.http.get(f"{path}/{listed['id']}", headers=who, timeout=60)
        return whole.raise_for_status().content

    def until(self, condition: Callable[[], bool], *, seconds: float = 20.0) -> bool:
        """Whether it became true in time."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def staged_bytes(self) -> int:
        """Sealed bytes of what is coming in, as the disk has them."""
        coming = self.folder / "data" / "attachments" / "coming"
        return sum(part.stat().st_size for part in coming.glob("*.part"))


@contextlib.contextmanager
def serving(database_url: str, folder: Path) -> Iterator[UploadServer]:
    """A server over a database that has the tables, and a folder."""
    server = UploadServer(database_url, folder)
    server.prepare()
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def behind_the_gateway(server: UploadServer, folder: Path) -> Iterator[str]:
    """The address of a gateway whose services are all this server."""
    port = free_port()
    names = ("ASSESSMENT", "INDICATORS", "REPORTS")
    addresses = {f"USGA_{name}_ADDRESS": f"127.0.0.1:{server.port}" for name in names}
    make_folder(folder, {"USGA_GATEWAY_LISTEN": f"127.0.0.1:{port}", **addresses})
    nginx = gateway(folder, f"http://127.0.0.1:{port}", folder / "log")
    nginx.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        nginx.stop()
