"""Medians of a release with raked weights and with raked replicates, against R.

R 4.2.2 `survey` 4.1.1, data `settlement_resp.csv` and margins `sett_rake` of tests/golden/survey:
`svyquantile(~income, design, 0.5, interval.type = "mean", qrule = "math", df = df)` of
`rake(svydesign(ids = ~psu_id, strata = ~settlement, weights = ~weight), ...)`, and of
`rake(as.svrepdesign(design, type = "JKn", mse = TRUE), ...)`; `df` are PSUs minus strata.
"""

from functools import cache

import numpy as np
import pytest
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition
from usga_indicators.domain.tabulation.margins import Margins
from usga_indicators.domain.tabulation.measures import Prepared
from usga_indicators.domain.tabulation.quantile import quantiles_of
from usga_indicators.domain.tabulation.tasks import Task
from usga_indicators.domain.weighting.make import Made, make_weights
from usga_indicators.domain.weighting.recipe import Of, Rake, Recipe
from usga_indicators.domain.weighting.replicate_weights import (
    Asked,
    Method,
    Psus,
    replicate_weights,
)
from usga_indicators.domain.weighting.traces import adjustments_of
from usga_indicators.domain.weighting.units import Surroundings, Units

from tests.golden.indicators.test_weights_against_r import (
    floats,
    settlement_margins,
    table,
    units,
)
from tests.support.surveys import definitions

#: Estimate, SE, interval, df: everybody, settlement S03, women.
RAKED = {
    "all": (12831.1, 412.617604286295, 12225.46, 13853.6, 184),
    "S03": (12694.85, 1135.52663464804, 10685.75, 15633.95, 12),
    "female": (12814, 535.436814897954, 11982.75, 14095.52, 184),
}
REPLICATES = {
    "all": (12831.1, 418.608661667926, 12225.46, 13877.24, 184),
    "S03": (12694.85, 1118.90978738745, 10710.14, 15585.93, 12),
    "female": (12814, 535.436814897954, 11982.75, 14095.52, 184),
}
RECIPE = Recipe((Rake(("0", "1"), of=(Of.PERSON,)),))
AROUND = Surroundings(margins=settlement_margins())


@cache
def sample() -> Units:
    names = {"stratum": "settlement", "psu": "psu_id", "settlement": "settlement"}
    return units("settlement_resp.csv", "weight", names | {"sex": "sex", "age_group": "age_group"})


@cache
def raked() -> Made:
    return make_weights(RECIPE, sample(), AROUND)


def design_of(weights: FloatArray, *, calibrated: bool) -> SurveyDesign:
    names = sample().variables
    plain = SurveyDesign.of(
        weights=weights,
        ids=[names["psu"].codes],
        strata=names["stratum"].codes,
        lonely_psu="adjust",
    )
    steps = adjustments_of(raked().steps, sample(), Of.PERSON) if calibrated else ()
    return plain.with_weights(weights, *steps)


def income() -> Task:
    data = table("settlement_resp.csv")["income"]
    person = np.flatnonzero([v not in {"", "NA"} for v in data])
    unknown, nobody = np.full((len(data), 1), np.nan), np.zeros(len(data), dtype=np.bool_)
    none = np.full(len(data), -1, dtype=np.int8)
    values = floats([data[at] for at in person])
    prepared = Prepared(unknown, unknown, none, nobody, values=values, person=person)
    return Task(definitions("VIC-12")[0], "_T", prepared)


def cells() -> dict[str, Partition]:
    data = table("settlement_resp.csv")
    of = {
        "all": np.ones(len(data["sex"]), dtype=np.bool_),
        "S03": np.array([v == "S03" for v in data["settlement"]]),
        "female": np.array([v == "female" for v in data["sex"]]),
    }
    return {name: Partition(None, (Cell(),), np.where(rows, 0, -1)) for name, rows in of.items()}


@pytest.mark.parametrize("by_margins", [True, False])
@pytest.mark.parametrize("name", list(RAKED))
def test_medians_of_raked_weights(name: str, by_margins: bool) -> None:
    design = design_of(raked().weights[Of.PERSON], calibrated=True)
    margins = Margins.of(design) if by_margins else None
    (got,) = quantiles_of(income(), design, cells()[name], margins=margins)
    found = (got.value, got.se, got.ci_low, got.ci_high, got.df)
    assert found == pytest.approx(RAKED[name], rel=1e-8)


@pytest.mark.parametrize("name", list(REPLICATES))
def test_medians_of_raked_replicates(name: str) -> None:
    weights = raked().weights
    design = design_of(weights[Of.PERSON], calibrated=True)
    made = replicate_weights(
        RECIPE,
        weights,
        sample(),
        AROUND,
        psus=Psus.of(sample(), AROUND, {}),
        asked=Asked(Method.JKN),
    )
    (got,) = quantiles_of(
        income(), design, cells()[name], replicates=made.design(Of.PERSON), margins=None
    )
    found = (got.value, got.se, got.ci_low, got.ci_high, got.df)
    assert found == pytest.approx(REPLICATES[name], rel=1e-8)


def test_the_margins_are_felt() -> None:
    weights = raked().weights[Of.PERSON]
    (got,) = quantiles_of(income(), design_of(weights, calibrated=False), cells()["S03"])
    assert got.value == RAKED["S03"][0]
    assert abs(got.se / RAKED["S03"][1] - 1) > 1e-3
