"""Intervals of proportions at their edges; differences with covariance; replicate variances."""

import numpy as np
import pytest
from scipy import stats
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.replicates import ReplicateDesign, jackknife
from usga_indicators.domain.estimation import (
    ProportionInterval,
    Sample,
    Statistic,
    difference,
    estimate,
)
from usga_indicators.domain.estimation.composites import Composite, Form
from usga_indicators.domain.estimation.contrasts import contrast
from usga_indicators.domain.estimation.distributions import (
    f_tail,
    saddlepoint_tail,
    satterthwaite_chi_square_tail,
)
from usga_indicators.domain.estimation.intervals import (
    effective_size,
    proportion_interval,
    t_quantile,
)
from usga_indicators.domain.estimation.linear import Estimates, variance_with_error

SRS = {"p": 0.2, "se": float(np.sqrt(0.2 * 0.8 / 100)), "df": 99, "n": 100}


def interval(method: ProportionInterval, **changes: float) -> tuple[float, float]:
    values = SRS | changes
    return proportion_interval(
        values["p"], values["se"], df=values["df"], n=int(values["n"]), method=method
    )


class TestIntervals:
    def test_beta_of_a_simple_random_sample_is_clopper_pearson(self) -> None:
        exact = stats.binomtest(20, 100).proportion_ci(method="exact")
        assert interval(ProportionInterval.BETA) == pytest.approx((exact.low, exact.high))
        assert interval(ProportionInterval.BETA_NCHS) == pytest.approx((exact.low, exact.high))

    @pytest.mark.parametrize("method", list(ProportionInterval))
    def test_every_method_lies_around_the_proportion_within_0_and_1(
        self, method: ProportionInterval
    ) -> None:
        low, high = interval(method)
        assert 0 < low < 0.2 < high < 1

    @pytest.mark.parametrize("method", list(ProportionInterval))
    def test_without_degrees_of_freedom_there_is_none(self, method: ProportionInterval) -> None:
        assert np.isnan(interval(method, df=0)).all()

    @pytest.mark.parametrize("method", list(ProportionInterval))
    def test_without_variance_only_mean_and_nchs_have_one(
        self, method: ProportionInterval
    ) -> None:
        defined = method in {ProportionInterval.MEAN, ProportionInterval.BETA_NCHS}
        assert np.isnan(interval(method, p=0.0, se=0.0)).any() != defined

    def test_nothing_of_100_leaves_the_rule_of_three(self) -> None:
        low, high = interval(ProportionInterval.BETA_NCHS, p=0.0, se=0.0)
        assert low == 0
        assert high == pytest.approx(1 - 0.025 ** (1 / 100))

    def test_one_row_has_no_effective_size_and_no_lower_end(self) -> None:
        assert np.isnan(effective_size(1.0, 0.0, 9, 1))
        found = proportion_interval(1.0, 0.0, df=9, n=1, method=ProportionInterval.BETA_NCHS)
        assert np.isnan(found[0])  # 1 is an end by itself

    def test_the_effective_size_never_exceeds_n(self) -> None:
        assert effective_size(0.2, 0.02, 99, 100) == 100
        assert effective_size(0.2, 0.08, 99, 100) == pytest.approx(25)
        assert effective_size(0.2, 0.08, 10, 100) < 25

    def test_the_t_quantile_of_infinite_df_is_the_normal_one(self) -> None:
        assert t_quantile(np.inf) == pytest.approx(1.959963984540054)
        assert t_quantile(10) == pytest.approx(2.228138851964939)


def rounds() -> tuple[SurveyDesign, np.ndarray, np.ndarray]:
    """Two rounds in the same PSUs: the PSU effect is shared, so a change is measured well."""
    rng = np.random.default_rng(5)
    psu = np.tile(np.repeat(np.arange(30), 10), 2)
    second = np.repeat([False, True], 300)
    y = rng.normal(0, 3, 30)[psu] + rng.normal(0, 1, 600) + second
    return SurveyDesign.of(rows=600, ids=[psu]), y, second


class TestDifference:
    def test_shared_units_make_a_change_more_precise_than_independence_would(self) -> None:
        design, y, second = rounds()
        change = difference(design, Statistic.MEAN, numerator=y, first=~second, second=second)
        a = estimate(design, Statistic.MEAN, numerator=y, domain=~second)
        b = estimate(design, Statistic.MEAN, numerator=y, domain=second)
        assert change.value == pytest.approx(b.value - a.value)
        assert change.se < 0.3 * np.hypot(a.se, b.se)
        assert change.df == 29
        assert change.p == pytest.approx(2 * stats.t.sf(abs(change.t), 29))

    def test_it_is_the_mean_of_paired_psu_differences(self) -> None:
        design, y, second = rounds()
        change = difference(design, Statistic.MEAN, numerator=y, first=~second, second=second)
        psu = design.stages[0].cluster
        pairs = [y[(psu == i) & second].mean() - y[(psu == i) & ~second].mean() for i in range(30)]
        assert change.value == pytest.approx(np.mean(pairs))
        assert change.se == pytest.approx(stats.sem(pairs))

    def test_a_rate_is_compared_per_100000(self) -> None:
        design, y, second = rounds()
        x = np.ones(600)
        options = {"numerator": y, "denominator": x, "first": ~second, "second": second}
        rate = difference(design, Statistic.RATE, **options)
        ratio = difference(design, Statistic.RATIO, **options)
        assert rate.value == pytest.approx(1e5 * ratio.value)
        assert rate.se == pytest.approx(1e5 * ratio.se)

    def test_totals_are_refused(self) -> None:
        design, y, second = rounds()
        with pytest.raises(ValueError, match="proportions"):
            difference(design, Statistic.TOTAL, numerator=y, first=~second, second=second)

    def test_a_contrast_needs_one_coefficient_per_estimate(self) -> None:
        with pytest.raises(ValueError, match="coefficient"):
            contrast(Estimates(np.ones(2), np.eye(2)), [1.0], 5)


class TestReplicateVariances:
    def test_the_variance_of_a_variance_is_near_its_linearisation(self) -> None:
        design, y, _ = rounds()
        taylor = variance_with_error(Sample.of(design), y[:, None])
        replicated = variance_with_error(Sample.of(jackknife(design, "JK1")), y[:, None])
        assert replicated.values == pytest.approx(taylor.values)
        assert replicated.errors == pytest.approx(taylor.errors, rel=0.1)

    def test_an_estimate_from_replicates_does_not_know_its_psus(self) -> None:
        design, y, _ = rounds()
        got = estimate(jackknife(design, "JK1"), Statistic.MEAN, numerator=y)
        assert got.n_psu == 0
        assert got.df == 29

    def test_adjusting_changes_each_replicate_alike(self) -> None:
        design = jackknife(SurveyDesign.of(rows=5), "JK1")
        doubled = design.reweighted(lambda w: 2 * w)
        assert isinstance(doubled, ReplicateDesign)
        assert doubled.replicates == pytest.approx(2 * design.replicates)
        assert doubled.weights == pytest.approx(2 * design.weights)


class TestDistributions:
    def test_equal_weights_are_a_chi_squared_variable(self) -> None:
        weights = np.full(6, 2.0)
        exact = stats.chi2.sf(30 / 2, 6)
        assert satterthwaite_chi_square_tail(30.0, weights) == pytest.approx(exact)
        assert saddlepoint_tail(30.0, weights) == pytest.approx(exact, rel=0.01)

    def test_far_below_the_mean_the_tail_is_nearly_one(self) -> None:
        assert saddlepoint_tail(0.5, np.ones(8)) > 0.999

    def test_equal_weights_over_a_denominator_are_an_f_variable(self) -> None:
        assert f_tail(9.0, np.ones(3), 40) == pytest.approx(stats.f.sf(3, 3, 40), rel=0.02)

    def test_near_the_mean_two_moments_take_over(self) -> None:
        # the mean of the numerator is 3, so x = 3 puts the saddlepoint at 0
        assert np.isnan(saddlepoint_tail(3.0, np.ones(3)))
        assert f_tail(3.0, np.ones(3), 40) == pytest.approx(stats.f.sf(1, 3, 40))


@pytest.mark.parametrize("form", list(Form))
def test_the_gradient_of_a_composite_is_its_slope(form: Form) -> None:
    index = Composite(
        form=form,
        weights=np.array([2.0, 1.0, 1.0]),
        lo=np.array([0.0, 0.0, 10.0]),
        hi=np.array([1.0, 1.0, 90.0]),
        invert=(False, True, False),
    )
    p, step = np.array([0.4, 0.3, 50.0]), 1e-6
    slopes = [(index.value(p + e) - index.value(p - e)) / (2 * step) for e in step * np.eye(3)]
    assert index.gradient(p) == pytest.approx(slopes, rel=1e-6)
