"""Quantile rules against numpy's types for equal weights, and weights as repetitions."""

import numpy as np
import pytest
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.replicates import jackknife
from usga_indicators.domain.estimation import (
    ProportionInterval,
    QuantileRule,
    Sample,
    estimate_quantile,
    quantile,
)
from usga_indicators.domain.estimation.quantiles import replicate_quantile, weighted_quantile

X = np.array([3.0, 9.0, 4.0, 1.0, 7.5, 12.0, 5.0, 2.0, 8.0, 6.25, 11.0])
ONES = np.ones(len(X))
NUMPY = {
    QuantileRule.MATH: "inverted_cdf",
    QuantileRule.HF1: "inverted_cdf",
    QuantileRule.SCHOOL: "averaged_inverted_cdf",
    QuantileRule.HF2: "averaged_inverted_cdf",
    QuantileRule.HF4: "interpolated_inverted_cdf",
    QuantileRule.HF5: "hazen",
    QuantileRule.HF6: "weibull",
    QuantileRule.HF7: "linear",
    QuantileRule.HF8: "median_unbiased",
    QuantileRule.HF9: "normal_unbiased",
}


class TestRules:
    @pytest.mark.parametrize("rule", list(NUMPY))
    @pytest.mark.parametrize("p", [0.01, 0.05, 0.13, 0.25, 0.5, 0.77, 0.9, 0.99])
    def test_equal_weights_are_the_plain_quantile(self, rule: QuantileRule, p: float) -> None:
        expected = np.quantile(X, p, method=NUMPY[rule])  # type: ignore[call-overload]
        assert weighted_quantile(X, ONES, p, rule) == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize("rule", [QuantileRule.MATH, QuantileRule.SCHOOL])
    def test_a_whole_weight_is_a_repetition(self, rule: QuantileRule) -> None:
        times = np.array([1, 3, 2, 1, 5, 1, 2, 4, 1, 1, 2])
        repeated = np.repeat(X, times)
        for p in (0.21, 0.4, 0.66, 0.83):
            once = weighted_quantile(X, times.astype(np.float64), p, rule)
            assert once == weighted_quantile(repeated, np.ones(len(repeated)), p, rule)

    def test_on_a_step_school_takes_the_middle_and_math_the_lower(self) -> None:
        x, w = np.array([1.0, 2.0, 5.0, 6.0]), np.ones(4)
        assert weighted_quantile(x, w, 0.5, QuantileRule.SCHOOL) == 3.5
        assert weighted_quantile(x, w, 0.5, QuantileRule.MATH) == 2
        assert weighted_quantile(x, w, 0.5, QuantileRule.HF3) == 2
        assert weighted_quantile(x, w, 0.25, QuantileRule.HF3) == 2

    @pytest.mark.parametrize(
        "rule", [QuantileRule.MATH, QuantileRule.SCHOOL, QuantileRule.HF3, QuantileRule.HF4]
    )
    def test_a_first_value_with_much_weight_is_its_quantile(self, rule: QuantileRule) -> None:
        # six tenths of the weight: 2 is the smallest value whose share reaches 0.2 and 0.25
        x, w = np.array([2.0, 5.0, 9.0]), np.array([6.0, 2.0, 2.0])
        assert weighted_quantile(x, w, 0.2, rule) == 2
        assert weighted_quantile(x, w, 0.25, rule) == 2

    @pytest.mark.parametrize("rule", list(QuantileRule))
    def test_rows_without_weight_do_not_count(self, rule: QuantileRule) -> None:
        x, w = np.array([*X, 1000.0, -5.0]), np.array([*ONES, 0.0, 0.0])
        assert weighted_quantile(x, w, 0.4, rule) == weighted_quantile(X, ONES, 0.4, rule)

    @pytest.mark.parametrize("rule", list(QuantileRule))
    def test_one_value_is_every_quantile_and_none_is_undefined(self, rule: QuantileRule) -> None:
        assert weighted_quantile(np.array([4.0]), np.array([2.0]), 0.1, rule) == 4
        assert np.isnan(weighted_quantile(np.array([]), np.array([]), 0.5, rule))
        assert np.isnan(weighted_quantile(np.array([1.0, np.nan]), np.ones(2), 0.5, rule))


class TestWoodruff:
    def test_the_interval_reads_the_interval_of_the_share_back(self) -> None:
        x = np.arange(1.0, 101.0)
        design = SurveyDesign.of(rows=100)
        found = quantile(Sample.of(design), x, 0.5)
        # share 0.5 with SE sqrt(.25/99); t(99) = 1.984217: 0.4003 to 0.5997
        assert (found.value, found.low, found.high) == (50, 41, 60)
        assert found.se == pytest.approx((60 - 41) / (2 * 1.9842169), rel=1e-6)

    @pytest.mark.parametrize(
        "method", [ProportionInterval.XLOGIT, ProportionInterval.BETA, ProportionInterval.ASIN]
    )
    def test_other_intervals_of_the_share_lie_around_it_too(
        self, method: ProportionInterval
    ) -> None:
        x = np.arange(1.0, 101.0)
        found = quantile(Sample.of(SurveyDesign.of(rows=100)), x, 0.5, interval=method)
        assert 38 <= found.low < 50 < found.high <= 62

    def test_beyond_the_data_there_is_no_limit(self) -> None:
        found = quantile(Sample.of(SurveyDesign.of(rows=11)), X, 0.85)
        assert found.value == 11
        assert np.isnan(found.high)

    def test_the_largest_value_has_no_interval(self) -> None:
        got = estimate_quantile(SurveyDesign.of(rows=11), 0.99, values=X)
        assert got.value == 12
        assert np.isnan([got.se, got.ci_low, got.ci_high, got.cv]).all()

    def test_the_median_of_a_domain_is_an_estimate(self) -> None:
        x = np.array([*np.arange(1.0, 101.0), np.nan])
        domain = np.arange(101) >= 40
        got = estimate_quantile(SurveyDesign.of(rows=101), 0.5, values=x, domain=domain)
        assert (got.value, got.n, got.n_psu, got.df) == (70, 60, 60, 59)
        assert np.isnan(got.deff)
        assert got.ci_low < got.value < got.ci_high

    def test_without_rows_nothing_is_known(self) -> None:
        nothing = np.zeros(11, dtype=bool)
        got = estimate_quantile(SurveyDesign.of(rows=11), 0.5, values=X, domain=nothing)
        assert np.isnan([got.value, got.se, got.ci_low]).all()
        assert got.n == 0


class TestReplicateQuantile:
    def test_variance_is_that_of_the_replicates(self) -> None:
        design = jackknife(SurveyDesign.of(rows=11), "JK1", mse=True)
        found = replicate_quantile(Sample.of(design), X, 0.5, rule=QuantileRule.MATH, df=10)
        without = [
            weighted_quantile(np.delete(X, i), np.ones(10), 0.5, QuantileRule.MATH)
            for i in range(11)
        ]
        expected = 10 / 11 * sum((v - found.value) ** 2 for v in without)
        assert found.se == pytest.approx(np.sqrt(expected))

    def test_it_needs_replicates(self) -> None:
        sample = Sample.of(SurveyDesign.of(rows=11))
        with pytest.raises(TypeError):
            replicate_quantile(sample, X, 0.5, rule=QuantileRule.MATH, df=10)
