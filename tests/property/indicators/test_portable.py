"""Definitions give the same numbers on an engine's columns (DuckDB by Ibis) as on arrays."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from usga_indicators.domain.codebook import skip_rules
from usga_indicators.domain.incremental import estimates_from
from usga_indicators.domain.portable import PortableScan, Run, sql_of
from usga_indicators.domain.tabulation import CellEstimate, tabulate
from usga_indicators.storage.extract_tables import UNANSWERED, UNIT, Tables

from tests.support.surveys import assert_same, definitions, frame_from, known, people, tables_of

AREAS = {"s01": "north", "s02": "north", "s03": "south", "s99": "alone"}
DRAWN = {"s01": 9, "s02": 3, "s99": 1}
SCAN = PortableScan(known(), skip_rules(), (UNANSWERED, "#unanswered_s3"))
#: What rows of repeats, several shares and quantiles leave.
LEAST = 75


def joined(tables: Tables) -> pa.Table:
    """Open and sealed answers of interviews in one table, as an engine gets them."""
    sealed = tables["interviews.s3"]
    names = ["#unanswered_s3" if n == UNANSWERED else n for n in sealed.column_names]
    beside = sealed.rename_columns(names)
    return tables["interviews"].join(beside, UNIT)


@lru_cache(maxsize=1)
def survey() -> Tables:
    return tables_of(people(400))


TABLE = ibis.table(ibis.Schema.from_pyarrow(joined(tables_of([])).schema), name="interviews")


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


def check(codes: Sequence[str]) -> int:
    """Compare these definitions, or all; gives how many are portable."""
    chosen = SCAN.portable(TABLE, definitions(*codes))
    found = SCAN.statistics(TABLE, chosen, AREAS, run_on(joined(survey())))
    mine = estimates_from(found, DRAWN)
    theirs = tabulate(chosen, frame_from(survey(), definitions()), AREAS, DRAWN)
    assert_same(mine, of_breakdowns(theirs))
    return len(chosen)


def test_definitions_give_the_same_estimates() -> None:
    """A mean, a count of several, a union that is S3, persons of households."""
    codes = ("PER-10", "INT-06", "VIO-06", "SVC-01")
    assert check(codes) == len(codes)


@pytest.mark.slow
def test_so_do_all_portable_ones() -> None:
    assert check(()) >= LEAST


@pytest.mark.parametrize("code", ["VIC-14", "SVC-02", "VIC-12"])
def test_what_needs_more_than_a_row_per_interview_is_left_to_the_arrays(code: str) -> None:
    assert SCAN.portable(TABLE, definitions(code)) == []


def test_nobody_has_no_estimates() -> None:
    run = run_on(joined(survey()).slice(0, 0))
    found = SCAN.statistics(TABLE, definitions("PER-02"), AREAS, run)
    assert estimates_from(found, DRAWN) == []
