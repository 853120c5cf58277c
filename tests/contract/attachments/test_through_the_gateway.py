"""Uploads through nginx: bytes arrive as they are sent, refusals leave none."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.support.attaching import STREAM, TUS, File, metadata, recording
from tests.support.upload_server import UploadServer
from tools.launcher.gateway import gateway, make_folder
from tools.launcher.ports import free_port

SIZE = 4_000_000


@pytest.fixture
def database_kind() -> str:
    return "sqlite"  # the gateway does not know the difference


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
    address = f"127.0.0.1:{server.port}"
    names = ("ASSESSMENT", "INDICATORS", "REPORTS")
    addresses = {f"USGA_{name}_ADDRESS": address for name in names}
    make_folder(folder, {"USGA_GATEWAY_LISTEN": f"127.0.0.1:{port}", **addresses})
    nginx = gateway(folder, f"http://127.0.0.1:{port}", folder / "log")
    nginx.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        nginx.stop()


def begun(origin: str, server: UploadServer, of: UUID, file: File) -> str:
    said = {
        "Upload-Length": str(len(file.content)),
        "Upload-Metadata": metadata(of, file),
    }
    answer = httpx.post(
        f"{origin}/v1/sync/attachments", headers={**TUS, **server.credential, **said}, timeout=30
    )
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def test_uploads_stream_through_and_refusals_leave_nothing(
    origin: str, server: UploadServer
) -> None:
    file = File("s.ogg", recording(SIZE), "audio/ogg", "story")
    of = server.push(file, seq=1)
    upload = begun(origin, server, of, file)
    for credential, status in (({}, 401), ({"Authorization": "Bearer usgad_" + "x" * 43}, 401)):
        with contextlib.suppress(httpx.TransportError):  # the answer may come before the end
            refused = httpx.patch(
                origin + upload,
                content=file.content,
                headers={**TUS, **STREAM, "Upload-Offset": "0", **credential},
                timeout=30,
            )
            assert refused.status_code == status
            assert refused.headers["content-type"] == "application/problem+json"
    assert server.staged_bytes() == 0

    host, _, port = origin.removeprefix("http://").partition(":")
    head = "\r\n".join(
        (
            f"PATCH {upload} HTTP/1.1", f"Host: {host}", "Upload-Offset: 0",
            f"Content-Length: {SIZE}",
            *(f"{n}: {v}" for n, v in {**TUS, **STREAM, **server.credential}.items()), "", "",
        )
    )  # fmt: skip
    with socket.create_connection((host, int(port))) as link:
        link.sendall(head.encode() + file.content[:300_000])
        assert server.until(lambda: server.staged_bytes() > 200_000)  # not held back by nginx
    # and the link breaks in the middle of the request
    answer = httpx.head(origin + upload, headers={**TUS, **server.credential}, timeout=30)
    offset = int(answer.headers["upload-offset"])
    assert offset == 300_000
    done = httpx.patch(
        origin + upload,
        content=file.content[offset:],
        headers={**TUS, **STREAM, **server.credential, "Upload-Offset": str(offset)},
        timeout=60,
    )
    assert done.status_code == 204
    assert server.kept(of) == file.content

    options = httpx.options(f"{origin}/v1/sync/attachments", timeout=30)
    assert options.headers["tus-version"] == "1.0.0"
    with socket.create_connection((host, int(port))) as link:
        link.sendall(head.replace(str(SIZE), str(200 * 2**20)).encode())
        told = link.recv(4096)
    assert told.startswith(b"HTTP/1.1 413 ")
    assert b"/content-too-large" in told
