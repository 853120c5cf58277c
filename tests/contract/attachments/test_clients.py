"""Clients of tus that others wrote send files; they and the server are killed; nothing is lost."""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.support.attaching import STREAM, TUS, File, metadata, recording
from tests.support.loopback import plain_client
from tests.support.postgres import PostgresDatabases
from tests.support.upload_server import UploadServer, serving

HERE = Path(__file__).parent / "clients"
MODULES = Path(os.environ.get("USGA_TUS_CLIENT") or "var/tus-client").resolve()
SIZE = 4_000_000
KILLS = int(os.environ.get("USGA_TEST_UPLOAD_KILLS", "4"))


def missing_node() -> str:
    """Why tus-js-client cannot run here; empty when it can."""
    if shutil.which("node") is None:
        return "Node is absent"
    if not (MODULES / "node_modules" / "tus-js-client").is_dir():
        return "tus-js-client is absent: `make setup-node` installs it into var/tus-client"
    return ""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UploadServer]:
    """One server for each database: each test pushes an interview and files of its own."""
    if request.param == "sqlite":
        yield request.getfixturevalue("upload_server")
        return
    databases: PostgresDatabases = request.getfixturevalue("_postgres")
    name = databases.create("assessment")
    with serving(databases.url(name), tmp_path_factory.mktemp("upload-server")) as running:
        yield running
    databases.drop(name)


class Sender:
    """One client program and one file, sent again and again until it is through."""

    def __init__(
        self, kind: str, server: UploadServer, folder: Path, file: File, of: UUID
    ) -> None:
        self.kind = kind
        path = folder / f"{file.sha256}.ogg"
        path.write_bytes(file.content)
        self.job: dict[str, Any] = {
            "endpoint": server.endpoint,
            "headers": server.credential,
            "path": str(path),
            "memory": str(folder / f"memory-{kind}.json"),
            "chunk": 500_000,
            "modules": str(MODULES),
            "fingerprint": file.sha256,
            "retryDelays": None,
            "metadata": {
                "submission": str(of), "name": file.name, "sha256": file.sha256,
                "type": file.type,
            },
        }  # fmt: skip

    def start(self, **changes: Any) -> subprocess.Popen[bytes]:
        program = {
            "tuspy": [sys.executable, str(HERE / "send_with_tuspy.py")],
            "tus-js-client": ["node", str(HERE / "send_with_tus_js.mjs")],
        }[self.kind]
        return subprocess.Popen(
            [*program, json.dumps({**self.job, **changes})],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
        )

    def send(self, **changes: Any) -> None:
        process = self.start(**changes)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said.decode()


@pytest.fixture(params=["tuspy", "tus-js-client"])
def kind(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if name == "tus-js-client" and (why := missing_node()):
        pytest.skip(why)
    return name


class TestClients:
    def test_files_are_kept_byte_for_byte_also_when_either_side_is_killed(
        self, server: UploadServer, tmp_path: Path, kind: str
    ) -> None:
        whole, cut, again = (
            File("s.ogg", recording(SIZE, seed=seed), "audio/ogg", "story") for seed in range(3)
        )
        before = server.staged_bytes()
        of = server.push(whole)
        Sender(kind, server, tmp_path, whole, of).send()
        assert server.kept(of) == whole.content

        of = server.push(cut)
        sender = Sender(kind, server, tmp_path, cut, of)
        process = sender.start(pause=0.3)
        assert server.until(lambda: server.staged_bytes() > before + 600_000)
        process.kill()
        process.communicate()
        assert server.kept(of) is None
        assert 600_000 < server.staged_bytes() - before < SIZE
        sender.send()
        assert server.kept(of) == cut.content

        of = server.push(again)
        sender = Sender(kind, server, tmp_path, again, of)
        process = sender.start(pause=0.1, retries=60, retryDelays=[500] * 120)
        assert server.until(lambda: server.staged_bytes() > before + 600_000)
        server.kill()
        server.start()
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said.decode()
        assert server.kept(of) == again.content

    @pytest.mark.slow
    def test_a_killed_server_goes_on_where_it_was(
        self, server: UploadServer, tmp_path: Path, kind: str
    ) -> None:
        rng = random.Random(7)
        broken, before = 0, server.staged_bytes()
        for round_ in range(KILLS):
            file = File("s.ogg", recording(SIZE, seed=round_), "audio/ogg", "story")
            of = server.push(file)
            sender = Sender(kind, server, tmp_path, file, of)
            limit = rng.randrange(10_000, SIZE)
            process = sender.start(chunk=SIZE if round_ % 2 else 300_000, pause=0.02)
            server.until(
                lambda at=limit, one=process: (  # type: ignore[misc]
                    server.staged_bytes() >= before + at or one.poll() is not None
                )
            )
            server.kill()
            process.communicate(timeout=120)
            broken += process.returncode != 0
            held = server.staged_bytes()
            server.start()
            sender.send()
            assert server.kept(of) == file.content, (round_, held)
            assert server.staged_bytes() == before
        assert broken  # otherwise nothing was killed in time

    def test_each_client_s_own_ways_are_understood(
        self, server: UploadServer, tmp_path: Path, kind: str
    ) -> None:
        """Checksums of tuspy; the first bytes within tus-js-client's announcement."""
        file = File("s.ogg", recording(90_000), "audio/ogg", "story")
        of = server.push(file)
        changes = {"checksum": True} if kind == "tuspy" else {"duringCreation": True}
        Sender(kind, server, tmp_path, file, of).send(**changes)
        assert server.kept(of) == file.content


class TestSockets:
    def test_a_patch_without_credentials_leaves_no_byte(self, server: UploadServer) -> None:
        file = File("s.ogg", recording(SIZE), "audio/ogg", "story")
        of, before = server.push(file), server.staged_bytes()
        sender = Sender("tuspy", server, server.folder, file, of)
        said = {"Upload-Length": str(SIZE), "Upload-Metadata": metadata(of, file)}
        begun = server.http.post(server.endpoint, headers={**TUS, **server.credential, **said})
        upload = server.origin + begun.headers["location"]
        for credential in ({}, {"Authorization": "Bearer usgad_" + "x" * 43}):
            try:
                answer = server.http.patch(
                    upload,
                    content=file.content,
                    headers={**TUS, **STREAM, "Upload-Offset": "0", **credential},
                )
            except httpx.TransportError:
                continue  # the answer came while the body was still being written
            assert answer.status_code == 401
        assert server.staged_bytes() == before
        head = server.http.head(upload, headers={**TUS, **server.credential})
        assert head.headers["upload-offset"] == "0"
        sender.send()
        assert server.kept(of) == file.content

    def test_others_are_served_while_uploads_hang(self, server: UploadServer) -> None:
        file = File("s.ogg", recording(SIZE), "audio/ogg", "story")
        of = server.push(file)
        said = {"Upload-Length": str(SIZE), "Upload-Metadata": metadata(of, file)}
        begun = server.http.post(server.endpoint, headers={**TUS, **server.credential, **said})
        upload = server.origin + begun.headers["location"]
        release = threading.Event()

        def trickling() -> Iterator[bytes]:
            yield file.content[:1000]
            release.wait(10)
            yield file.content[1000:2000]

        headers = {**TUS, **STREAM, **server.credential, "Upload-Offset": "0"}

        def hang() -> None:
            with plain_client() as http:
                try:
                    http.patch(upload, content=trickling(), headers=headers, timeout=20)
                except httpx.TransportError:
                    return

        threads = [threading.Thread(target=hang) for _ in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        slowest = 0.0
        for _ in range(20):
            began = time.monotonic()
            server.http.get(f"{server.origin}/health/ready", timeout=5).raise_for_status()
            slowest = max(slowest, time.monotonic() - began)
        release.set()
        for thread in threads:
            thread.join()
        assert slowest < 1.0
