"""What the programs that read deploy/ say of it: the compose client, the Dockerfile's linter.

`make deploy-tools` fetches both; without them these tests are skipped.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.launcher.ports import free_port
from tools.launcher.postgres import find_binaries, throwaway_server

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
FETCHED = ROOT / "var" / "deploy-tools" / "bin"
SERVICES = ("assessment", "indicators", "reports")


def found(name: str) -> str | None:
    """A program on PATH, else the one that `make deploy-tools` fetched."""
    return shutil.which(name) or shutil.which(name, path=str(FETCHED))


def compose_client() -> list[str]:
    """`docker compose`, else `docker-compose`; the compose specification needs the second one."""
    commands = [[docker, "compose"] for docker in [found("docker")] if docker]
    commands += [[alone] for alone in [found("docker-compose")] if alone]
    for command in commands:
        asked = subprocess.run(
            [*command, "version", "--short"], capture_output=True, text=True, check=False
        )
        version = asked.stdout.strip().removeprefix("v")
        if asked.returncode == 0 and int(version.partition(".")[0] or 0) >= 2:
            return command
    pytest.skip("no compose client of version 2 or later: make deploy-tools")


@pytest.fixture(scope="module")
def understood(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The file as the client understands it, with merges and variables resolved."""
    folder = tmp_path_factory.mktemp("compose")
    client = compose_client()
    shutil.copytree(DEPLOY, folder / "deploy")
    for file in (folder / "deploy" / "env").glob("*.example"):
        shutil.copyfile(file, file.with_suffix(""))
    done = subprocess.run(
        [*client, "-f", "deploy/compose.yaml", "config", "--format", "json"],
        cwd=folder,
        env={**os.environ, "USGA_HTTPS_PORT": "9443"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower(), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert Path(document["services"]["assessment"]["build"]["context"]) == folder
    return document


class TestComposeClient:
    def test_it_leaves_nothing_out(self, understood: dict[str, Any]) -> None:
        written = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
        for kind in ("services", "networks", "volumes"):
            assert understood[kind].keys() == written[kind].keys()
        for name, service in understood["services"].items():
            assert service["read_only"] is True, name
            assert set(service["networks"]) == set(written["services"][name]["networks"]), name
            assert service["environment"], name

    def test_a_migration_is_awaited_and_not_repeated(self, understood: dict[str, Any]) -> None:
        services = understood["services"]
        for name in SERVICES:
            migration = services[f"migrate-{name}"]
            assert migration["restart"] == "no"
            assert migration["image"] == services[name]["image"] == f"usga-{name}"
            assert migration["build"]["args"] == services[name]["build"]["args"]
            assert migration["environment"].keys() >= {f"USGA_{name.upper()}_DATABASE_URL"}
            assert "postgresql" not in str(migration["command"])  # nor the password in it
            assert services[name]["depends_on"] == {
                f"migrate-{name}": {
                    "condition": "service_completed_successfully",
                    "required": True,
                }
            }

    def test_the_ports_can_be_chosen(self, understood: dict[str, Any]) -> None:
        ports = understood["services"]["gateway"]["ports"]
        assert {(p["published"], p["target"]) for p in ports} == {("80", 8080), ("9443", 8443)}


class TestDatabaseHealth:
    def test_a_server_that_only_initialises_is_not_healthy(self, tmp_path: Path) -> None:
        """The image's first start runs a server on the socket alone, then stops it again."""
        written = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
        kind, command = written["services"]["postgres"]["healthcheck"]["test"]
        assert kind == "CMD-SHELL"
        port = free_port()
        with throwaway_server() as server:
            socket = Path(server.url("postgres").partition("host=")[2]) / ".s.PGSQL.5432"
            (tmp_path / f".s.PGSQL.{port}").symlink_to(socket)
            environment = {
                "PATH": f"{find_binaries()}:{os.environ['PATH']}",
                "POSTGRES_USER": "usga",
                "PGHOST": str(tmp_path),
                "PGPORT": str(port),
            }
            there = subprocess.run(
                ["pg_isready"], env=environment, capture_output=True, check=False
            )
            asked = subprocess.run(
                ["sh", "-c", command.replace("$$", "$")],
                env=environment,
                capture_output=True,
                check=False,
            )
        assert there.returncode == 0, there.stdout
        assert asked.returncode != 0, asked.stdout


class TestDockerfileLinter:
    def test_it_finds_nothing(self) -> None:
        hadolint = found("hadolint")
        if hadolint is None:
            pytest.skip("no hadolint: make deploy-tools")
        done = subprocess.run(
            [hadolint, "--no-color", str(DEPLOY / "Dockerfile")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
