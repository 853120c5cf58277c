"""Hostile files end in findings within 5 s and 300 MiB, measured in a process of its own.

One process serves all the files, as the service does, and forks for each: so that the memory of
each is its own, and a crash or a hang would be seen.
"""

import multiprocessing
import os
import resource
import time
from multiprocessing.connection import Connection
from typing import Any

import pytest
from usga_assessment.domain.xlsform.compiler import compile_form

from tests.unit.assessment.xlsform.hostile import ACCEPTED, FILES

SECONDS = 5
BYTES = 300 * 1024 * 1024


def _compile(data: bytes, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (4 * SECONDS, 4 * SECONDS))
    before = _resident()
    form = compile_form(data)
    grown = max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before)
    codes = [(f.severity.value, f.code, bool(f.hint)) for f in form.findings]
    answer.send((form.refused, time.process_time(), grown, codes))
    answer.close()
    os._exit(0)  # nothing of the parent's is closed twice


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123 - no file to keep
        return int(stream.read().split()[1]) * resource.getpagesize()


def judged(data: bytes) -> tuple[bool, float, int, list[tuple[str, str, bool]]]:
    """What a fresh process says: refused, seconds of its own, bytes on top, findings."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process: Any = context.Process(target=_compile, args=(data, theirs))
    process.start()
    theirs.close()
    try:
        if not ours.poll(60):
            pytest.fail("it hangs")
        found: tuple[bool, float, int, list[tuple[str, str, bool]]] = ours.recv()
    finally:
        process.kill()
        process.join()
        ours.close()
    return found


@pytest.mark.parametrize("name", FILES)
def test_it_ends_in_findings(name: str) -> None:
    refused, seconds, grown, findings = judged(FILES[name]())
    assert seconds < SECONDS, seconds
    assert grown < BYTES, grown
    assert refused is (name not in ACCEPTED), findings[:5]
    errors = [(code, hinted) for severity, code, hinted in findings if severity == "error"]
    assert bool(errors) is refused
    assert all(hinted for _, hinted in errors)
    assert "conversion-failed" not in {code for code, _ in errors}
