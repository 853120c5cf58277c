"""Processes: healthy before others rely on them, gone when their launcher is, stopped by id."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools.launcher.ports import free_port, is_free
from tools.launcher.process import Child, ProcessFailed, answers
from tools.launcher.secret import kept_secret, private_folder


def server(folder: Path, port: int) -> Child:
    return Child(
        name="files",
        command=[sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        log=folder / "log",
        healthy=answers(f"http://127.0.0.1:{port}/"),
        directory=folder,
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def running(pid: int) -> bool:
    """Alive, and not a zombie that waits for whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class TestChild:
    def test_it_is_healthy_when_start_returns_and_gone_when_stop_does(
        self, tmp_path: Path
    ) -> None:
        port = free_port()
        child = server(tmp_path, port)
        child.start()
        pid = child.pid
        assert not is_free(port)
        assert child.running
        child.stop()
        assert not alive(pid)
        assert is_free(port)

    def test_a_program_that_ends_at_once_is_a_failure_with_its_last_words(
        self, tmp_path: Path
    ) -> None:
        child = Child(
            name="broken",
            command=[sys.executable, "-c", "raise SystemExit('no database')"],
            log=tmp_path / "log",
            healthy=lambda: False,
            directory=tmp_path,
        )
        with pytest.raises(ProcessFailed, match="no database"):
            child.start()

    def test_a_killed_child_can_be_started_again(self, tmp_path: Path) -> None:
        child = server(tmp_path, free_port())
        child.start()
        first = child.pid
        child.kill()
        assert not child.running
        child.start()
        assert child.pid != first
        child.stop()

    def test_a_child_outlives_the_thread_that_started_it(self, tmp_path: Path) -> None:
        child = server(tmp_path, free_port())
        thread = threading.Thread(target=child.start)
        thread.start()
        thread.join()
        time.sleep(0.2)
        assert child.running
        child.stop()

    def test_children_do_not_outlive_a_launcher_that_was_killed(self, tmp_path: Path) -> None:
        code = (
            "import sys, time; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
            "from tools.launcher.process import Child;"
            "c = Child(name='sleep', command=['sleep', '60'], log=Path(sys.argv[2]),"
            " healthy=lambda: True); c.start(); print(c.pid, flush=True); time.sleep(60)"
        )
        root = Path(__file__).parents[3]
        launcher = subprocess.Popen(
            [sys.executable, "-c", code, str(root), str(tmp_path / "log")],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert launcher.stdout is not None
        with launcher.stdout:
            child = int(launcher.stdout.readline())
        launcher.send_signal(signal.SIGKILL)
        launcher.wait()
        deadline = time.monotonic() + 5
        while running(child) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not running(child)


class TestSecrets:
    def test_a_secret_is_made_once_and_readable_by_its_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "keys" / "token"
        first = kept_secret(path)
        assert len(first) >= 32
        assert kept_secret(path) == first
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_a_folder_that_was_open_is_closed(self, tmp_path: Path) -> None:
        (tmp_path / "keys").mkdir(mode=0o755)
        assert stat.S_IMODE(private_folder(tmp_path / "keys").stat().st_mode) == 0o700
