"""840 estimates with standard errors from Parquet, against hand-written DuckDB SQL.

20 indicators x 42 cells (12 settlements, 2 sexes, 4 age bands, settlement x sex). Both start from
the same file and end with value, SE and design effect in numpy. The reference does no missing
counts, no skips and no definitions: the SQL is written out for these 20 questions. A million
interviews are read in parts by two threads, whose sums are joined.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray
from usga_indicators.domain.codebook import Codebook, Frame, codebook_of, frame_of, skip_rules
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.codebook.raw import CodeArray
from usga_indicators.domain.definition import Definition, MissingPolicy, catalogue
from usga_indicators.domain.definition.names import variables_of
from usga_indicators.domain.estimation import Breakdown, Estimate
from usga_indicators.domain.incremental import (
    SufficientStatistics,
    estimates_from,
    tabulate_in_parts,
)
from usga_indicators.domain.tabulation import Cell, CellEstimate, Partition, prepare
from usga_indicators.storage.extract_tables import (
    UNANSWERED,
    UNIT,
    Tables,
    empty_tables,
    interviews_of,
    text_columns,
)

from tests.bench.harness import Row, median_seconds
from tests.support.indicators import outline

FloatArray = NDArray[np.float64]
INTERVIEWS = 100_000
MANY = 1_000_000
#: Interviews that Parquet keeps together: what engines share among cores.
ROW_GROUP = 131_072
THREADS = 2
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
NEW = 25
R_SCRIPT = """
library(survey)
d <- read.csv(commandArgs(trailingOnly = TRUE)[1], na.strings = c("NA", "nan", ""))
taken <- system.time({
  s <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
  for (g in c("settlement", "sex", "band", "both"))
    for (y in paste0("y", 1:20))
      svyby(reformulate(y), reformulate(g), s, svymean, na.rm = TRUE)
})
cat(taken[["elapsed"]], "\\n")
"""
#: The four bands of the budget's row.
AGES = (18, 30, 45, 60, 200)


@lru_cache(maxsize=1)
def definitions() -> list[Definition]:
    """The twenty indicators."""
    return [d for d in catalogue() if d.code in CODES.split()]


@lru_cache(maxsize=1)
def layout() -> Layout:
    """Their variables, and what cells need."""
    names = {n for d in definitions() for n in variables_of(d)}
    return Layout.of(codebook(), names | {"sex", "age"})


@lru_cache(maxsize=1)
def codebook() -> Codebook:
    """The questions of the survey."""
    return codebook_of([outline()])


def write(path: Path, size: int) -> None:
    """Synthetic interviews: nobody's answers."""
    draw = np.random.default_rng(7)
    known = codebook()
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
        row_group_size=ROW_GROUP,
    )


def engine(path: Path) -> list[CellEstimate]:
    """What the service does between the file and its estimates."""
    tables: Tables = empty_tables(layout())
    tables["interviews"] = pq.read_table(
        path, columns=needed(), read_dictionary=text_columns(layout(), None, s3=False)
    )
    found, _ = tabulate_in_parts(
        everywhere(),
        frame_from(tables),
        {},
        partitions_of=lambda frame, _: cells_of(frame),
    )
    return found


def engine_in_parts(path: Path) -> list[CellEstimate]:
    """The same in parts: memory for two row groups and for the sums, not for all interviews."""
    return estimates_from(sums_of(path, in_the_cells))


def in_the_cells() -> SufficientStatistics:
    """Sums for the 42 cells."""
    return SufficientStatistics(everywhere(), {}, partitions_of=lambda frame, _: cells_of(frame))


def sums_of(path: Path, empty: Callable[[], SufficientStatistics]) -> SufficientStatistics:
    """The sums of a file, made by two threads; they count who is missing and why, too."""
    groups = range(pq.ParquetFile(path).num_row_groups)
    with ThreadPoolExecutor(THREADS) as pool:
        first, *others = pool.map(
            lambda thread: sums_of_groups(path, groups[thread::THREADS], empty()),
            range(THREADS),
        )
    for other in others:
        first.join(other)
    return first


def sums_of_groups(
    path: Path, groups: Sequence[int], found: SufficientStatistics
) -> SufficientStatistics:
    """Of some row groups, added to `found`."""
    file = pq.ParquetFile(path, read_dictionary=text_columns(layout(), None, s3=False))
    for number in groups:
        table = file.read_row_group(number, columns=needed(), use_threads=False)
        tables: Tables = empty_tables(layout())
        tables["interviews"] = table
        found.add(frame_from(tables))
    return found


def needed() -> list[str]:
    """What estimates read: not pseudonyms, which only bind the tables of repeats."""
    names: list[str] = empty_tables(layout())["interviews"].column_names
    return [name for name in names if name not in {UNIT, "#area", "#fpc_psu"}]


def everywhere() -> list[Definition]:
    """The twenty indicators, each in every cell of the row."""
    return [replace(d, items=()) for d in definitions()]


def cells_of(frame: Frame) -> list[Partition]:
    """The 42 cells as parts of the interviews."""
    strata = [f"s{at:02d}" for at in range(STRATA)]
    sexes = {"F": "female", "M": "male"}
    bands = [f"Y{low}" for low in AGES[:-1]]
    stratum = _place(frame.stratum.codes, frame.stratum.levels, strata)
    sex = _place(frame.columns["sex"].codes, frame.columns["sex"].levels, list(sexes.values()))
    numbers = frame.columns["age"].numbers
    assert numbers is not None
    age = np.where(np.isnan(numbers), -1, np.searchsorted(np.array(AGES), numbers, "right") - 1)
    both = np.where((stratum < 0) | (sex < 0), -1, stratum * 2 + sex)
    return [
        Partition(None, tuple(Cell(stratum=s) for s in strata), stratum),
        Partition(None, tuple(Cell(sex=s) for s in sexes), sex),
        Partition(None, tuple(Cell(age=b) for b in bands), age),
        Partition(None, tuple(Cell(stratum=a, sex=b) for a in strata for b in sexes), both),
    ]


def _place(codes: CodeArray, levels: Sequence[str], wanted: list[str]) -> Any:
    """The place of each row's text among those wanted, -1 for none."""
    places = [wanted.index(level) if level in wanted else -1 for level in levels]
    return np.array([*places, -1], dtype=np.int64)[codes]


def frame_from(tables: Tables) -> Frame:
    """The variables of the interviews, skips and reasons told apart."""
    names = [v.name for v in layout().variables]
    raw = interviews_of(tables, layout())
    return frame_of(raw, codebook(), names, skip_rules())


def breakdowns(frame: Frame) -> list[Breakdown]:
    """The 42 cells."""
    strata = frame.stratum.wide
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
    """The budget's lines of estimates."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interviews.parquet"
        write(path, INTERVIEWS)
        ours, theirs = engine(path), by_hand(path)
        assert len(ours) == 20 * len(theirs) == 840
        _same([each.estimate for each in ours], theirs)
        yield _row(INTERVIEWS, lambda: engine(path), path, "0.35 s; 1.5 x the reference")
        yield update_row(path)
        yield from beside_r(path)
        many = Path(folder) / "many.parquet"
        write(many, MANY)
        _same([each.estimate for each in engine_in_parts(many)], by_hand(many))
        yield _row(MANY, lambda: engine_in_parts(many), many, "1.2 s; 1.5 x the reference")
        yield memory_row(many)


def _row(size: int, work: Callable[[], object], path: Path, budget: str) -> Row:
    return Row(
        what=f"840 estimates with SE, {size:,} interviews",
        database="Parquet",
        figure=median_seconds(work),
        unit="s",
        budget=budget,
        reference="hand-written DuckDB SQL",
        reference_figure=median_seconds(lambda: by_hand(path)),
    )


def update_row(path: Path) -> Row:
    """What 25 new interviews cost: their variables, the sums, and all 840 estimates anew."""
    statistics = sums_of(path, in_the_cells)
    tables: Tables = empty_tables(layout())
    dictionary = text_columns(layout(), None, s3=False)
    tables["interviews"] = pq.read_table(path, read_dictionary=dictionary).slice(100, NEW)

    def update() -> None:
        statistics.add(frame_from(tables))
        assert len(estimates_from(statistics)) == 840

    return Row(
        what=f"update of 840 estimates after {NEW} new interviews, computation",
        database="memory",
        figure=1000 * median_seconds(update, rounds=20),
        unit="ms",
        budget="under 50 ms",
        reference="32 us an interview + 0.5 ms refresh by moments",
        reference_figure=0.032 * NEW + 0.5,
    )


def memory_row(path: Path) -> Row:
    """The peak of a process that does nothing else, its libraries included."""
    program = (
        "import pathlib; from tests.bench import bench_estimates as b; "
        f"b.engine_in_parts(pathlib.Path({str(path)!r})); "
        "status = pathlib.Path('/proc/self/status').read_text(); "
        "print(status.partition('VmHWM:')[2].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return Row(
        what=f"the same, {MANY:,} interviews, peak memory",
        database="Parquet",
        figure=int(done.stdout) / 1024,
        unit="MiB",
        budget="500 MiB",
    )


def beside_r(path: Path) -> Iterable[Row]:
    """R's survey on the same numbers, where it is installed; who has none is told so."""
    probe = ["Rscript", "-e", "library(survey)"]
    found = shutil.which("Rscript") is not None
    if not found or subprocess.run(probe, check=False, capture_output=True).returncode:
        print("R with survey is not installed: no figure of it", file=sys.stderr)
        return
    tables: Tables = empty_tables(layout())
    tables["interviews"] = pq.read_table(path)
    frame = frame_from(tables)
    strata, sex, age, both = (each.cell for each in breakdowns(frame))
    columns = {"stratum": frame.stratum.codes, "psu": frame.psu.codes, "w": frame.w_person}
    columns |= {"settlement": strata, "sex": sex, "band": age, "both": both}
    columns |= {
        f"y{at}": prepare(d, frame).numerators[:, 0] for at, d in enumerate(definitions(), 1)
    }
    csv = path.with_suffix(".csv")
    pacsv.write_csv(pa.table(columns), csv)
    script = path.with_suffix(".R")
    script.write_text(R_SCRIPT, "utf-8")
    done = subprocess.run(
        ["Rscript", str(script), str(csv)], check=True, capture_output=True, text=True
    )
    yield Row(
        what=f"840 estimates with SE, {INTERVIEWS:,} interviews, beside R",
        database="Parquet",
        figure=median_seconds(lambda: engine(path)),
        unit="s",
        budget="at least 50 x faster",
        reference="R survey, from data in memory",
        reference_figure=float(done.stdout.split()[-1]),
    )


def _same(ours: Sequence[Estimate], theirs: dict[str, FloatArray]) -> None:
    """Both lines compute the same numbers."""
    mine = sorted(round(e.value, 9) for e in ours)
    hand = sorted(round(float(v), 9) for pair in theirs.values() for v in pair[0])
    assert np.allclose(mine, hand, atol=1e-8)
    mine = sorted(e.se for e in ours)
    hand = sorted(float(v) for pair in theirs.values() for v in pair[1])
    assert np.allclose(mine, hand, rtol=1e-6)
