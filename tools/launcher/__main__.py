"""`make run`: the whole platform on this machine, with its demonstration.

Listens on the loopback alone. Everything it makes is in one folder; remove it to begin anew.
"""

import argparse
import contextlib
import fcntl
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from tools.demo.invitation import invitation
from tools.demo.memory import complete, recall
from tools.demo.progress import Progress
from tools.launcher.databases import MigrationFailed
from tools.launcher.ports import free_port, is_free
from tools.launcher.postgres import PostgresUnavailable
from tools.launcher.process import RESTARTS, ProcessFailed
from tools.launcher.stack import ROOT, Engine, Ports, Stack


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, seed, show, and serve until Ctrl-C; the exit status."""
    given = _parse(arguments)
    home = given.home / "postgres" if given.db == "postgres" else given.home
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` outlives the terminal
        signal.signal(signal.SIGHUP, _interrupt)
    progress = Progress()
    with _alone(home), contextlib.suppress(KeyboardInterrupt):
        stack = Stack(home, ports=_ports(given.port), engine=given.db, directory=ROOT)
        try:
            return _run(stack, given, progress)
        except (PostgresUnavailable, MigrationFailed, ProcessFailed) as failed:
            raise SystemExit(f"it did not start: {failed}") from None
    progress.say("stopped")
    return 0


def _run(stack: Stack, given: argparse.Namespace, progress: Progress) -> int:
    progress.say(f"starting on {given.db}, data in {stack.home}")
    try:
        stack.start()
        progress.say(f"three services and the gateway answer at {stack.origin}")
        if not given.no_demo:
            if not complete(recall(stack)):
                _demonstrate(stack, progress)
            print(invitation(stack, recall(stack)), flush=True)
        if given.once:
            return 0
        _serve(stack, progress)
    finally:
        progress.say("stopping: gateway, services, database")
        stack.stop()
    return 0


def _demonstrate(stack: Stack, progress: Progress) -> None:
    from tools.demo.play import perform, scene_of  # noqa: PLC0415 - a second start needs no tablets

    with scene_of(stack, progress) as scene:
        perform(scene)


def _serve(stack: Stack, progress: Progress) -> None:
    """Until Ctrl-C; a process that ended by itself is started again, a few times."""
    restarts = 0
    while True:
        time.sleep(0.5)
        for name, log in stack.ended().items():
            restarts += 1
            if restarts > RESTARTS:
                raise SystemExit(f"{name} ends again and again:\n{log}")
            progress.say(f"{name} has ended; starting it again")
            stack.revive(name)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.launcher", description=__doc__)
    engines: tuple[Engine, ...] = ("sqlite", "postgres")
    parser.add_argument("--home", type=Path, default=ROOT / "var", help="folder of all data")
    parser.add_argument("--db", choices=engines, default="sqlite", help="which database serves")
    parser.add_argument("--port", type=int, default=8080, help="port of the gateway")
    parser.add_argument("--no-demo", action="store_true", help="start empty")
    parser.add_argument("--once", action="store_true", help="stop when the demonstration is made")
    return parser.parse_args(arguments)


def _ports(gateway: int) -> Ports:
    """The documented ports where they are free; a service's own port may be any other."""
    if not is_free(gateway):
        raise SystemExit(
            f"port {gateway} is in use: stop what listens there, or `make run PORT=8090`"
        )
    wanted = (gateway + 1, gateway + 2, gateway + 3)
    return Ports(gateway, *(port if is_free(port) else free_port() for port in wanted))


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One launcher per folder."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "launcher.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"another launcher already serves from {home}") from None
        yield


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
