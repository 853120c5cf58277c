"""Sums of interviews as bytes, and back: what a release keeps when the interviews are gone.

The bytes hold PSU names, cells and sums; no interview and no pseudonym.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from usga_indicators.domain.codebook.column import FloatArray, IntArray
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.design.codes import first_rows
from usga_indicators.domain.incremental.exact import ExactSums
from usga_indicators.domain.incremental.finish import estimates_from, psus_frame
from usga_indicators.domain.incremental.in_parts import parts_of
from usga_indicators.domain.incremental.places import Places, Psu
from usga_indicators.domain.incremental.statistics import Outline, SufficientStatistics
from usga_indicators.domain.tabulation.analysis import Analysis, one_stage
from usga_indicators.domain.tabulation.breakdowns import Cell
from usga_indicators.domain.tabulation.estimates import CellEstimate, design_of
from usga_indicators.domain.tabulation.measures import Prepared
from usga_indicators.domain.tabulation.spread import ReplicateRule, Spread, error_of, respread
from usga_indicators.domain.tabulation.tasks import Task

FORMAT = 1
_STACKED = ("totals", "present", "replicates")
#: Code of an indicator, and its cell.
Key = tuple[str, Cell]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The sums of one form, and of special analyses what each error is made of."""

    statistics: SufficientStatistics
    spreads: Mapping[Key, Spread] = field(default_factory=dict)
    rules: Mapping[str, ReplicateRule] = field(default_factory=dict)
    """Of replicates, by weight."""


def to_bytes(kept: Kept) -> bytes:
    """A compressed numpy archive with a JSON outline; the same sums give the same bytes."""
    sums = kept.statistics
    spreads = list(kept.spreads.items())
    outline = {
        "format": FORMAT,
        "psus": [list(key) for key in sums.psus.keys],
        "cells": [asdict(cell) for cell in sums.cells.keys],
        "columns": sums.columns,
        "tasks": [_task(each) for each in sums.outlines],
        "spreads": [
            {"code": code, "cell": asdict(cell), "within": spread.within}
            for (code, cell), spread in spreads
        ],
        "rules": {
            weight: {"scale": rule.scale, "rscales": rule.rscales.tolist(), "mse": rule.mse}
            for weight, rule in kept.rules.items()
        },
    }
    pairs = np.array(sums.pairs.keys, dtype=np.int64).reshape(-1, 2)
    arrays = {
        "pairs": pairs,
        "interviews_of_psu": sums.interviews_of_psu,
        "interviews_of_cell": sums.interviews_of_cell,
        "by_psu": sums.by_psu.high[: len(pairs)],
        "by_cell": sums.by_cell.high[: len(sums.cells)],
    }
    for name in _STACKED:  # one matrix each: of a release every row has the same length
        rows = [getattr(spread, name) for _, spread in spreads]
        if rows and rows[0] is not None:
            arrays[name] = np.stack(rows)
    sink = io.BytesIO()
    text = np.frombuffer(json.dumps(outline, sort_keys=True).encode(), dtype=np.uint8)
    np.savez_compressed(sink, allow_pickle=False, outline=text, **arrays)
    return sink.getvalue()


def _task(outline: Outline) -> dict[str, Any]:
    return {
        "code": outline.task.definition.code,
        "version": outline.task.definition.version,
        "item": outline.task.item,
        "parts": outline.task.data.numerators.shape[1],
        "partial": outline.task.data.partial,
        "by_psu": [outline.by_psu.start, outline.by_psu.stop],
        "by_cell": [outline.by_cell.start, outline.by_cell.stop],
    }


def from_bytes(
    content: bytes, definitions: Sequence[Definition], area_of_stratum: Mapping[str, str]
) -> Kept:
    """What `to_bytes` kept. Raises LookupError when a definition is not among `definitions`."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    outline = json.loads(arrays["outline"].tobytes())
    if outline["format"] != FORMAT:
        raise LookupError("statistics of another format")
    known = {(d.code, d.version): d for d in definitions}
    tasks = [_outline(each, known) for each in outline["tasks"]]
    used = {t["code"]: known[t["code"], t["version"]] for t in outline["tasks"]}
    sums = SufficientStatistics(list(used.values()), area_of_stratum)
    sums.outlines = tasks
    sums.columns = dict(outline["columns"])
    for stratum, psu in outline["psus"]:
        sums.psus.of((stratum, psu))
    for cell in outline["cells"]:
        sums.cells.of(Cell(**cell))
    pairs: Places[tuple[int, int]] = sums.pairs
    for psu_row, cell_row in arrays["pairs"].tolist():
        pairs.of((psu_row, cell_row))
    sums.interviews_of_psu = arrays["interviews_of_psu"]
    sums.interviews_of_cell = arrays["interviews_of_cell"]
    sums.by_psu = _sums(arrays["by_psu"])
    sums.by_cell = _sums(arrays["by_cell"])
    stacked = {name: arrays[name] for name in _STACKED if name in arrays}
    spreads = {
        (each["code"], Cell(**each["cell"])): Spread(
            within=float(each["within"]), **{n: rows[at] for n, rows in stacked.items()}
        )
        for at, each in enumerate(outline["spreads"])
    }
    rules = {
        weight: ReplicateRule(rule["scale"], np.array(rule["rscales"]), rule["mse"])
        for weight, rule in outline["rules"].items()
    }
    return Kept(sums, spreads, rules)


def _outline(plain: Mapping[str, Any], known: Mapping[tuple[str, str], Definition]) -> Outline:
    definition = known[plain["code"], plain["version"]]
    one = next(d for item, d in definition.by_item() if item == plain["item"])
    nobody = np.zeros((0, plain["parts"]))
    empty = np.zeros(0, dtype=np.int8)
    data = Prepared(nobody, nobody, empty, np.zeros(0, dtype=np.bool_), partial=plain["partial"])
    return Outline(
        Task(one, plain["item"], data), slice(*plain["by_psu"]), slice(*plain["by_cell"])
    )


def _sums(high: FloatArray) -> ExactSums:
    return ExactSums(high, np.zeros_like(high))


def keep(
    definitions: Sequence[Definition],
    frame: Frame,
    area_of_stratum: Mapping[str, str],
    found: Sequence[CellEstimate],
    *,
    drawn: Mapping[str, int],
    analysis: Analysis,
    statistics: SufficientStatistics | None = None,
) -> Kept:
    """Count the sums of a frame with its final weights; `found` are its estimates.

    `statistics` are the sums of just these definitions, where they have been counted.
    """
    if statistics is None:
        statistics = SufficientStatistics(definitions, area_of_stratum)
        for part in parts_of(frame):
            statistics.add(part)
    spreads: dict[Key, Spread] = {}
    places: dict[Weight, _Clusters] = {}
    for each in found:
        if each.spread is not None:
            weight = each.definition.weight
            if weight not in places:
                places[weight] = _Clusters.of(frame, statistics, weight, drawn, analysis)
            moved = places[weight].moved(each.spread)
            spreads[each.definition.code, each.cell] = moved
    rules = {w.value: ReplicateRule.of(r) for w, r in analysis.replicates.items()}
    return Kept(statistics, spreads, rules)


@dataclass(frozen=True, slots=True, eq=False)
class _Clusters:
    """From the PSUs of a design to those of the sums, which may be in another order."""

    target: IntArray
    size: int

    @classmethod
    def of(
        cls,
        frame: Frame,
        statistics: SufficientStatistics,
        weight: Weight,
        drawn: Mapping[str, int],
        analysis: Analysis,
    ) -> "_Clusters":
        before = design_of(frame, weight, drawn, analysis).stages[0]
        psus = psus_frame(statistics)
        after = design_of(psus, weight, drawn, one_stage(analysis)).stages[0]
        at = dict(zip(_psu_names(psus, np.arange(len(psus))), after.cluster.tolist(), strict=True))
        named = int(before.cluster.max()) + 1
        names = _psu_names(frame, first_rows(before.cluster, named))
        return cls(np.array([at[name] for name in names], dtype=np.int64), after.clusters)

    def moved(self, spread: Spread) -> Spread:
        if spread.totals is None or spread.present is None:
            return spread
        totals, present = np.zeros(self.size), np.zeros(self.size, dtype=np.bool_)
        totals[self.target] = spread.totals[: len(self.target)]
        present[self.target] = spread.present[: len(self.target)]
        return replace(spread, totals=totals, present=present)


def _psu_names(frame: Frame, rows: IntArray) -> list[Psu]:
    """Stratum and PSU of some rows, empty where there is none."""
    strata, psus = ([*c.levels, ""] for c in (frame.stratum, frame.psu))
    stratum, psu = frame.stratum.codes[rows].tolist(), frame.psu.codes[rows].tolist()
    return [(strata[s], psus[p]) for s, p in zip(stratum, psu, strict=True)]


def estimates_of_kept(
    kept: Kept, drawn: Mapping[str, int], analysis: Analysis
) -> list[CellEstimate]:
    """Every linear estimate of a release anew, without its interviews.

    `analysis` gives the rules; what calibration, later stages and replicates did was kept.
    """
    rules = one_stage(analysis)
    found = estimates_from(kept.statistics, drawn, analysis=rules)
    if not kept.spreads:
        return found
    tasks = {o.task.key: o.task for o in kept.statistics.outlines}
    psus = psus_frame(kept.statistics)
    designs = {weight: design_of(psus, weight, drawn, rules) for weight in Weight}
    result: list[CellEstimate] = []
    for each in found:
        spread = kept.spreads.get((each.definition.code, each.cell))
        if spread is None:
            result.append(each)
            continue
        task = tasks[each.definition.code, each.cell.item]
        se = error_of(spread, designs[task.weight], kept.rules.get(task.weight.value))
        result.append(replace(each, estimate=respread(task, each.estimate, se)))
    return result
