"""Between tablet and hub: encrypted to the hub's own key, for which the centre vouches."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from usga_assessment.cli import main as usga_assessment
from usga_assessment.hub_app import create_hub
from usga_assessment.settings import Settings
from usga_assessment.storage.hub.certificate import ServingFiles, serving_files
from usga_shared.clock import SystemClock
from usga_tablet.hub_link import HubLink, hub_link
from usga_tablet.hubs import HubReport, HubVisit, NotOurHub
from usga_tablet.link import SyncStopped

from tests.support.collecting import SERVICE_TOKEN
from tests.support.hubs import PATIENCE, FieldTablet, RunningHub, no_pause

Asgi = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


@asynccontextmanager
async def serving(app: Asgi, files: ServingFiles, port: int = 0) -> AsyncIterator[int]:
    """Over TLS on this machine; answers the port."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, lifespan="off", log_config=None,
        ssl_certfile=files.certificate, ssl_keyfile=files.key,
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it says so by a flag
        await asyncio.sleep(0.01)
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await task


@pytest.fixture
def own(hub: RunningHub) -> ServingFiles:
    return serving_files(hub.folder / "keys")


async def visit(tablet: FieldTablet, link: HubLink) -> HubReport:
    made = HubVisit(
        tablet.outbox, link.http, rng=random.Random(1), patience=PATIENCE, sleep=no_pause
    )
    made.shown = link.shown
    return await made.visit()


async def test_a_tablet_knows_its_hub_by_the_key_that_encrypts_H60(
    tablet: FieldTablet, hub: RunningHub, own: ServingFiles
) -> None:
    tablet.collect(2)
    async with serving(hub.app, own) as port, hub_link(f"https://127.0.0.1:{port}") as link:
        assert link.shown is not None
        done = await visit(tablet, link)
    assert (done.name, done.carried) == ("hub", 2)
    assert (
        own.certificate.read_bytes() == serving_files(hub.folder / "keys").certificate.read_bytes()
    )


async def test_who_stands_between_gets_nothing_H60(
    tablet: FieldTablet, hub: RunningHub, tmp_path: Path
) -> None:
    """It shows the hub's genuine certificates of the centre, over a key of its own."""
    tablet.collect(1)
    seen: list[tuple[str, str]] = []

    async def between(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        shown = dict(scope["headers"]).get(b"authorization", b"").decode()
        seen.append((scope["path"], shown))
        await hub.app(scope, receive, send)

    async with serving(between, serving_files(tmp_path / "between")) as port:
        origin = f"https://127.0.0.1:{port}"
        async with hub_link(origin) as link:
            with pytest.raises(NotOurHub):
                await visit(tablet, link)
    assert seen == [("/v1/hub", "")]
    assert tablet.outbox.carried() == {}


async def test_nobody_takes_the_hubs_place_on_an_open_link_H60(
    tablet: FieldTablet, hub: RunningHub, own: ServingFiles, tmp_path: Path
) -> None:
    tablet.collect(1)
    seen: list[str] = []

    async def other(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        await hub.app(scope, receive, send)

    async with serving(hub.app, own) as port:
        async with hub_link(f"https://127.0.0.1:{port}") as link:
            pass
        entered = hub_link(f"https://127.0.0.1:{port}")
        link = await entered.__aenter__()
    async with serving(other, serving_files(tmp_path / "other"), port):
        with pytest.raises(SyncStopped):
            await visit(tablet, link)
    await entered.__aexit__(None, None, None)
    assert seen == []


async def test_a_hubs_certificate_has_its_key_and_no_end_H60(own: ServingFiles) -> None:
    assert own.key.stat().st_mode & 0o077 == 0
    decoded = ssl._ssl._test_decode_cert(str(own.certificate))  # type: ignore[attr-defined]
    assert decoded["notAfter"].endswith("9999 GMT")
    assert decoded["notBefore"].endswith("2000 GMT")


async def test_a_link_that_is_not_encrypted_must_be_asked_for_H61() -> None:
    for address in ("http://192.0.2.1:8095", "http://hub.local:8095", "ftp://192.0.2.1", "hub"):
        with pytest.raises(SyncStopped):
            async with hub_link(address):
                pass
    async with hub_link("http://192.0.2.1:8095", plain=True) as link:
        assert link.shown is None
    async with hub_link("http://127.0.0.1:8095") as link:
        assert link.shown is None


def test_a_hub_shows_its_token_to_no_centre_on_an_open_link_H61(tmp_path: Path) -> None:
    def made(upstream: str, **more: Any) -> None:
        create_hub(
            Settings(
                _env_file=None, database_url=f"sqlite+aiosqlite:///{tmp_path}/hub.db",
                service_token=SERVICE_TOKEN, data_dir=tmp_path, key_dir=tmp_path / "keys",
                upstream=upstream, **more,
            ),
            clock=SystemClock(),
        )  # fmt: skip

    for upstream in ("http://usga.example.org", "http://10.0.0.7:8080", "usga.example.org"):
        with pytest.raises(ValueError, match="UPSTREAM must be https"):
            made(upstream)
    made("https://usga.example.org")
    made("http://127.0.0.1:8080")
    made("http://10.0.0.7:8080", upstream_plain=True)


def test_the_command_line_names_the_files_for_a_server_H60(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("USGA_ASSESSMENT_KEY_DIR", str(tmp_path))
    monkeypatch.setenv("USGA_ASSESSMENT_SERVICE_TOKEN", SERVICE_TOKEN)
    for _ in range(2):
        assert usga_assessment(["hub-certificate"]) == 0
    files = serving_files(tmp_path)
    assert capsys.readouterr().out == f"{files.certificate}\n{files.key}\n" * 2
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key)
