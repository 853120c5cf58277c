"""Definitions give the same numbers on an engine's columns (DuckDB by Ibis) as on arrays."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from usga_indicators.domain.incremental import estimates_from
from usga_indicators.domain.portable import Run, sql_of
from usga_indicators.domain.tabulation import CellEstimate, tabulate

from tests.support.portable import AREAS, DRAWN, SCAN, estimated, joined, survey, table, told
from tests.support.surveys import assert_same, definitions, frame_from
from tools.spark.cluster import Absent, require

#: What rows of repeats, several shares and quantiles leave.
LEAST = 75
#: A mean, a count of several, a union that is S3, persons of households.
SOME = ["PER-10", "INT-06", "VIO-06", "SVC-01"]


def run_on(interviews: pa.Table) -> Run:
    """DuckDB over these interviews."""

    def run(query: Any) -> pa.Table:
        with duckdb.connect() as connection:
            connection.execute("PRAGMA disable_optimizer")  # plans longer than these few rows take
            connection.register("interviews", interviews)
            return connection.sql(sql_of(query, "duckdb")).to_arrow_table()

    return run


def of_breakdowns(estimates: list[CellEstimate]) -> list[CellEstimate]:
    """Those by stratum, area, sex and age: the scan does no others."""
    return [each for each in estimates if getattr(each.cell, "subgroup", "_T") == "_T"]


def by_arrays(codes: list[str]) -> list[CellEstimate]:
    """What a release computes of the portable ones."""
    chosen = SCAN.portable(table(), definitions(*codes))
    return of_breakdowns(
        tabulate(chosen, frame_from(survey(), definitions()), AREAS, DRAWN),
    )


def test_definitions_give_the_same_estimates() -> None:
    assert_same(estimated(SOME, run_on(joined(survey()))), by_arrays(SOME))


@pytest.mark.slow
def test_so_do_all_portable_ones() -> None:
    found = estimated([], run_on(joined(survey())))
    assert_same(found, by_arrays([]))
    assert len({each.definition.code for each in found}) >= LEAST


@pytest.mark.slow
def test_a_spark_cluster_gives_the_same_estimates(tmp_path: Path) -> None:
    try:
        require()
    except Absent as absent:
        pytest.skip(str(absent))
    interviews, out = tmp_path / "interviews.parquet", tmp_path / "out.json"
    pq.write_table(joined(survey()), interviews)
    program = [sys.executable, "-m", "tests.support.portable", str(interviews), str(out), *SOME]
    subprocess.run(program, check=True, timeout=600, capture_output=True)
    wanted = told(by_arrays(SOME))
    found = json.loads(out.read_text("utf-8"))
    assert [each[:2] for each in found] == [each[:2] for each in wanted]
    for mine, theirs in zip(found, wanted, strict=True):
        assert mine[2] == pytest.approx(theirs[2], rel=1e-12, abs=1e-12, nan_ok=True), mine[:2]


@pytest.mark.parametrize("code", ["VIC-14", "SVC-02", "VIC-12"])
def test_what_needs_more_than_a_row_per_interview_is_left_to_the_arrays(code: str) -> None:
    assert SCAN.portable(table(), definitions(code)) == []


def test_nobody_has_no_estimates() -> None:
    run = run_on(joined(survey()).slice(0, 0))
    found = SCAN.statistics(table(), definitions("PER-02"), AREAS, run)
    assert estimates_from(found, DRAWN) == []
