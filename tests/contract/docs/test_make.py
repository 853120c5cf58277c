"""What `make` hands on to the commands behind it."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def _would_run(*arguments: str) -> str:
    """The command lines that make would run, without the environment of this test's own make."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    told = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "--old-file=.venv/.ready", *arguments],
        cwd=ROOT, env=clean, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return " ".join(told.stdout.replace("\\\n", " ").split())


@pytest.mark.parametrize(
    ("given", "handed_on"),
    [
        ([], "--centre http://127.0.0.1:8080 --port 8095 --listen 127.0.0.1"),
        (["PORT=8390"], "--centre http://127.0.0.1:8390 --port 8095 --listen 127.0.0.1"),
        (
            ["CENTRE=https://a.example", "CODE=abcd", "NAME=North hub", "LISTEN=0.0.0.0"],
            '--centre https://a.example --port 8095 --listen 0.0.0.0 --code abcd --name "North hub"',
        ),
    ],
)
def test_a_hub_gets_what_was_given_and_nothing_else(given: list[str], handed_on: str) -> None:
    assert _would_run("hub", *given).endswith(f"-m tools.hub {handed_on}")
