"""A line that a solver prints in C never stands in the log of a service."""

import platform
import subprocess
import sys

import pytest

NOISY = """
import ctypes, sys
from usga_indicators.operations.quiet_solvers import send_prints_of_c_to_standard_error
send_prints_of_c_to_standard_error()
libc = ctypes.CDLL(None)
libc.printf(b"from C %d\\n", 7)
libc.puts(b"put by C")
sys.stdout.write("log line\\n")
"""
GNU = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library of GNU alone")


def ran(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )


@GNU
def test_standard_output_is_python_s_alone() -> None:
    outcome = ran(NOISY)
    assert outcome.stdout == "log line\n"
    assert outcome.stderr.splitlines() == ["from C 7", "put by C"]


def test_without_it_the_noise_is_there() -> None:
    outcome = ran(NOISY.replace("send_prints_of_c_to_standard_error()\nlibc", "libc"))
    assert "from C 7" in outcome.stdout


@GNU
def test_the_service_does_it_when_it_is_made() -> None:
    code = """
import ctypes
from usga_indicators.app import create_app
from usga_indicators.settings import Settings
create_app(Settings(database_url="sqlite+aiosqlite:///never-opened.db", service_token="s" * 32))
ctypes.CDLL(None).printf(b"from C\\n")
"""
    assert "from C" not in ran(code).stdout
