"""One child process: started with a log file, awaited until healthy, stopped by its id."""

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: Health is asked of the loopback: never through a proxy of the environment.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_CHILD = str(Path(__file__).with_name("child.py"))

#: So often a process that ended by itself is started again.
RESTARTS = 5


class ProcessFailed(RuntimeError):
    """A process ended, or did not become healthy in time; the message holds its last lines."""


@dataclass
class Child:
    """A named program; `healthy` says when others may rely on it."""

    name: str
    command: Sequence[str | Path]
    log: Path
    healthy: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    directory: Path = field(default_factory=Path.cwd)
    stop_signal: signal.Signals = signal.SIGTERM
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """The process id; only a started child has one."""
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def spawn(self) -> None:
        """Start without waiting. A session of its own: Ctrl-C reaches the launcher first."""
        bound = threading.current_thread() is threading.main_thread()
        launcher = str(os.getpid() if bound else 0)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", _CHILD, launcher, *map(str, self.command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                cwd=self.directory,
                start_new_session=True,
            )

    def await_healthy(self, timeout: float = 30.0) -> None:
        """Wait until `healthy`; raise ProcessFailed when it ends or takes too long."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.running:
            if self.healthy():
                return
            time.sleep(0.02)
        state = "is not healthy" if self.running else "ended"
        raise ProcessFailed(f"{self.name} {state}:\n{self.tail()}")

    def start(self, timeout: float = 30.0) -> None:
        """Spawn and wait until healthy."""
        self.spawn()
        self.await_healthy(timeout)

    def stop(self, timeout: float = 15.0) -> None:
        """Ask it to end, insist after `timeout` seconds."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL: no warning, no cleaning up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def tail(self, characters: int = 2000) -> str:
        """The end of its log: at most so many characters, from the beginning of a line on."""
        if not self.log.exists():
            return ""
        text = self.log.read_text(errors="replace")
        kept = text[-characters:]
        if len(kept) < len(text) and text[-characters - 1] != "\n":
            kept = kept.partition("\n")[2] or kept  # the end of one long line is better than none
        return kept


def answers(url: str, *, context: ssl.SSLContext | None = None) -> Callable[[], bool]:
    """A health check: `url` answers with success; `context` trusts a certificate of its own."""
    opener = _DIRECT
    if context is not None:
        own = urllib.request.HTTPSHandler(context=context)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), own)

    def check() -> bool:
        try:
            with opener.open(url, timeout=2.0) as response:
                status: int = response.status
                return 200 <= status < 300
        except OSError:  # refused, timed out, or an error status
            return False

    return check
