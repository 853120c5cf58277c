"""What a solver prints in C never mixes with what a command says."""

import subprocess
import sys

NOISY = """
import ctypes, os, sys
from usga_indicators.cli.own_stdout import own_stdout
libc = ctypes.CDLL(None)
with own_stdout():
    libc.printf(b"from C\\n")
    os.write(1, b"from a descriptor\\n")
    sys.stdout.write("result\\n")
sys.stdout.write("after\\n")
"""


def ran(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )


def test_standard_output_holds_the_commands_words_alone() -> None:
    outcome = ran(NOISY)
    assert outcome.stdout == "result\nafter\n"
    assert sorted(outcome.stderr.splitlines()) == ["from C", "from a descriptor"]


def test_without_it_the_noise_is_there() -> None:
    outcome = ran(NOISY.replace("with own_stdout():", "if True:"))
    assert "from C" in outcome.stdout
