"""A body that is too large is told so each time, through nginx and straight: never a reset."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.upload_server import UploadServer
from tools.launcher.gateway import gateway, make_folder
from tools.launcher.ports import free_port

FORM = ("/v1/assessments/KE-MATHARE-2026/instruments", "text/csv", 10_500_000)
PUSH = ("/v1/sync/submissions", "application/x-ndjson", 2 * 2**20 + 1)
OFTEN = 20


@pytest.fixture
def database_kind() -> str:
    return "sqlite"  # a refused body reaches no database


@pytest.fixture
def server(assessment_db_url: str, tmp_path: Path) -> Iterator[UploadServer]:
    running = UploadServer(assessment_db_url, tmp_path)
    running.prepare()
    try:
        running.start()
        yield running
    finally:
        running.kill()


@pytest.fixture
def origin(server: UploadServer, tmp_path: Path) -> Iterator[str]:
    port, folder = free_port(), tmp_path / "gateway"
    names = ("ASSESSMENT", "INDICATORS", "REPORTS")
    addresses = {f"USGA_{name}_ADDRESS": f"127.0.0.1:{server.port}" for name in names}
    make_folder(folder, {"USGA_GATEWAY_LISTEN": f"127.0.0.1:{port}", **addresses})
    nginx = gateway(folder, f"http://127.0.0.1:{port}", folder / "log")
    nginx.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        nginx.stop()


def test_every_oversized_body_is_answered_413(origin: str, server: UploadServer) -> None:
    for address in (origin, server.origin):
        for path, kind, size in (FORM, PUSH):
            body, headers = b"x" * size, {"Content-Type": kind, **server.credential}
            answers = [
                httpx.post(f"{address}{path}", content=body, headers=headers, timeout=30)
                for _ in range(OFTEN)
            ]
            assert [answer.status_code for answer in answers] == [413] * OFTEN
            types = {answer.json()["type"].rpartition("/")[2] for answer in answers}
            assert types == {"content-too-large"}
