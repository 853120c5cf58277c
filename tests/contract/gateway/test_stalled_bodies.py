"""A body that stalls is given up: in the time that the protocol says, and without an answer."""

import re
import socket
import time
from pathlib import Path

from usga_shared.http.limits import LEAST, PATIENCE

from tests.support.upstream import echo_service
from tools.launcher.gateway import SOURCE, gateway, make_folder
from tools.launcher.ports import free_port

_TIMEOUT = re.compile(r"client_body_timeout (\d+)s;")


def test_gateway_service_and_protocol_agree_how_long_a_body_may_stall() -> None:
    page = Path("docs/protocol/sync.md").read_text("utf-8")
    said = re.search(r"it lives while (\d+) KiB comes in (\d+) seconds", page)
    configured = _TIMEOUT.search((SOURCE / "conf" / "http.conf").read_text())
    assert said is not None
    assert configured is not None
    assert (int(said[1]) * 1024, int(said[2])) == (LEAST, PATIENCE)
    assert int(configured[1]) == PATIENCE


def test_the_gateway_closes_on_a_stalled_body_without_a_word(tmp_path: Path) -> None:
    port = free_port()
    with echo_service("assessment") as address:
        services = {f"USGA_{n}_ADDRESS": address for n in ("ASSESSMENT", "INDICATORS", "REPORTS")}
        make_folder(tmp_path, {"USGA_GATEWAY_LISTEN": f"127.0.0.1:{port}", **services})
        conf = tmp_path / "conf" / "http.conf"
        conf.write_text(_TIMEOUT.sub("client_body_timeout 1s;", conf.read_text()))
        nginx = gateway(tmp_path, f"http://127.0.0.1:{port}", tmp_path / "log")
        nginx.start()
        try:
            said, waited = _stall(port)
        finally:
            nginx.stop()
    assert said == b""
    assert waited < 5


def _stall(port: int) -> tuple[bytes, float]:
    """What is answered to half a push, and after how many seconds."""
    head = (
        b"POST /v1/sync/submissions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer usgad_x\r\n"
        b"Content-Type: application/x-ndjson\r\nContent-Length: 5000\r\n\r\n"
    )
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head + b"x" * 2000)
        try:
            said = connection.recv(4096)
        except ConnectionResetError:
            said = b""
    return said, time.monotonic() - began
