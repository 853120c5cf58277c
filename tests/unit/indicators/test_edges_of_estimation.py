"""What cannot be estimated is undefined or refused, never a number from rounding errors."""

import json
from pathlib import Path

import numpy as np
import pytest
from usga_indicators.cli.cases.designs import Designs
from usga_indicators.cli.cases.runner import run_case
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.replicates import jackknife
from usga_indicators.domain.estimation import Sample
from usga_indicators.domain.estimation.association import TwoWayTable, wald
from usga_indicators.domain.estimation.linear import ratio, variance_with_error
from usga_indicators.domain.estimation.regression import logistic_model
from usga_indicators.domain.weighting.post_stratification import (
    Margin,
    rake,
    rake_replicates,
)

EIGHT = SurveyDesign.of(rows=8)
X = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])


def test_a_ratio_of_nobody_or_over_nothing_has_no_error_and_is_no_overflow() -> None:
    nobody = Sample.of(EIGHT, np.zeros(8, dtype=np.bool_))
    nothing = Sample.of(EIGHT)
    for sample, bottom in ((nobody, X), (nothing, np.zeros(8))):
        found = ratio(sample, X[:, None], bottom[:, None])
        assert np.isnan(found.values).all()
        assert np.isnan(found.covariance).all()


def test_the_variance_of_one_is_undefined_with_replicates_too() -> None:
    one = np.arange(8) == 2
    for design in (EIGHT, jackknife(EIGHT, "JK1")):
        found = variance_with_error(Sample.of(design, one), X[:, None])
        assert np.isnan(found.values).all()
        assert np.isnan(found.covariance).all()


def test_a_level_in_which_nobody_says_yes_has_an_infinite_coefficient() -> None:
    # levels a, a, b, b, b, c, c, c: nobody of a; both others are neither 0 nor 1
    of_b, of_c = (np.array(v, dtype=np.float64) for v in ([0, 0, 1, 1, 1, 0, 0, 0],
                                                         [0, 0, 0, 0, 0, 1, 1, 1]))  # fmt: skip
    y = np.array([0.0, 0, 1, 0, 1, 0, 0, 1])
    x = np.column_stack([np.ones(8), of_b, of_c])
    with pytest.raises(ValueError, match="infinite"):
        logistic_model(Sample.of(EIGHT), y, x)
    level = logistic_model(Sample.of(EIGHT), y, x[:, [0, 2]])
    assert level.coefficients.values[1] == pytest.approx(np.log((1 / 2) / (2 / 3)))


def test_without_degrees_of_freedom_a_wald_test_has_no_value() -> None:
    table = TwoWayTable(
        sample=Sample.of(EIGHT),
        row=np.array([0, 0, 0, 0, 1, 1, 1, 1]),
        column=np.array([0, 1, 0, 1, 1, 1, 0, 1]),
        rows=2,
        columns=2,
        df=0,
        n=8,
    )
    assert np.isnan(wald(table, adjusted=True).value)


def test_raked_replicates_go_as_many_cycles_as_all_weights_need() -> None:
    """What the weights need is counted in cells of both margins, as R's `rake` does."""
    one = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    other = np.array([0, 0, 1, 1, 0, 1, 1, 0])
    margins = [Margin(one, np.array([30.0, 10.0])), Margin(other, np.array([15.0, 25.0]))]
    raked = rake_replicates(jackknife(EIGHT, "JK1"), margins)
    assert raked.weights == pytest.approx(rake(EIGHT, margins).weights, rel=1e-10)
    for replicate in raked.replicates.T:
        assert np.bincount(one, weights=replicate) == pytest.approx([30, 10], rel=5e-3)
        assert np.bincount(other, weights=replicate) == pytest.approx([15, 25], rel=1e-9)


def test_replicates_are_trimmed_one_by_one_and_their_zeros_stay() -> None:
    """R 4.2.2, survey 4.1.1: `withReplicates` of the mean of `pos` under weights cut to 1.5 and 6.

    What is cut is spread over the weights within, zeros left out; its own `trimWeights` does not
    take replicates.
    """
    golden = Path(__file__).parents[2] / "golden" / "survey"
    spec = json.loads((golden / "other_designs.json").read_text())["other_rep_g5_JK1_1"]
    spec["adjust"] = [{"method": "trim", "upper": 6, "lower": 1.5}]
    case = {"id": "x", "design": "d", "op": "mean", "vars": ["pos"]}
    (row,) = run_case(case, Designs({"d": spec}, golden / "data"))["rows"]
    assert (row["est"], row["se"]) == pytest.approx(
        (3.15466677421014, 0.242881733987592), rel=1e-9
    )
