"""`make run` as a person meets it: the whole demonstration, Ctrl-C, and a second start."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tools.launcher.ports import free_port

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


class Run:
    """The launcher as a child; its output as it comes."""

    def __init__(self, home: Path, port: int) -> None:
        self.begun = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.launcher", "--home", str(home), "--port", str(port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output += line

    def await_invitation(self, seconds: float) -> float:
        """Seconds until the addresses were printed."""
        while "Ctrl-C stops everything" not in self.output:
            assert self._process.poll() is None, self.output
            assert time.monotonic() - self.begun < seconds, self.output
            time.sleep(0.05)
        return time.monotonic() - self.begun

    def interrupt(self) -> int:
        """Ctrl-C; the exit status."""
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(timeout=60)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status


def published(origin: str) -> bytes:
    """Everything that the public can read of the release, as one digest."""
    with httpx.Client(base_url=origin, trust_env=False) as http:
        release = http.get("/v1/releases").json()["items"][0]["id"]
        cells = http.get("/v1/observations", params={"release": release, "format": "csv"})
        return hashlib.sha256(release.encode() + cells.content).digest()


def test_a_newcomer_sees_the_whole_product_and_a_second_start_changes_nothing(
    tmp_path: Path,
) -> None:
    home, port = tmp_path / "var", free_port()
    origin = f"http://127.0.0.1:{port}"
    first = Run(home, port)
    first.await_invitation(240)
    before = published(origin)
    for command in re.findall(r"^    (curl .*)$", first.output, re.MULTILINE):
        done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, command
        assert b"/problems/" not in done.stdout, command
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert first.interrupt() == 0
    assert "SYNTHETIC" in first.output

    second = Run(home, port)
    seconds = second.await_invitation(60)
    assert published(origin) == before
    assert second.interrupt() == 0
    assert seconds < 15, "the budget is 5 s on a quiet machine"
