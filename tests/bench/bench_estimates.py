"""840 estimates with standard errors from Parquet, against hand-written DuckDB SQL.

20 indicators x 42 cells (12 settlements, 2 sexes, 4 age bands, settlement x sex). Both start from
the same file and end with value, SE and design effect in numpy. The reference does no missing
counts, no skips and no definitions: the SQL is written out for these 20 questions.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from usga_indicators.domain.codebook import Frame, codebook_of, frame_of, skip_rules
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.definition import Definition, MissingPolicy, Weight, catalogue
from usga_indicators.domain.definition.names import variables_of
from usga_indicators.domain.estimation import Breakdown, Estimate, Measure, estimate_cells
from usga_indicators.domain.estimation.statistic import Statistic
from usga_indicators.domain.tabulation import prepare
from usga_indicators.domain.tabulation.estimates import design_of
from usga_indicators.storage.extract_tables import (
    UNANSWERED,
    Tables,
    empty_tables,
    interviews_of,
    text_columns,
)

from tests.bench.harness import Row, median_seconds
from tests.support.indicators import outline

FloatArray = NDArray[np.float64]
INTERVIEWS = 100_000
STRATA, PSUS = 12, 16
CODES = (
    "PER-01 PER-02 PER-04 PER-07 COH-02 COH-03 POL-01 POL-02 POL-03 POL-04 POL-06 FLO-01 FLO-03 "
    "FLO-05 FLO-06 GOV-02 GOV-03 GOV-05 SVC-06 VIC-04"
)
YES = {
    "PER-01": "vsafe safe", "PER-02": "vsafe safe", "PER-04": "vsafe safe", "PER-07": "very fairly",
    "COH-02": "sa a", "COH-03": "sa a", "POL-01": "lot some", "POL-02": "lot some",
    "POL-03": "lot some", "POL-04": "daily weekly", "POL-06": "vgood good",
    "FLO-01": "daily weekly", "FLO-03": "yes", "FLO-05": "veasy easy", "FLO-06": "yes",
    "GOV-02": "yes", "GOV-03": "yes", "GOV-05": "vgood good", "SVC-06": "vlikely likely",
    "VIC-04": "yes",
}  # fmt: skip
#: The four bands of the budget's row.
AGES = (18, 30, 45, 60, 200)


def definitions() -> list[Definition]:
    """The twenty indicators."""
    return [d for d in catalogue() if d.code in CODES.split()]


def layout() -> Layout:
    """Their variables, and what cells need."""
    names = {n for d in definitions() for n in variables_of(d)}
    return Layout.of(codebook_of([outline()]), names | {"sex", "age"})


def write(path: Path, size: int) -> None:
    """Synthetic interviews: nobody's answers."""
    draw = np.random.default_rng(7)
    known = codebook_of([outline()])
    stratum = draw.integers(0, STRATA, size)
    psu = stratum * PSUS + draw.integers(0, PSUS, size)
    columns: dict[str, Any] = {
        "#unit": np.char.mod("%032d", np.arange(size)),
        "#version": np.full(size, "2026.1.0"),
        "#disposition": np.full(size, "1.1"),
        "#stratum": np.char.mod("s%02d", stratum),
        "#psu": np.char.mod("p%03d", psu),
        "#area": np.char.mod("a%02d", stratum),
        "#fpc_psu": np.full(size, 40.0),
        "#w_household": draw.uniform(10, 60, size),
        UNANSWERED: [None] * size,
    }
    columns["#w_person"] = columns["#w_household"] * draw.integers(1, 5, size)
    for variable in layout().variables:
        if variable.is_numeric:
            columns[variable.name] = draw.integers(18, 90, size).astype(np.float64)
        else:
            choices = np.array(known[variable.name].choices)
            columns[variable.name] = choices[draw.integers(0, len(choices), size)]
    schema = empty_tables(layout())["interviews"].schema
    pq.write_table(
        pa.table([pa.array(columns[f.name], f.type) for f in schema], schema=schema),
        path,
        compression="zstd",
    )


def engine(path: Path) -> list[list[list[Estimate]]]:
    """What the service does between the file and its estimates."""
    tables: Tables = empty_tables(layout())
    tables["interviews"] = pq.read_table(
        path, read_dictionary=text_columns(layout(), None, s3=False)
    )
    raw = interviews_of(tables, layout())
    names = [v.name for v in layout().variables]
    frame = frame_of(raw, codebook_of([outline()]), names, skip_rules())
    prepared = [prepare(d, frame) for d in definitions()]
    measures = [
        Measure(Statistic.PROPORTION, p.numerators[:, 0], p.denominators[:, 0]) for p in prepared
    ]
    return estimate_cells(design_of(frame, Weight.PERSON), measures, breakdowns(frame))


def breakdowns(frame: Frame) -> list[Breakdown]:
    """The 42 cells."""
    strata = frame.stratum.codes
    sex = np.array([{"female": 0, "male": 1}[x] for x in frame.columns["sex"].levels])[
        frame.columns["sex"].codes
    ]
    numbers = frame.columns["age"].numbers
    assert numbers is not None
    age = np.searchsorted(np.array(AGES), numbers, side="right") - 1
    return [
        Breakdown(strata, STRATA),
        Breakdown(sex, 2),
        Breakdown(age, len(AGES) - 1),
        Breakdown(strata * 2 + sex, STRATA * 2),
    ]


def by_hand(path: Path) -> dict[str, FloatArray]:
    """One pass of SQL to the finest groups, then additions and small matrices."""
    sums: list[str] = []
    for d in definitions():
        (name,) = variables_of(d)
        yes = ", ".join(f"'{c}'" for c in YES[d.code].split())
        everybody = d.missing_policy is MissingPolicy.INCLUDE
        known = "true" if everybody else f"{name} not in ('dk','ref','na')"
        sums.append(f"sum(w) filter ({name} in ({yes})), sum(w) filter ({known})")
    bands = " ".join(f"when age < {high} then {place}" for place, high in enumerate(AGES[1:]))
    query = f"""
        select psu, sex, case {bands} end as band, {", ".join(sums)}
        from (select * exclude ("#psu"), cast("#psu"[2:] as integer) as psu, "#w_person" as w
              from read_parquet('{path}'))
        group by all
    """
    found = duckdb.connect().sql(query).fetchnumpy()
    values = np.stack([np.ma.filled(c, 0.0) for c in list(found.values())[3:]], axis=1)
    psu, settlement = found["psu"], found["psu"] // PSUS
    sex = (found["sex"] == "male").astype(int)
    cells = {"settlement": settlement, "sex": sex, "age": found["band"]}
    cells["both"] = settlement * 2 + sex
    return {
        f"{name} {cell}": _cell_by_hand(psu[codes == cell], values[codes == cell])
        for name, codes in cells.items()
        for cell in np.unique(codes)
    }


def _cell_by_hand(psu: Any, values: FloatArray) -> FloatArray:
    sums = np.zeros((STRATA * PSUS, values.shape[1]))
    np.add.at(sums, psu, values)
    y, x = sums[:, 0::2], sums[:, 1::2]
    share = y.sum(0) / x.sum(0)
    z = ((y - share * x) / x.sum(0)).reshape(STRATA, PSUS, -1)
    centred = z - z.mean(axis=1, keepdims=True)
    return np.stack([share, np.sqrt(PSUS / (PSUS - 1) * (centred**2).sum(axis=(0, 1)))])


def rows() -> Iterable[Row]:
    """The budget's first line of estimates."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interviews.parquet"
        write(path, INTERVIEWS)
        ours, theirs = engine(path), by_hand(path)
        assert sum(len(cells) for cells in ours) == len(theirs) == 42
        _same(ours, theirs)
        yield Row(
            what=f"840 estimates with SE, {INTERVIEWS:,} interviews",
            database="Parquet",
            figure=median_seconds(lambda: engine(path)),
            unit="s",
            budget="0.35 s; 1.5 x the reference",
            reference="hand-written DuckDB SQL",
            reference_figure=median_seconds(lambda: by_hand(path)),
        )


def _same(ours: list[list[list[Estimate]]], theirs: dict[str, FloatArray]) -> None:
    """Both lines compute the same numbers."""
    mine = sorted(round(e.value, 9) for cells in ours for cell in cells for e in cell)
    hand = sorted(round(float(v), 9) for pair in theirs.values() for v in pair[0])
    assert np.allclose(mine, hand, atol=1e-8)
    mine = sorted(e.se for cells in ours for cell in cells for e in cell)
    hand = sorted(float(v) for pair in theirs.values() for v in pair[1])
    assert np.allclose(mine, hand, rtol=1e-6)
