"""`make bench`: every budget beside its reference line, as a table and as JSON; never a gate.

Name parts of benchmarks to run only those: `python -m tests.bench sync report`.
"""

import asyncio
import importlib
import inspect
import pkgutil
import sys
from pathlib import Path

from tests import bench
from tests.bench.harness import Row, machine, table, write


def main(wanted: list[str]) -> int:
    """Run the benchmark modules; a module that fails is said so and the others go on."""
    rows: list[Row] = []
    failed: list[str] = []
    for module in sorted(m.name for m in pkgutil.iter_modules(bench.__path__)):
        if not module.startswith("bench_") or (wanted and not any(w in module for w in wanted)):
            continue
        print(f"... {module}", file=sys.stderr, flush=True)
        try:
            made = importlib.import_module(f"tests.bench.{module}").rows()
            rows.extend(asyncio.run(made) if inspect.iscoroutine(made) else made)
        except Exception as error:  # noqa: BLE001 - the other figures are still worth having
            failed.append(f"{module}: {type(error).__name__}: {error}")
    print(machine())
    print(table(rows))
    for line in failed:
        print("FAILED", line, file=sys.stderr)
    write(rows, Path("var/bench.json"))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
