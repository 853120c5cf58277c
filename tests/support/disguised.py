"""Definitions that say a share in other numbers, and people who answer two questions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from usga_indicators.domain.codebook.column import number_column, text_column
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.definition import Definition, StatisticKind, catalogue
from usga_indicators.domain.definition.model import Breakdown, UnitMeasure
from usga_indicators.domain.disclosure import Decision
from usga_indicators.domain.publication.deciding import decide_alone
from usga_indicators.domain.tabulation import Cell, tabulate

STRATA, CLUSTERS = 5, 12
_SHARE = next(d for d in catalogue() if d.code == "PER-02")
BASE = replace(
    _SHARE,
    filter="",
    union=(),
    sdg=None,
    disaggregations=(Breakdown.STRATUM, Breakdown.SEX, Breakdown.AGE),
)
MEAN: dict[str, Any] = {"statistic": StatisticKind.MEAN, "unit_measure": UnitMeasure.SCORE}
RATIO: dict[str, Any] = {"statistic": StatisticKind.RATIO, "unit_measure": UnitMeasure.NUMBER}

TOTAL: dict[str, Any] = {"statistic": StatisticKind.TOTAL, "unit_measure": UnitMeasure.NUMBER}


def said(code: str, numerator: str, sensitivity: int = 2, **how: Any) -> Definition:
    """A definition of its own."""
    return replace(BASE, code=code, numerator=numerator, sensitivity=sensitivity, **how)


def people(answers: Mapping[str, np.ndarray[Any, Any]], *, seed: int = 3) -> Frame:
    """People in five strata of twelve clusters, with weights, sex and age."""
    random = np.random.default_rng(seed)
    size = len(next(iter(answers.values())))
    weights = random.uniform(0.5, 2.0, size)
    sex = [("female", "male")[at] for at in random.integers(0, 2, size)]
    numbers = {"age": random.integers(18, 80, size), **answers}
    return Frame(
        size=size,
        stratum=RawText.of([f"s{at % STRATA}" for at in range(size)]),
        psu=RawText.of([f"s{at % STRATA}-{at // STRATA % CLUSTERS}" for at in range(size)]),
        w_person=weights,
        w_household=weights,
        columns={
            **{name: number_column(v.astype(np.float64)) for name, v in numbers.items()},
            "sex": text_column(RawText.of(sex), multiple=False),
        },
    )


def decided(definitions: list[Definition], frame: Frame) -> dict[str, dict[Cell, Decision]]:
    """What may be shown of each cell by its own numbers, by code."""
    found: dict[str, dict[Cell, Decision]] = {}
    for each in tabulate(definitions, frame, {}):
        decision = decide_alone(each, None, probability=True)
        found.setdefault(each.definition.code, {})[each.cell] = decision
    return found
