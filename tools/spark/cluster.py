"""One master and two workers on loopback, for as long as a `with` block."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOME = Path("var/spark")
WORKERS = 2
_PATIENCE = 300.0
_LOOPBACK = "127.0.0.1"


class Absent(RuntimeError):
    """Java or Spark is not installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: the address for drivers, and the processes behind it."""

    url: str
    processes: tuple[int, ...]


def require() -> None:
    """Raise Absent unless Java (17 or later) and Spark are here."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise Absent("there is no Java: install a JRE 17 or set JAVA_HOME")
    if not (HOME / "pyspark" / "bin" / "spark-class").is_file():
        raise Absent("there is no Spark in var/spark: run make setup-spark")


def importable() -> None:
    """Let this process import pyspark."""
    require()
    if str(HOME.resolve()) not in sys.path:
        sys.path.append(str(HOME.resolve()))
    os.environ["SPARK_HOME"] = str((HOME / "pyspark").resolve())
    os.environ["SPARK_LOCAL_IP"] = _LOOPBACK


@contextlib.contextmanager
def running(*, memory: str = "1g", cores: int = 1) -> Iterator[Cluster]:
    """Start a cluster whose workers have `memory` and `cores` each, and stop it. Raises Absent."""
    require()
    with tempfile.TemporaryDirectory(prefix="usga-spark-") as folder:
        here = Path(folder)
        port, web = _free_port(), _free_port()
        url = f"spark://{_LOOPBACK}:{port}"
        master = ("master.Master", "--port", str(port), "--webui-port", str(web))
        worker = ("worker.Worker", "--cores", str(cores), "--memory", memory)
        started: list[subprocess.Popen[bytes]] = []
        try:
            started.append(_start(here, "master", *master))
            _wait(web, started, workers=0)
            for number in range(WORKERS):
                place = ("--webui-port", str(_free_port()), "--work-dir", str(here / f"w{number}"))
                started.append(_start(here, f"worker{number}", *worker, *place, url))
            _wait(web, started, workers=WORKERS)
            yield Cluster(url, tuple(process.pid for process in started))
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                _end(process)


def _start(here: Path, name: str, what: str, *arguments: str) -> subprocess.Popen[bytes]:
    home = (HOME / "pyspark").resolve()
    log = (here / f"{name}.log").open("wb")
    with log:
        return subprocess.Popen(
            [
                str(home / "bin" / "spark-class"),
                f"org.apache.spark.deploy.{what}",
                "--host",
                _LOOPBACK,
                *arguments,
            ],
            env={
                **os.environ,
                "SPARK_HOME": str(home),
                "SPARK_LOCAL_IP": _LOOPBACK,
                "SPARK_DAEMON_MEMORY": "512m",
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(web: int, started: list[subprocess.Popen[bytes]], *, workers: int) -> None:
    """Until the master says that so many workers are alive."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in started):
            raise RuntimeError("a process of the cluster has ended")
        if _alive(web) >= workers:
            return
        time.sleep(0.3)
    raise TimeoutError("the cluster did not start")


def _alive(web: int) -> int:
    """How many workers the master knows; -1 while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{_LOOPBACK}:{web}/json/", timeout=5) as answer:
            return int(json.load(answer)["aliveworkers"])
    except (OSError, ValueError):
        return -1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])
