"""A hub on this machine: the assessment service with an upstream, over a folder of its own."""

import os
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

from usga_assessment.storage.hub.certificate import serving_files

from tools.launcher.databases import migrate
from tools.launcher.process import Child, answers
from tools.launcher.secret import kept_secret, private_folder

_LOOPBACK = "127.0.0.1"


class HubProcess:
    """Its database, keys and log are under `home`; `environment` adds settings."""

    def __init__(
        self,
        home: Path,
        *,
        centre: str,
        port: int,
        host: str = _LOOPBACK,
        code: str = "",
        name: str = "hub",
        encrypted: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home.resolve()
        shown = _LOOPBACK if host == "0.0.0.0" else host  # noqa: S104 - an address that is met
        self.origin = f"{'https' if encrypted else 'http'}://{shown}:{port}"
        self._encrypted = encrypted
        self._database = f"sqlite+aiosqlite:///{self.home}/hub.db"
        self._child = Child(
            name=name,
            command=[sys.executable, "-m", "uvicorn", *_options(host, port)],
            log=self.home / "log" / "hub.log",
            healthy=self._is_healthy,
            environment={},
            directory=self.home,
        )
        self._settings = {
            "DATABASE_URL": self._database,
            "DATA_DIR": str(self.home / "data"),
            "KEY_DIR": str(self.home / "keys"),
            "UPSTREAM": centre,
            "UPSTREAM_CODE": code,
            "HUB_NAME": name,
            **(environment or {}),
        }

    @property
    def is_enrolled(self) -> bool:
        """Whether the centre knows it already: a code is needed once."""
        return (self.home / "keys" / "hub.json").exists()

    def start(self) -> None:
        """Make folders, key and a current database; serve."""
        for name in ("", "log", "keys", "data"):
            private_folder(self.home / name)
        migrate({"assessment": self._database})
        settings = {**self._settings, "SERVICE_TOKEN": kept_secret(self.home / "keys" / "secret")}
        own = {f"USGA_ASSESSMENT_{name}": value for name, value in settings.items()}
        self._child.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **own}
        if self._encrypted and "--ssl-certfile" not in self._child.command:
            files = serving_files(self.home / "keys")
            self._child.command = [
                *self._child.command,
                "--ssl-certfile", str(files.certificate), "--ssl-keyfile", str(files.key),
            ]  # fmt: skip
        self._child.start()

    @property
    def context(self) -> ssl.SSLContext | None:
        """How this machine itself trusts it: by its own certificate, which lies here."""
        if not self._encrypted:
            return None
        context = ssl.create_default_context(
            cafile=str(serving_files(self.home / "keys").certificate)
        )
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    def _is_healthy(self) -> bool:
        return answers(f"{self.origin}/health/ready", context=self.context)()

    def restart(self) -> None:
        """Start again after it ended."""
        self._child.start()

    def stop(self) -> None:
        """Ask it to end."""
        self._child.stop()

    def kill(self) -> None:
        """SIGKILL, as a battery that is empty would."""
        self._child.kill()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._child.running

    def tail(self) -> str:
        """The end of its log."""
        return self._child.tail()


def _options(host: str, port: int) -> list[str]:
    return [
        "--factory", "usga_assessment.app:create_app", "--host", host, "--port", str(port),
        "--no-access-log", "--no-server-header", "--ws", "none", "--timeout-keep-alive", "75",
        "--timeout-graceful-shutdown", "10", "--log-level", "warning",
    ]  # fmt: skip
