"""The server of `make run DB=postgres` ends with its launcher, and one left behind is stopped."""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
#: `leave` starts the server in a thread: nothing ties it to the launcher then.
LAUNCHER = """
import sys, threading, time; from pathlib import Path; sys.path.insert(0, sys.argv[1])
from tools.launcher.postgres import PostgresServer
server = PostgresServer(Path(sys.argv[2]), durable=False)
if sys.argv[3] == "leave":
    thread = threading.Thread(target=server.start); thread.start(); thread.join()
else:
    server.start()
print(server.pid, flush=True); time.sleep(60)
"""


def killed_launcher(home: Path, how: str) -> int:
    """The process id of the server of a launcher that was killed meanwhile."""
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(ROOT), str(home), how],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert launcher.stdout is not None
    with launcher.stdout:
        pid = int(launcher.stdout.readline())
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    return pid


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the server's own account may reach."""
    folder = Path(tempfile.mkdtemp(prefix="usga-pg-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_killed_launcher_leaves_none_behind_and_the_next_one_stops_what_was_left(
    home: Path,
) -> None:
    left = killed_launcher(home, "leave")
    assert runs(left)
    tied = killed_launcher(home, "tie")
    assert not runs(left)
    deadline = time.monotonic() + 10
    while runs(tied) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not runs(tied)
