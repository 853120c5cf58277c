"""`usga-... | head` ends quietly: no traceback when the reader goes away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = {
    "usga_assessment": ["wording", "hvs", "--list"],
    "usga_indicators": ["--help"],
    "usga_reports": ["render", "--help"],
    "usga_tablet": ["--data-dir", "{folder}", "status"],
}


def ran(package: str, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """The command with an output that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    call = f"import sys; from {package}.cli import main; sys.exit(main(sys.argv[1:]))"
    given = [argument.replace("{folder}", str(folder)) for argument in arguments]
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    try:
        return subprocess.run(
            [sys.executable, "-c", call, *given],
            env=buffered, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writer)


@pytest.mark.parametrize("package", COMMANDS)
def test_a_reader_that_goes_away_ends_a_command_quietly(package: str, tmp_path: Path) -> None:
    outcome = ran(package, COMMANDS[package], tmp_path)
    assert (outcome.returncode, outcome.stderr) == (141, "")
