"""Errors from replicate weights, adjusted anew, against R 4.2.2 `survey` 4.1.1.

Data: `settlement_resp.csv` (margins `sett_rake`) and `scd_w.csv` of tests/golden/survey.

- Trimmed, and trimmed and raked: `withReplicates(as.svrepdesign(design, type = "JKn", mse = TRUE),
  theta)`, where theta trims the weights above zero to 15 and 250 (a weight once cut stays cut), rakes
  them to convergence and takes mean and total of `unsafe_night`; the design is
  `svydesign(~psu_id, strata = ~settlement, weights = ~weight)`.
- Half samples and bootstrap: our weights, given to `svrepdesign(type = "BRR", "Fay", "bootstrap")`,
  whose `svyratio`, `svymean`, `svyciprop` and `svyquantile` the numbers are.
"""

from functools import cache

import numpy as np
import pytest
from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.estimation import ProportionInterval, Statistic, estimate
from usga_indicators.domain.estimation.intervals import proportion_interval
from usga_indicators.domain.tabulation.quantile import quantiles_of
from usga_indicators.domain.weighting.make import make_weights
from usga_indicators.domain.weighting.recipe import Of, Rake, Recipe, Trim
from usga_indicators.domain.weighting.replicate_weights import (
    Asked,
    Method,
    Psus,
    replicate_weights,
)
from usga_indicators.domain.weighting.units import Surroundings, Units

from tests.golden.indicators.test_quantiles_against_r import (
    AROUND,
    cells,
    design_of,
    income,
    sample,
)
from tests.golden.indicators.test_weights_against_r import floats, table, units

PERSON = (Of.PERSON,)
TRIM = Trim(upper=250.0, lower=15.0, of=PERSON)
TRIMMED, TRIMMED_AND_RAKED = Recipe((TRIM,)), Recipe((TRIM, Rake(("0", "1"), of=PERSON)))
BOOTSTRAP = Asked(Method.BOOTSTRAP, replicates=40, seed=7)


def replicates(units: Units, recipe: Recipe, asked: Asked) -> ReplicateDesign:
    around = AROUND if recipe.steps else Surroundings()
    weights = make_weights(recipe, units, around).weights
    psus = Psus.of(units, around, {})
    return replicate_weights(recipe, weights, units, around, psus=psus, asked=asked).design(
        Of.PERSON
    )


@cache
def bootstrap() -> ReplicateDesign:
    return replicates(sample(), TRIMMED_AND_RAKED, BOOTSTRAP)


def answers(name: str) -> FloatArray:
    return floats([v or "nan" for v in table("settlement_resp.csv")[name]])


@pytest.mark.parametrize(
    ("recipe", "mean", "total"),
    [
        (TRIMMED, (0.545538470508002, 0.0140096046475352), (100687.041974888, 3922.10533574414)),
        (
            TRIMMED_AND_RAKED,
            (0.537559094562310, 0.0140178115086491),
            (97808.1278808985, 2598.33217303069),
        ),
    ],
    ids=["trimmed", "trimmed and raked"],
)
def test_trimmed_anew_in_every_replicate(
    recipe: Recipe, mean: tuple[float, float], total: tuple[float, float]
) -> None:
    design = replicates(sample(), recipe, Asked(Method.JKN))
    y = answers("unsafe_night")
    for statistic, wanted in ((Statistic.MEAN, mean), (Statistic.TOTAL, total)):
        got = estimate(design, statistic, numerator=y)
        assert (got.value, got.se) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize(
    ("asked", "se"),
    [
        (Asked(Method.BRR), 0.00942663573267296),
        (Asked(Method.FAY, rho=0.3, mse=False), 0.00952518747770522),
    ],
    ids=["BRR", "Fay"],
)
def test_a_ratio_by_half_samples(asked: Asked, se: float) -> None:
    scd = units("scd_w.csv", "w1", {"stratum": "ESA", "psu": "ambulance"})
    top, bottom = (floats(table("scd_w.csv")[name]) for name in ("alive", "arrests"))
    design = replicates(scd, Recipe(), asked)
    got = estimate(design, Statistic.RATIO, numerator=top, denominator=bottom)
    assert (got.value, got.se, got.df) == pytest.approx((0.153506350082827, se, 3), rel=1e-12)


class TestBootstrap:
    def test_a_ratio(self) -> None:
        top, bottom = answers("theft_n"), answers("hh_size")
        got = estimate(bootstrap(), Statistic.RATIO, numerator=top, denominator=bottom)
        wanted = (0.0629415655288287, 0.00417165944794001, 39)
        assert (got.value, got.se, got.df) == pytest.approx(wanted, rel=1e-9)

    @pytest.mark.parametrize(
        ("method", "low", "high"),
        [
            (ProportionInterval.XLOGIT, 0.512755351207871, 0.56217831336863),
            (ProportionInterval.BETA, 0.512472489713914, 0.562504380109257),
            (ProportionInterval.ASIN, 0.512791522749835, 0.562234272099943),
        ],
    )
    def test_intervals_of_a_proportion(
        self, method: ProportionInterval, low: float, high: float
    ) -> None:
        y = answers("unsafe_night")
        got = estimate(bootstrap(), Statistic.PROPORTION, numerator=y)
        assert (got.value, got.se) == pytest.approx((0.53755909456231, 0.0122270363022651))
        n = int((~np.isnan(y)).sum())
        found = proportion_interval(got.value, got.se, df=39, n=n, method=method)
        assert found == pytest.approx((low, high), rel=1e-9)

    def test_a_median_of_a_release(self) -> None:
        plain = design_of(bootstrap().weights, calibrated=False)
        (got,) = quantiles_of(income(), plain, cells()["all"], replicates=bootstrap())
        found = (got.value, got.se, got.ci_low, got.ci_high)
        assert found == pytest.approx((12831.1, 406.93573006903, 12225.46, 13831.18), rel=1e-9)
