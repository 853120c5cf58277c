"""Commands whose reader goes away, as in `| head`: they end without a word.

A shell counts 128 + SIGPIPE for a program that a closed pipe ended; so do the commands here.
"""

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec

READER_GONE = 141
P = ParamSpec("P")


def ends_quietly(command: Callable[P, int]) -> Callable[P, int]:
    """A command that answers `READER_GONE` when nobody reads what it writes any more."""

    @functools.wraps(command)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> int:
        try:
            try:
                return command(*args, **kwargs)
            finally:
                sys.stdout.flush()  # else the interpreter meets the closed pipe on its way out
        except BrokenPipeError:
            _stop_writing()
            return READER_GONE

    return quiet


def _stop_writing() -> None:
    """What is still buffered goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    finally:
        os.close(nowhere)
