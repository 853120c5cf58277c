"""The whole platform on one machine: database, three services, gateway."""

import contextlib
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from tools.launcher.databases import SERVICES, migrate, postgres_urls, sqlite_urls
from tools.launcher.gateway import ROOT, gateway, make_folder
from tools.launcher.ports import free_port
from tools.launcher.postgres import PostgresServer, server_home
from tools.launcher.process import Child, ProcessFailed, answers
from tools.launcher.secret import kept_secret, private_folder, write_private

Engine = Literal["sqlite", "postgres"]
_FOR_COMMANDS = """\
# Read it into a shell (`. FILE`), and the commands of the services meet this platform.
# It holds the secret that services share: keep it to yourself.
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each process listens on the loopback."""

    gateway: int
    assessment: int
    indicators: int
    reports: int

    @classmethod
    def free(cls) -> Self:
        """Four ports that nobody uses."""
        return cls(free_port(), free_port(), free_port(), free_port())

    def of(self, service: str) -> int:
        """The port of one service."""
        return int(getattr(self, service))


class Stack:
    """Starts everything under one folder, and stops it in order.

    `databases` names ready databases by service; without it, files under `home` serve, or with
    `engine="postgres"` a private server there. `environment` adds settings for the services;
    the assessment service runs `instances` times (`assessment`, `assessment-2`, ...).
    """

    def __init__(
        self,
        home: Path,
        *,
        ports: Ports | None = None,
        engine: Engine = "sqlite",
        databases: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        instances: int = 1,
    ) -> None:
        self.home = home.resolve()
        self.ports = ports or Ports.free()
        self.origin = f"http://127.0.0.1:{self.ports.gateway}"
        self._engine = engine
        self._directory = directory or self.home
        further = range(2, instances + 1)
        self._further = {f"assessment-{number}": free_port() for number in further}
        self._settings = dict(environment or {})
        self._given = dict(databases) if databases else None
        self._server: PostgresServer | None = None
        self.databases: dict[str, str] = {}
        self._children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Databases, migrations, services, gateway; on any failure everything is stopped."""
        try:
            self.prepare()
            self.serve()
        except BaseException:
            self.stop()
            raise

    def prepare(self) -> list[str]:
        """Make folders, secrets and current databases; answers which databases are new."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "log").mkdir(exist_ok=True)
        private_folder(self.home / "keys")
        for name in SERVICES:
            private_folder(self.home / name)
        self.databases = self._given or self._own_databases()
        lines = (
            f"export {name}={shlex.quote(value)}\n"
            for service in SERVICES
            for name, value in self._own_settings(service).items()
        )
        write_private(self.home / "keys" / "environment", _FOR_COMMANDS + "".join(lines))
        return migrate(self.databases)

    def serve(self) -> None:
        """Start the services at the same time, then the gateway."""
        for name in SERVICES:
            self._children[name] = self._service(name, self.ports.of(name))
        for name, port in self._further.items():
            self._children[name] = self._service("assessment", port, name)
        for child in self._children.values():
            child.spawn()
        for child in self._children.values():
            child.await_healthy()
        folder = self.home / "gateway"
        addresses = {
            f"USGA_{name.upper()}_ADDRESS": f"127.0.0.1:{self.ports.of(name)}" for name in SERVICES
        }
        listen = f"127.0.0.1:{self.ports.gateway}"
        more = " ".join(f"server 127.0.0.1:{p} max_fails=0;" for p in self._further.values())
        values = {**addresses, "USGA_GATEWAY_LISTEN": listen, "USGA_GATEWAY_MORE_ASSESSMENT": more}
        make_folder(folder, values)
        self._children["gateway"] = gateway(folder, self.origin, self._log("gateway"))
        self._children["gateway"].start()

    def stop(self) -> None:
        """Gateway first, so that nothing new comes in; then the services; then the database."""
        for name in reversed(list(self._children)):
            self._children.pop(name).stop()
        if self._server is not None:
            self._server.stop()
            self._server = None

    def kill(self, name: str) -> None:
        """SIGKILL one process, as a power cut would."""
        self._children[name].kill()

    def restart(self, name: str) -> None:
        """Start a process that has ended."""
        self._children[name].start()

    def pid(self, name: str) -> int:
        """The process id of a service or of the gateway."""
        return self._children[name].pid

    def pids(self) -> dict[str, int]:
        """The process ids of everything that was started, the database's own server included."""
        found = {name: child.pid for name, child in self._children.items()}
        if self._server is not None and self._server.pid is not None:
            found["postgres"] = self._server.pid
        return found

    def ended(self) -> dict[str, str]:
        """Processes that are no longer there, with the end of their logs."""
        return {n: child.tail() for n, child in self._children.items() if not child.running}

    def revive(self, name: str) -> bool:
        """Try to start an ended process again."""
        with contextlib.suppress(ProcessFailed):
            self.restart(name)
            return True
        return False

    def service_url(self, name: str) -> str:
        """The service's own address, where health, metrics and internal routes are."""
        return f"http://127.0.0.1:{self.ports.of(name)}"

    @property
    def service_token(self) -> str:
        """The shared secret of calls between the services."""
        return kept_secret(self.home / "keys" / "service-token")

    def environment(self, service: str) -> dict[str, str]:
        """Every environment variable of one service's process."""
        own = self._own_settings(service)
        return {**os.environ, "PYTHONUNBUFFERED": "1", **own, **self._settings}

    def _own_settings(self, service: str) -> dict[str, str]:
        prefix = f"USGA_{service.upper()}_"
        settings = {
            "DATABASE_URL": self.databases[service],
            "SERVICE_TOKEN": self.service_token,
            "DATA_DIR": str(self.home / service),
            "KEY_DIR": str(self.home / "keys" / service),
            "PUBLIC_URL": self.origin,
        }
        for other in SERVICES:
            if other != service:
                settings[f"{other.upper()}_URL"] = self.service_url(other)
        return {prefix + name: value for name, value in settings.items()}

    def _own_databases(self) -> dict[str, str]:
        if self._engine == "sqlite":
            return sqlite_urls(self.home)
        self._server = PostgresServer(server_home(self.home / "cluster"), durable=True)
        self._server.start()
        return postgres_urls(self._server)

    def _service(self, name: str, port: int, child: str | None = None) -> Child:
        options = [
            "--factory",
            f"usga_{name}.app:create_app",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--no-access-log",
        ]
        options += ["--no-server-header", "--ws", "none", "--timeout-keep-alive", "75"]
        options += ["--timeout-graceful-shutdown", "10", "--log-level", "warning"]
        private_folder(self.home / "keys" / name)
        return Child(
            name=child or name,
            command=[sys.executable, "-m", "uvicorn", *options],
            log=self._log(child or name),
            healthy=answers(f"http://127.0.0.1:{port}/health/ready"),
            environment=self.environment(name),
            directory=self._directory,
        )

    def _log(self, name: str) -> Path:
        return self.home / "log" / f"{name}.log"


__all__ = ["ROOT", "Engine", "Ports", "Stack"]
