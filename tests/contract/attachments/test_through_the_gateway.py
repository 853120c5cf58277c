"""Uploads through nginx: bytes arrive as they are sent, refusals leave none."""

import contextlib
import socket
from uuid import UUID

import httpx

from tests.support.attaching import STREAM, TUS, File, metadata, recording
from tests.support.upload_server import UploadServer

SIZE = 4_000_000


def begun(origin: str, server: UploadServer, of: UUID, file: File) -> str:
    said = {
        "Upload-Length": str(len(file.content)),
        "Upload-Metadata": metadata(of, file),
    }
    answer = server.http.post(
        f"{origin}/v1/sync/attachments", headers={**TUS, **server.credential, **said}, timeout=30
    )
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def test_uploads_stream_through_and_refusals_leave_nothing(
    gateway_origin: str, upload_server: UploadServer
) -> None:
    origin, server = gateway_origin, upload_server
    file = File("s.ogg", recording(SIZE), "audio/ogg", "story")
    of, before = server.push(file), server.staged_bytes()
    upload = begun(origin, server, of, file)
    for credential, status in (({}, 401), ({"Authorization": "Bearer usgad_" + "x" * 43}, 401)):
        with contextlib.suppress(httpx.TransportError):  # the answer may come before the end
            refused = server.http.patch(
                origin + upload,
                content=file.content,
                headers={**TUS, **STREAM, "Upload-Offset": "0", **credential},
                timeout=30,
            )
            assert refused.status_code == status
            assert refused.headers["content-type"] == "application/problem+json"
    assert server.staged_bytes() == before

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
        assert server.until(
            lambda: server.staged_bytes() > before + 200_000
        )  # not held back by nginx
    # and the link breaks in the middle of the request
    answer = server.http.head(origin + upload, headers={**TUS, **server.credential}, timeout=30)
    offset = int(answer.headers["upload-offset"])
    assert offset == 300_000
    done = server.http.patch(
        origin + upload,
        content=file.content[offset:],
        headers={**TUS, **STREAM, **server.credential, "Upload-Offset": str(offset)},
        timeout=60,
    )
    assert done.status_code == 204
    assert server.kept(of) == file.content

    options = server.http.options(f"{origin}/v1/sync/attachments", timeout=30)
    assert options.headers["tus-version"] == "1.0.0"
    with socket.create_connection((host, int(port))) as link:
        link.sendall(head.replace(str(SIZE), str(200 * 2**20)).encode())
        told = link.recv(4096)
    assert told.startswith(b"HTTP/1.1 413 ")
    assert b"/content-too-large" in told
