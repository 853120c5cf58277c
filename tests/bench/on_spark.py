"""`make bench-spark`: the same estimates on one machine and on a Spark cluster on loopback.

20 indicators by stratum, sex and age from one Parquet file, whose sums and estimates are compared.
CPU seconds are of all processes of an engine; wall seconds depend on who else is at work.
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from usga_indicators.domain.codebook import skip_rules
from usga_indicators.domain.incremental import (
    SufficientStatistics,
    estimates_from,
    largest_difference,
)
from usga_indicators.domain.portable import PortableScan, sql_of
from usga_indicators.domain.tabulation import CellEstimate

from tests.bench import bench_estimates as one_machine
from tests.bench.harness import Row, machine, table, write
from tools.spark.cluster import Absent, require, running
from tools.spark.session import runner, session

SIZE = 1_000_000
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a computation took, and what came of it."""

    wall: float
    cpu: float
    estimates: list[CellEstimate]


def main(size: int) -> int:
    """Measure, compare, print; 1 where Java or Spark is absent or an engine differs."""
    try:
        require()
    except Absent as absent:
        print(absent, file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the cluster ends too
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interviews.parquet"
        one_machine.write(path, size)
        rows: list[Row] = []
        for row in measured(path, size):
            rows.append(row)
            print(f"{row.what}: {row.figure:.3g} {row.unit}", file=sys.stderr, flush=True)
    print(machine())
    print(table(rows))
    write(rows, Path("var/bench-spark.json"))
    return 0


def measured(path: Path, size: int) -> Iterable[Row]:
    """Each engine's cost, beside that of arrays."""
    shape = ibis.table(ibis.Schema.from_pyarrow(pq.read_schema(path)), name="interviews")
    scan = PortableScan(one_machine.codebook(), skip_rules())
    definitions = [replace(d, items=()) for d in one_machine.definitions()]
    yield Row("Parquet on disk", "", path.stat().st_size / 2**20, "MiB", "")

    def portable(run: Callable[[Any], pa.Table]) -> list[CellEstimate]:
        return estimates_from(scan.statistics(shape, definitions, {}, run))

    arrays = cost(lambda: by_arrays(path), (os.getpid(),))
    yield from rows_of("arrays in parts, two threads", size, arrays, arrays)
    with duckdb.connect() as connection:
        connection.read_parquet(str(path)).create_view("interviews")

        def run(query: Any) -> pa.Table:
            return connection.sql(sql_of(query, "duckdb")).to_arrow_table()

        found = cost(lambda: portable(run), (os.getpid(),), rounds=1)
        yield from rows_of("DuckDB by Ibis, two threads", size, found, arrays)
    started = time.perf_counter()
    with running() as cluster:
        yield Row("Spark: master and two workers up", "", time.perf_counter() - started, "s", "")
        started = time.perf_counter()
        with session(cluster.url) as spark:
            yield Row("Spark: session", "", time.perf_counter() - started, "s", "")
            on_spark = runner(spark, interviews=path)
            started = time.perf_counter()
            portable(on_spark)
            yield Row("Spark: first query", "", time.perf_counter() - started, "s", "")
            found = cost(lambda: portable(on_spark), cluster.processes, rounds=1)
            yield from rows_of("Spark by Ibis, two workers", size, found, arrays)


def by_arrays(path: Path) -> list[CellEstimate]:
    """As a release computes."""
    sums = one_machine.sums_of(path, lambda: SufficientStatistics(one_machine.everywhere(), {}))
    return estimates_from(sums)


def rows_of(name: str, size: int, found: Cost, arrays: Cost) -> Iterable[Row]:
    """Its wall and CPU seconds per million interviews; raises where its numbers differ."""
    difference = largest_difference(found.estimates, arrays.estimates)
    if difference > 1e-9:
        raise AssertionError(f"{name} differs by {difference}")
    for what, seconds, reference in (
        ("wall", found.wall, arrays.wall),
        ("CPU", found.cpu, arrays.cpu),
    ):
        yield Row(
            what=f"{name}: {what} per million interviews",
            database="Parquet",
            figure=seconds * 1e6 / size,
            unit="s",
            budget="",
            reference="arrays in parts",
            reference_figure=reference * 1e6 / size,
        )


def cost(
    work: Callable[[], list[CellEstimate]], processes: tuple[int, ...], *, rounds: int = 2
) -> Cost:
    """The quickest of some rounds."""
    walls: list[float] = []
    cpus: list[float] = []
    found: list[CellEstimate] = []
    for _ in range(rounds):
        started, before = time.perf_counter(), cpu_of(processes)
        found = work()
        walls.append(time.perf_counter() - started)
        cpus.append(cpu_of(processes) - before)
    return Cost(min(walls), min(cpus), found)


def cpu_of(roots: tuple[int, ...]) -> float:
    """CPU seconds of processes and of those that they started."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(folder.name)] = int(fields[1])
        ticks[int(folder.name)] = int(fields[11]) + int(fields[12])

    def is_ours(process: int) -> bool:
        while process > 1:
            if process in roots:
                return True
            process = parents.get(process, 0)
        return False

    return float(np.sum([t for process, t in ticks.items() if is_ours(process)])) / _TICKS


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE))
