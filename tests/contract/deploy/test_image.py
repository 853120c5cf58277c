"""The service's image without a container engine: its steps run in a folder, its command serves.

Every RUN of the stage `wheels` runs as it stands, with the image's absolute folders moved below a
temporary one. What came out is migrated and served by the commands of compose.yaml and the
Dockerfile, and the image's own health check must find it. Slow: it installs from the lock.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tools.launcher.ports import free_port
from tools.launcher.secret import private_folder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
SERVICES = ("assessment", "indicators", "reports")


def stage(name: str) -> list[tuple[str, str]]:
    """The instructions of one stage, continued lines joined, comments left out."""
    text = DOCKERFILE.partition(f" AS {name}\n")[2].partition("\nFROM ")[0]
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    pairs = (line.partition(" ") for line in text.splitlines() if line.strip())
    return [(instruction, rest.strip()) for instruction, _, rest in pairs]


class Image:
    """A folder that stands for the image's root."""

    def __init__(self, home: Path, service: str) -> None:
        self.home, self.service = home, service
        self.environment = {
            "PATH": f"{home / 'tools' / 'bin'}:{os.environ['PATH']}",
            "HOME": str(home),
            "SERVICE": service,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        }

    def moved(self, command: str) -> str:
        """The same command below our folder."""
        return re.sub(r"(?<![\w.])/(opt/usga|wheels)\b", rf"{self.home}/\1", command)

    def run(self, command: str, folder: Path) -> None:
        done = subprocess.run(
            ["sh", "-e", "-c", self.moved(command)],
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"

    def build(self) -> None:
        """The stage `wheels`: copy and run, in its order."""
        folder = self.home / "build"
        folder.mkdir()
        subprocess.run([sys.executable, "-m", "venv", self.home / "tools"], check=True)
        for instruction, rest in stage("wheels"):
            if instruction == "COPY":
                source, target = rest.split()
                shutil.copytree(ROOT / source, folder / target)
            elif instruction == "RUN":
                self.run(rest, folder)
        shutil.copytree(ROOT / "migrations", self.home / "opt" / "usga" / "migrations")


@pytest.fixture(scope="module", params=SERVICES)
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Image:
    made = Image(tmp_path_factory.mktemp(f"image-{request.param}"), request.param)
    made.build()
    return made


def test_it_holds_one_service_and_no_installer(image: Image) -> None:
    site = next((image.home / "opt" / "usga" / "lib").glob("python3*/site-packages"))
    assert [s for s in SERVICES if (site / f"usga_{s}").is_dir()] == [image.service]
    assert not (site / "pip").exists()
    assert not (site / "pytest").exists()


def test_it_migrates_serves_and_is_healthy(image: Image) -> None:
    port, prefix = free_port(), f"USGA_{image.service.upper()}_"
    instructions = dict(stage("service"))
    data = image.home / "var"
    for folder in (data, data / "data", data / "keys"):
        private_folder(folder)
    environment = {
        "PATH": f"{image.home / 'opt' / 'usga' / 'bin'}:/usr/bin:/bin",
        "USGA_MIGRATIONS_DIR": str(image.home / "opt" / "usga" / "migrations"),
        "USGA_SERVICE": image.service,
        "USGA_PORT": str(port),
        f"{prefix}DATABASE_URL": f"sqlite+aiosqlite:///{data / 'data.db'}",
        f"{prefix}SERVICE_TOKEN": "a-token-of-this-test-0123456789abcdef",
        f"{prefix}DATA_DIR": str(data / "data"),
        f"{prefix}KEY_DIR": str(data / "keys"),
        f"{prefix}ASSESSMENT_URL": "http://127.0.0.1:9",
        f"{prefix}INDICATORS_URL": "http://127.0.0.1:9",
    }
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    migrate = [
        p.replace("$$", "$") for p in compose["services"][f"migrate-{image.service}"]["command"]
    ]
    subprocess.run(migrate, env=environment, cwd=data, check=True, capture_output=True)
    check = json.loads(instructions["HEALTHCHECK"].partition("CMD ")[2])
    with (image.home / "served.log").open("wb") as log:
        server = subprocess.Popen(
            json.loads(instructions["CMD"]), env=environment, cwd=data, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while server.poll() is None and time.monotonic() < deadline:
            asked = subprocess.run(check, env=environment, capture_output=True, check=False)
            if asked.returncode == 0:
                break
            time.sleep(0.2)
        assert asked.returncode == 0, (image.home / "served.log").read_text()[-1500:]
    finally:
        server.terminate()
        status = server.wait(timeout=30)
    assert status in (0, -15), "SIGTERM reaches the server itself"
