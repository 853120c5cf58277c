"""Groups, weight sets and replicates give the same numbers on an engine's columns as on arrays."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.definition.model import Breakdown, Weight
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.portable import (
    ErrorsNotPortable,
    PortableEstimates,
    refusal_of_errors,
    weighed,
)
from usga_indicators.domain.tabulation import CellEstimate, tabulate
from usga_indicators.domain.tabulation.analysis import Analysis, Fpc
from usga_indicators.domain.weighting.residuals import PostStratified
from usga_indicators.storage.extract_tables import UNIT, places_of

from tests.property.indicators.test_portable import run_on
from tests.support.portable import (
    AREAS,
    DRAWN,
    REPLICATES,
    SCAN,
    groups,
    joined,
    reweighed,
    table,
    told,
    weight_set,
)
from tests.support.surveys import assert_same, definitions, frame_from
from tools.spark.cluster import Absent, require

GROUPED = ["JUS-08", "VIO-12"]
#: Persons, households, a difference of shares.
WEIGHED = ["PER-02", "SVC-01", "PER-03"]


def frame() -> Frame:
    return frame_from(groups(), definitions())


def own_weights(given: pa.Table) -> tuple[Frame, dict[str, Any]]:
    """The interviews with the weights of a set, and its columns in their order."""
    known = {row[UNIT]: row for row in given.to_pylist()}
    usable, _ = places_of(groups())
    columns = {
        name: np.array([known.get(unit, {}).get(name, 0.0) for unit in usable])
        for name in given.column_names[1:]
    }
    made = frame()
    assert len(made) == len(usable)
    return replace(made, w_person=columns["w_person"], w_household=columns["w_household"]), columns


def by_arrays(codes: list[str], *, replicates: bool) -> list[CellEstimate]:
    given = weight_set(groups(), replicates=7)
    made, columns = own_weights(given)
    designs = {
        weight: ReplicateDesign(
            columns[f"w_{weight.value}"],
            np.stack([columns[name] for name in names], axis=1),
            REPLICATES.rule.scale,
            REPLICATES.rule.rscales,
            REPLICATES.rule.mse,
        )
        for weight, names in REPLICATES.columns.items()
    }
    how = Analysis(replicates=designs if replicates else {})
    return tabulate(definitions(*codes), made, AREAS, DRAWN, how)


def test_groups_give_the_estimates_that_arrays_give() -> None:
    """Of one question and of six; a list that countries replace; the sex of a child, S3."""
    some = [
        replace(d, disaggregations=kept)
        for d, kept in zip(
            definitions("JUS-08", "VIO-12"),
            [(Breakdown.DISABILITY, Breakdown.LANGUAGE), (Breakdown.CHILD_SEX,)],
            strict=True,
        )
    ]
    run = run_on(joined(groups()))
    found = PortableEstimates(SCAN, AREAS, DRAWN).of(table(), some, run)
    assert_same(found, tabulate(some, frame(), AREAS, DRAWN))
    kinds = {e.cell.subgroup.partition(":")[0] for e in found}
    assert kinds == {"_T", "disability", "language", "child_sex"}


@pytest.mark.slow
def test_every_group_gives_the_estimates_that_arrays_give() -> None:
    found = PortableEstimates(SCAN, AREAS, DRAWN).of(
        table(), definitions(*GROUPED), run_on(joined(groups()))
    )
    assert_same(found, tabulate(definitions(*GROUPED), frame(), AREAS, DRAWN))
    kinds = {e.cell.subgroup.partition(":")[0] for e in found} - {"_T"}
    assert kinds == {
        "disability", "settlement", "education", "migration", "language", "child_sex",
    }  # fmt: skip


def on_engine(given: pa.Table) -> Any:
    """DuckDB over the interviews, and a weight set beside them."""
    return run_on(joined(groups()) | {"given": given})


def of_engine(given: pa.Table) -> Any:
    return ibis.table(ibis.Schema.from_pyarrow(given.schema), name="given")


def test_a_weight_set_is_a_column_that_is_joined() -> None:
    given = weight_set(groups(), replicates=7)
    found = PortableEstimates(SCAN, AREAS, DRAWN).of(
        weighed(table(), of_engine(given)), definitions("SVC-01"), on_engine(given)
    )
    assert_same(found, by_arrays(["SVC-01"], replicates=False))


def replicated(codes: list[str]) -> list[CellEstimate]:
    given = weight_set(groups(), replicates=7)
    every = PortableEstimates(SCAN, AREAS, DRAWN, replicates=REPLICATES)
    shape = reweighed(ibis.Schema.from_pyarrow(given.schema))
    return every.of(shape, definitions(*codes), on_engine(given))


def test_replicates_are_columns_and_give_the_errors_that_arrays_give() -> None:
    found, wanted = replicated(["VIO-12"]), by_arrays(["VIO-12"], replicates=True)
    assert_same(found, wanted)
    plain = by_arrays(["VIO-12"], replicates=False)
    assert found[0].estimate.se != pytest.approx(plain[0].estimate.se)


@pytest.mark.slow
def test_so_they_do_of_households_parts_and_differences_in_every_group() -> None:
    assert_same(replicated(WEIGHED), by_arrays(WEIGHED, replicates=True))


@pytest.mark.slow
def test_a_spark_cluster_gives_the_same_groups_and_errors(tmp_path: Path) -> None:
    try:
        require()
    except Absent as absent:
        pytest.skip(str(absent))
    codes, out = ["SVC-01", "VIO-12"], tmp_path / "out.json"
    tables = joined(groups()) | {"given": weight_set(groups(), replicates=7)}
    for name, rows in tables.items():
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    program = [sys.executable, "-m", "tests.support.portable", str(tmp_path), str(out), *codes]
    subprocess.run(program, check=True, timeout=600, capture_output=True)
    wanted = told(by_arrays(codes, replicates=True))
    found = json.loads(out.read_text("utf-8"))
    assert [each[:2] for each in found] == [each[:2] for each in wanted]
    for mine, theirs in zip(found, wanted, strict=True):
        assert mine[2] == pytest.approx(theirs[2], rel=1e-12, abs=1e-12, nan_ok=True), mine[:2]


@pytest.mark.parametrize(
    ("analysis", "why"),
    [
        (
            Analysis(adjustments={Weight.PERSON: (PostStratified(np.zeros(2, int), np.ones(2), np.ones(2)),)}),
            "errors of calibrated weights rest on the margins of each interview",
        ),
        (Analysis(fpc=Fpc.TWO_STAGE), "errors within PSUs rest on each interview"),
    ],
)  # fmt: skip
def test_errors_that_no_sums_give_are_refused_with_a_reason(analysis: Analysis, why: str) -> None:
    found = refusal_of_errors(analysis)
    assert found is not None
    assert (found.code, found.message) == ("not-portable", why)
    assert found.hint
    with pytest.raises(ErrorsNotPortable, match=why):
        PortableEstimates(SCAN, analysis=analysis).of(table(), [], on_engine(weight_set(groups())))
    assert refusal_of_errors(Analysis()) is None
