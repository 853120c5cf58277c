"""`make hub` and the command line of a tablet: from nothing to an interview that went by a hub."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from usga_tablet.cli import main as usga_tablet

from tests.conftest import DatabaseKind
from tests.support.collecting import HERE
from tests.support.hub_village import centre_process
from tools.launcher.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
_LONGEST = 120.0


@pytest.fixture
def database_kind() -> DatabaseKind:
    return "sqlite"


async def test_a_hub_of_ones_own(
    assessment_db_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with centre_process(assessment_db_url, tmp_path) as centre:
        code = await centre.code("/v1/hubs/enrolments", assessments=[HERE], label="own")
        tablet = await centre.code("/v1/devices/enrolments", assessment=HERE, label="t1")
        hub = f"https://127.0.0.1:{free_port()}"
        command = [
            sys.executable, "-m", "tools.hub", "--centre", centre.origin, "--code", code,
            "--home", str(tmp_path / "hub"), "--port", hub.rpartition(":")[2], "--name", "own",
            "--seconds", "0.3", "--memory", str(tmp_path / "none"), "--listen", "0.0.0.0",
        ]  # fmt: skip

        def at_tablet(*arguments: str) -> str:
            status = usga_tablet(["--data-dir", str(tmp_path / "tablet"), *arguments])
            told = capsys.readouterr()
            assert status == 0, told.err
            return told.out

        await asyncio.to_thread(at_tablet, "enrol", centre.origin, tablet)
        at_tablet("collect", "--count", "3")
        with subprocess.Popen(  # noqa: ASYNC220 - it is read when it has ended
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                await asyncio.to_thread(_wait_for, hub)
                given = await asyncio.to_thread(at_tablet, "visit", hub)
                assert given.startswith("own: 3 given to carry, 0 receipted")
                freed = 0
                deadline = time.monotonic() + _LONGEST
                while freed < 3 and time.monotonic() < deadline:
                    told = await asyncio.to_thread(at_tablet, "visit", hub)
                    freed += int(told.split(" freed")[0].rpartition(" ")[2])
                assert freed == 3
                assert "carried by hub" not in at_tablet("status")
            finally:
                process.send_signal(signal.SIGTERM)
                words, _ = process.communicate(timeout=60)
        (made,) = (await centre.call("GET", "/v1/hubs")).json()["items"]
        await centre.call("POST", f"/v1/hubs/{made['id']}/revocation", json={})
        later = await asyncio.to_thread(
            subprocess.run, [*command, "--once"], cwd=ROOT, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        assert "takes nothing from this hub any more (invalid-credential)" in later.stdout
        assert "It met the centre" not in later.stdout
        assert process.returncode == 0
        assert f"The hub `own` serves at {hub}" in words
        assert "It met the centre" in words
        held = (await centre.call("GET", "/v1/submissions", params={"assessment": HERE})).json()
        assert len(held["items"]) == 3


def _wait_for(hub: str) -> None:
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{hub}/v1/hub", trust_env=False, verify=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the hub does not serve")
