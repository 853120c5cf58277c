"""What running processes cost, as the kernel counts it (Linux; elsewhere nothing is known)."""

import os
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """A process and all that came of it."""
    try:
        lists = [f.read_text() for f in (_PROC / str(pid) / "task").glob("*/children")]
    except OSError:
        return [pid]
    return [
        pid,
        *(below for text in lists for child in text.split() for below in family(int(child))),
    ]


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time of processes and of what came of them, ended children included."""
    ticks = 0
    for pid in {member for each in pids for member in family(each)}:
        try:
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def proportional_bytes(pids: Iterable[int]) -> int:
    """Memory of processes with each page that several share counted in parts (PSS)."""
    total = 0
    for pid in {member for each in pids for member in family(each)}:
        try:
            lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def memory_bytes(pids: Iterable[int], figure: str = "VmRSS") -> dict[int, int]:
    """A figure of /proc/PID/status by process: `VmRSS` now, `VmHWM` the highest so far."""
    found: dict[int, int] = {}
    for pid in {member for each in pids for member in family(each)}:
        try:
            lines = (_PROC / str(pid) / "status").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            if line.startswith(f"{figure}:"):
                found[pid] = int(line.split()[1]) * 1024
    return found
