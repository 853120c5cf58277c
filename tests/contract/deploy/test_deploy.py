"""What ships: containers without privileges, every setting known, the same gateway everywhere."""

import importlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.launcher.gateway import DEVELOPMENT, find_nginx, make_folder

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
OURS = ("assessment", "indicators", "reports", "gateway")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return document


def example(name: str) -> dict[str, str]:
    lines = (DEPLOY / "env" / f"{name}.env.example").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}


class TestCompose:
    def test_every_container_is_read_only_and_without_new_privileges(
        self, compose: dict[str, Any]
    ) -> None:
        for name, service in compose["services"].items():
            assert service["read_only"] is True, name
            assert service["security_opt"] == ["no-new-privileges:true"], name

    def test_our_containers_run_as_nobody_special_and_drop_every_capability(
        self, compose: dict[str, Any]
    ) -> None:
        for name in OURS:
            service = compose["services"][name]
            assert service["user"].split(":")[0] not in ("", "0", "root"), name
            assert service["cap_drop"] == ["ALL"], name

    def test_only_the_gateway_can_be_reached(self, compose: dict[str, Any]) -> None:
        assert [n for n, s in compose["services"].items() if "ports" in s] == ["gateway"]
        assert compose["networks"]["inside"]["internal"] is True
        for name, service in compose["services"].items():
            expected = ["inside", "outside"] if name == "gateway" else ["inside"]
            assert service["networks"] == expected, name

    def test_nothing_starts_before_what_it_needs(self, compose: dict[str, Any]) -> None:
        services = compose["services"]
        assert "healthcheck" in services["postgres"]
        for name in OURS[:3]:
            waits = services[name]["depends_on"][f"migrate-{name}"]["condition"]
            assert waits == "service_completed_successfully"
            migrates = services[f"migrate-{name}"]
            assert migrates["depends_on"]["postgres"]["condition"] == "service_healthy"
            assert migrates["command"][-2:] == ["usga_shared.database.migrate", name]
            assert migrates["build"]["args"]["SERVICE"] == name
        assert {w["condition"] for w in services["gateway"]["depends_on"].values()} == {
            "service_healthy"
        }

    def test_secrets_come_from_files_that_are_not_committed(self, compose: dict[str, Any]) -> None:
        for name, service in compose["services"].items():
            for file in service["env_file"]:
                assert (DEPLOY / f"{file}.example").is_file(), name
        tracked = subprocess.run(
            ["git", "ls-files", "deploy/env"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        assert [name for name in tracked if not name.endswith(".example")] == []


class TestSettings:
    @pytest.mark.parametrize("service", OURS[:3])
    def test_the_example_names_known_settings_and_every_required_one(self, service: str) -> None:
        settings = importlib.import_module(f"usga_{service}.settings").Settings
        prefix = f"USGA_{service.upper()}_"
        given = {name.removeprefix(prefix).lower() for name in example(service)}
        assert given <= set(settings.model_fields)
        required = {n for n, field in settings.model_fields.items() if field.is_required()}
        assert required <= given
        assert example(service)[f"{prefix}SERVICE_TOKEN"] == "", "an example carries no secret"


class TestGatewayImage:
    @pytest.mark.parametrize("variant", ["plain", "tls"])
    def test_the_start_script_makes_what_the_launcher_makes(
        self, tmp_path: Path, variant: str
    ) -> None:
        if shutil.which("envsubst") is None:
            pytest.skip("no envsubst on this machine")
        values = {
            **DEVELOPMENT,
            "USGA_GATEWAY_USER": "",
            "USGA_ASSESSMENT_ADDRESS": "127.0.0.1:8081",
            "USGA_INDICATORS_ADDRESS": "127.0.0.1:8082",
            "USGA_REPORTS_ADDRESS": "127.0.0.1:8083",
            "USGA_GATEWAY_LISTEN": "127.0.0.1:18443",
            "USGA_GATEWAY_LISTEN_PLAIN": "127.0.0.1:18080",
            "USGA_GATEWAY_ACME": "/var/www/acme",
            "USGA_GATEWAY_HOST": "localhost",
            "USGA_GATEWAY_CERTIFICATE": "/nowhere.pem",
            "USGA_GATEWAY_CERTIFICATE_KEY": "/nowhere.key",
        }
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "nginx").write_text('#!/bin/sh\necho "$@"\n')
        (tmp_path / "bin" / "nginx").chmod(0o755)
        made = subprocess.run(
            ["sh", str(DEPLOY / "gateway" / "start.sh"), "-t"],
            env={
                **values,
                "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
                "USGA_GATEWAY_SOURCE": str(DEPLOY / "gateway"),
                "USGA_GATEWAY_RUN": str(tmp_path / "run"),
                "USGA_GATEWAY_VARIANT": variant,
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert made.stdout.split()[-2:] == ["nginx.conf", "-t"]
        make_folder(tmp_path / "ours", values, variant=variant)  # type: ignore[arg-type]
        for name in ("nginx.conf", "server.conf"):
            assert (tmp_path / "run" / name).read_text() == (tmp_path / "ours" / name).read_text()

    def test_an_nginx_is_at_hand(self) -> None:
        assert os.access(find_nginx(), os.X_OK)


class TestDockerfile:
    TEXT = (DEPLOY / "Dockerfile").read_text()

    def test_every_installation_is_locked_or_our_own(self) -> None:
        for line in re.findall(r"pip (?:install|wheel)[^\n&]*(?:\\\n[^\n&]*)*", self.TEXT):
            assert "--require-hashes" in line or "--no-deps" in line, line

    def test_every_source_it_copies_exists(self) -> None:
        for sources in re.findall(
            r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", self.TEXT, re.MULTILINE
        ):
            for source in sources.split():
                assert (ROOT / source).exists(), source

    def test_the_service_does_not_run_as_root(self) -> None:
        """A number, so that an orchestrator can see that it is not root."""
        stage = self.TEXT.partition(" AS service\n")[2].partition("\nFROM ")[0]
        assert re.findall(r"^USER (\S+)", stage, re.MULTILINE) == ["10001:10001"]

    def test_it_serves_the_ports_that_compose_and_gateway_expect(
        self, compose: dict[str, Any]
    ) -> None:
        start = (DEPLOY / "gateway" / "start.sh").read_text()
        for name in OURS[:3]:
            port = compose["services"][name]["build"]["args"]["PORT"]
            assert f"{name}:{port}" in start
        assert json.dumps(compose["services"]["gateway"]["ports"]).count("808") == 1
