"""nginx with the gateway's configuration, before services that say what reached them."""

import contextlib
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import httpx
import pytest

from tests.support.loopback import plain_client
from tests.support.upstream import echo_service
from tools.launcher.gateway import gateway, make_folder
from tools.launcher.ports import free_port


@contextlib.contextmanager
def running(folder: Path, *, variant: str = "plain", **values: str) -> Iterator[str]:
    port = free_port()
    with contextlib.ExitStack() as stack:
        for name in ("assessment", "indicators", "reports"):
            if f"USGA_{name.upper()}_ADDRESS" not in values:
                address = stack.enter_context(echo_service(name))
                values[f"USGA_{name.upper()}_ADDRESS"] = address
        make_folder(folder, {"USGA_GATEWAY_LISTEN": f"127.0.0.1:{port}", **values})
        origin = f"http://127.0.0.1:{port}"
        nginx = gateway(folder, origin, folder / "log")
        nginx.start()
        try:
            yield origin
        finally:
            nginx.stop()


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("gateway")) as address:
        yield address


@pytest.fixture(scope="session")
def http(origin: str) -> Iterator[httpx.Client]:
    with plain_client(base_url=origin, trust_env=False) as client:
        yield client


PLAIN = b"HTTP/1.1\r\nHost: x\r\n"


def raw(origin: str, request: bytes) -> tuple[int, Message, bytes]:
    """Send bytes that no client library would send; status, headers and body of the answer."""
    connection = HTTPConnection(origin.removeprefix("http://"), timeout=10)
    with contextlib.closing(connection):
        connection.connect()
        connection.sock.sendall(request)
        answer = HTTPResponse(connection.sock)
        answer.begin()
        return answer.status, answer.headers, answer.read()
