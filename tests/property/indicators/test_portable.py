"""Definitions give the same numbers on an engine's columns (DuckDB by Ibis) as on arrays."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from usga_indicators.domain.codebook import skip_rules
from usga_indicators.domain.definition import StatisticKind
from usga_indicators.domain.incremental import estimates_from
from usga_indicators.domain.portable import PortableScan, Run, sql_of
from usga_indicators.domain.portable.scan import with_doubles
from usga_indicators.domain.tabulation import CellEstimate, tabulate

from tests.support.portable import AREAS, DRAWN, SCAN, estimated, joined, survey, table, told
from tests.support.surveys import assert_same, definitions, frame_from, known
from tools.spark.cluster import Absent, require

PAGE = Path(__file__).parents[3] / "docs" / "scale.md"
#: A mean, a count of several, a union that is S3, persons of households; sums over rows of a
#: repeat, definitions of rows, a mean of parts, a difference of shares.
SOME = ["PER-10", "INT-06", "VIO-06", "SVC-01", "VIC-09", "VIC-13", "COH-01", "PER-03"]


def run_on(tables: dict[str, pa.Table]) -> Run:
    """DuckDB over these tables."""

    def run(query: Any) -> pa.Table:
        with duckdb.connect() as connection:
            connection.execute("PRAGMA disable_optimizer")  # plans longer than these few rows take
            for name, table in tables.items():
                connection.register(name, table)
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
    left_out = {d.code for d in definitions()} - {each.definition.code for each in found}
    assert left_out == refused_by_the_page()


@pytest.mark.slow
def test_a_spark_cluster_gives_the_same_estimates(tmp_path: Path) -> None:
    try:
        require()
    except Absent as absent:
        pytest.skip(str(absent))
    out = tmp_path / "out.json"
    for name, rows in joined(survey()).items():
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    program = [sys.executable, "-m", "tests.support.portable", str(tmp_path), str(out), *SOME]
    subprocess.run(program, check=True, timeout=600, capture_output=True)
    wanted = told(by_arrays(SOME))
    found = json.loads(out.read_text("utf-8"))
    assert [each[:2] for each in found] == [each[:2] for each in wanted]
    for mine, theirs in zip(found, wanted, strict=True):
        assert mine[2] == pytest.approx(theirs[2], rel=1e-12, abs=1e-12, nan_ok=True), mine[:2]


def test_spark_reads_numbers_as_doubles() -> None:
    """It takes 0.25 for a decimal and rounds quotients: a mean of parts was off by 1e-9."""
    text = "SELECT `y0 1.5`, 0.25 * x, CASE WHEN v = '2026.1.0' THEN -3.5e-07 END, 18"
    wanted = "SELECT `y0 1.5`, 0.25D * x, CASE WHEN v = '2026.1.0' THEN -3.5e-07D END, 18"
    assert with_doubles(text) == wanted


def refused_by_the_page() -> set[str]:
    """What docs/scale.md says is not portable."""
    _, _, after = PAGE.read_text("utf-8").partition("(`PortableScan.refusal`):")
    return set(re.findall(r"`([A-Z]{3}-[0-9]{2}[a-z]?)`", after.partition("\n- ")[0]))


def test_the_page_says_what_is_not_portable() -> None:
    assert refused_by_the_page() == {
        d.code for d in definitions() if d.statistic is StatisticKind.QUANTILE
    }


def test_what_is_not_linear_is_refused_with_a_reason() -> None:
    refused = {d.code: SCAN.refusal(d, table()) for d in definitions("VIC-12", *SOME[:2])}
    said = {code: each for code, each in refused.items() if each is not None}
    assert set(said) == {"VIC-12"}
    assert said["VIC-12"].message == "a quantile needs the values themselves"
    assert said["VIC-12"].code == "not-portable"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("VIC-13", "no variable inc_area"),
        ("VIC-09", "no variable inc"),
        ("PER-02", "no variable safe_day"),
    ],
)
def test_what_the_tables_lack_is_named(code: str, message: str) -> None:
    without = PortableScan(known(), skip_rules())
    (definition,) = definitions(code)
    found = without.refusal(definition, table().drop("safe_day"))
    assert found is not None
    assert found.message == message


def test_nobody_has_no_estimates() -> None:
    run = run_on({name: table.slice(0, 0) for name, table in joined(survey()).items()})
    found = SCAN.statistics(table(), definitions("PER-02"), AREAS, run)
    assert estimates_from(found, DRAWN) == []
