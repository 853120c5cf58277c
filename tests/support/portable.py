"""A small survey as engines see it; as a program: its estimates from a Spark cluster.

`python -m tests.support.portable FOLDER OUT.json CODE...`, where FOLDER has a Parquet file for each
table.
"""

import json
import sys
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from usga_indicators.domain.codebook import skip_rules
from usga_indicators.domain.incremental import estimates_from
from usga_indicators.domain.portable import PortableScan, Run
from usga_indicators.domain.tabulation import CellEstimate
from usga_indicators.storage.extract_tables import UNANSWERED, UNIT, Tables

from tests.support.surveys import definitions, known, people, tables_of

AREAS = {"s01": "north", "s02": "north", "s03": "south", "s99": "alone"}
DRAWN = {"s01": 9, "s02": 3, "s99": 1}


def joined(tables: Tables) -> dict[str, pa.Table]:
    """Open and sealed answers of interviews in one table, and rows of incidents in another."""
    sealed = tables["interviews.s3"]
    names = ["#unanswered_s3" if n == UNANSWERED else n for n in sealed.column_names]
    interviews = tables["interviews"].join(sealed.rename_columns(names), UNIT)
    return {"interviews": interviews, "inc": tables["inc"]}


@lru_cache(maxsize=1)
def survey() -> Tables:
    """400 interviews with everything odd in them."""
    return tables_of(people(400))


@lru_cache(maxsize=2)
def table(name: str = "interviews") -> Any:
    """The shape of the interviews, or of the incidents, without them."""
    return ibis.table(ibis.Schema.from_pyarrow(joined(tables_of([]))[name].schema), name=name)


SCAN = PortableScan(
    known(), skip_rules(), (UNANSWERED, "#unanswered_s3"), repeats={"inc": table("inc")}
)


def estimated(codes: list[str], run: Run) -> list[CellEstimate]:
    """What an engine makes of these definitions, or of all that are portable."""
    chosen = SCAN.portable(table(), definitions(*codes))
    return estimates_from(SCAN.statistics(table(), chosen, AREAS, run), DRAWN)


def told(found: list[CellEstimate]) -> list[Any]:
    """Estimates as JSON carries them."""
    return [[e.definition.code, asdict(e.cell), asdict(e.estimate)] for e in found]


def main(folder: Path, out: Path, codes: list[str]) -> None:
    """Start a cluster, estimate on it, write."""
    from tools.spark.cluster import running
    from tools.spark.session import runner, session

    with running() as cluster, session(cluster.url) as spark:
        found = estimated(
            codes, runner(spark, **{path.stem: path for path in folder.glob("*.parquet")})
        )
    out.write_text(json.dumps(told(found)), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
