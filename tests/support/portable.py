"""A small survey as engines see it; as a program: its estimates from a Spark cluster.

`python -m tests.support.portable FOLDER OUT.json CODE...`, where FOLDER has a Parquet file for each
table; with a table `given` of weights, groups and errors of replicates are worked out, too.
"""

import json
import random
import sys
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from usga_indicators.domain.codebook import skip_rules
from usga_indicators.domain.definition.model import Weight
from usga_indicators.domain.incremental import estimates_from
from usga_indicators.domain.portable import (
    PortableEstimates,
    PortableReplicates,
    PortableScan,
    Run,
    beside,
    weighed,
)
from usga_indicators.domain.tabulation import CellEstimate
from usga_indicators.domain.tabulation.groups import WASHINGTON
from usga_indicators.domain.tabulation.spread import ReplicateRule
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


@lru_cache(maxsize=1)
def groups() -> Tables:
    """200 interviews that tell of every group, with what is missing of each."""
    rng = random.Random(56)
    items = people(200, psus=4)
    for item in items:
        answers = item["answers"]
        answers |= {
            name: rng.choice(["none", "none", "none", "lot", "ref"]) for name in WASHINGTON
        }
        answers |= {
            "settlement": rng.choice(["formal", "informal", "mixed", "village"]),
            "edu": rng.choice(["none", "lower_sec", "upper_sec", "tertiary", "dk"]),
            "birthplace": rng.choice(["here", "abroad", "ref"]),
            "ethnic_lang": rng.choice(["main", "swahili", "other_country", "other", "ref"]),
        }
        if answers.get("priv_ok_i") == "yes":
            answers |= {"priv_ok_j": "yes", "cg_child": "yes", "n_elig": 1}
            item["s3"] |= {
                "cd_sex": rng.choice(["female", "male"]),
                "cd_acts": rng.choice(["shout", "explain"]),
            }
    return tables_of(items)


def weight_set(tables: Tables, *, replicates: int = 0) -> pa.Table:
    """Other weights for most of the interviews, and replicates of them, by pseudonym."""
    rng = np.random.default_rng(56)
    names = tables["interviews"][UNIT].to_pylist()
    count = len(names)
    own = {"w_person": rng.uniform(0.5, 9, count), "w_household": rng.uniform(0.5, 5, count)}
    drawn = {
        f"{kind}{number}": own[f"w_{word}"] * rng.integers(0, 3, count)
        for kind, word in (("p", "person"), ("h", "household"))
        for number in range(replicates)
    }
    return pa.table({UNIT: names, **own, **drawn}).slice(0, count - 5)


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


#: Replicate weights of `weight_set` by weight, and how they vary.
REPLICATES = PortableReplicates(
    {w: [f"{w.value[0]}{n}" for n in range(7)] for w in (Weight.PERSON, Weight.HOUSEHOLD)},
    ReplicateRule(0.4, np.linspace(0.5, 1, 7), mse=True),
)


def reweighed(given: ibis.Schema) -> Any:
    """The shape of the interviews with the weights and the replicates of a set."""
    own = ibis.table(given, name="given")
    names = [name for some in REPLICATES.columns.values() for name in some]
    return beside(weighed(table(), own), own, names)


def told(found: list[CellEstimate]) -> list[Any]:
    """Estimates as JSON carries them."""
    return [[e.definition.code, asdict(e.cell), asdict(e.estimate)] for e in found]


def main(folder: Path, out: Path, codes: list[str]) -> None:
    """Start a cluster, estimate on it, write."""
    from tools.spark.cluster import running
    from tools.spark.session import runner, session

    with running() as cluster, session(cluster.url) as spark:
        run = runner(spark, **{path.stem: path for path in folder.glob("*.parquet")})
        given = folder / "given.parquet"
        if given.exists():
            every = PortableEstimates(SCAN, AREAS, DRAWN, replicates=REPLICATES)
            shape = reweighed(ibis.Schema.from_pyarrow(pq.read_schema(given)))
            found = every.of(shape, definitions(*codes), run)
        else:
            found = estimated(codes, run)
    out.write_text(json.dumps(told(found)), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
