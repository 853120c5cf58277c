"""Rules D-01, D-02, D-05, D-06, D-07, D-11, D-12 at their boundaries."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.disclosure import (
    Bound,
    Breadth,
    Cell,
    Decision,
    Published,
    Rule,
    Sensitivity,
    Thresholds,
    WeakerThresholds,
    breakdown_refusal,
    decide,
    dominated,
    few_or_rounded,
    publish,
    round_to_five,
    two_digits,
)
from usga_indicators.domain.estimation import Estimate, Statistic
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

GOOD = Estimate(
    value=0.5,
    se=0.02,
    ci_low=0.46,
    ci_high=0.54,
    deff=1.3,
    df=100,
    n=600,
    n_numerator=300,
    n_psu=120,
    cv=0.04,
)


def cell(
    sensitivity: Sensitivity = Sensitivity.S1,
    statistic: Statistic = Statistic.PROPORTION,
    **changes: Any,
) -> Cell:
    return Cell(dataclasses.replace(GOOD, **changes), statistic, sensitivity)


class TestSmallCounts:
    @pytest.mark.parametrize(
        ("n", "status"),
        [
            (24, ObsStatus.SUPPRESSED),
            (25, ObsStatus.LOW_RELIABILITY),
            (49, ObsStatus.LOW_RELIABILITY),
            (50, ObsStatus.NORMAL),
        ],
    )
    def test_base_at_its_limits_D01(self, n: int, status: ObsStatus) -> None:
        assert decide(cell(n=n, n_numerator=12)).obs_status is status

    @pytest.mark.parametrize(("n", "hidden"), [(49, True), (50, False)])
    def test_s3_base_at_its_limit_D01(self, n: int, hidden: bool) -> None:
        assert decide(cell(Sensitivity.S3, n=n, n_numerator=20)).hidden is hidden

    @pytest.mark.parametrize("sensitivity", list(Sensitivity))
    @pytest.mark.parametrize(("count", "hidden"), [(1, True), (9, True), (10, False)])
    def test_numerator_and_complement_at_their_limits_D01(
        self, sensitivity: Sensitivity, count: int, hidden: bool
    ) -> None:
        assert decide(cell(sensitivity, n_numerator=count)).hidden is hidden
        assert decide(cell(sensitivity, n_numerator=600 - count)).hidden is hidden

    def test_a_mean_shows_no_count_of_its_numerator(self) -> None:
        assert not decide(cell(statistic=Statistic.MEAN, n_numerator=595)).hidden

    def test_the_reason_does_not_tell_which_count_was_small_D11(self) -> None:
        assert decide(cell(n=24)).reason == decide(cell(n_numerator=3)).reason == Rule.SMALL_COUNT


class TestZeros:
    @pytest.mark.parametrize(
        ("sensitivity", "hidden"),
        [
            (Sensitivity.S0, False),
            (Sensitivity.S1, False),
            (Sensitivity.S2, True),
            (Sensitivity.S3, True),
        ],
    )
    def test_sampling_zeros_are_small_counts_for_s2_and_s3_D12(
        self, sensitivity: Sensitivity, hidden: bool
    ) -> None:
        zero = cell(sensitivity, value=0.0, se=0.0, ci_low=0.0, ci_high=0.006, n_numerator=0)
        assert decide(zero).hidden is hidden

    def test_no_rows_is_missing_and_not_suppressed_D11(self) -> None:
        decision = decide(cell(n=0, n_numerator=0))
        assert decision == Decision(ObsStatus.MISSING, ConfStatus.FREE, None)

    def test_no_rows_of_a_sensitive_indicator_is_suppressed_D12(self) -> None:
        assert decide(cell(Sensitivity.S3, n=0, n_numerator=0)).hidden
        assert decide(cell(Sensitivity.S3, n=0, n_numerator=0)).obs_status is ObsStatus.SUPPRESSED

    @pytest.mark.parametrize("n_numerator", [0, 600])
    def test_the_reason_does_not_tell_nobody_and_everybody_from_few_D12(
        self, n_numerator: int
    ) -> None:
        few = decide(cell(Sensitivity.S3, n_numerator=3))
        assert decide(cell(Sensitivity.S3, n_numerator=n_numerator)) == few
        assert decide(cell(Sensitivity.S3, n=0, n_numerator=0)) == few

    def test_a_structural_zero_is_missing_D12(self) -> None:
        structural = Cell(GOOD, Statistic.PROPORTION, Sensitivity.S3, structural=True)
        assert decide(structural).obs_status is ObsStatus.MISSING


class TestPrecision:
    @pytest.mark.parametrize(
        ("cv", "status"),
        [
            (0.166, ObsStatus.NORMAL),
            (0.167, ObsStatus.LOW_RELIABILITY),
            (0.333, ObsStatus.LOW_RELIABILITY),
            (0.334, ObsStatus.SUPPRESSED),
            (float("nan"), ObsStatus.SUPPRESSED),
        ],
    )
    def test_coefficient_of_variation_D02(self, cv: float, status: ObsStatus) -> None:
        assert decide(cell(cv=cv)).obs_status is status
        assert decide(cell(statistic=Statistic.MEAN, cv=cv)).obs_status is status

    @pytest.mark.parametrize(("half", "hidden"), [(0.1499, False), (0.1501, True)])
    def test_half_width_of_a_proportion_D02(self, half: float, hidden: bool) -> None:
        assert decide(cell(ci_low=0.5 - half, ci_high=0.5 + half)).hidden is hidden

    def test_near_zero_the_width_decides_and_not_the_cv_D02(self) -> None:
        rare: dict[str, Any] = {"value": 0.02, "se": 0.008, "cv": 0.4, "ci_low": 0.009}
        assert decide(cell(ci_high=0.043, **rare)).obs_status is ObsStatus.NORMAL
        assert decide(cell(ci_high=0.12, **rare)).obs_status is ObsStatus.LOW_RELIABILITY
        assert decide(cell(ci_high=0.32, **rare)).obs_status is ObsStatus.SUPPRESSED

    def test_without_an_interval_nothing_is_shown_D02(self) -> None:
        assert decide(cell(ci_low=float("nan"))).reason is Rule.PRECISION


class TestDominance:
    def test_nine_units_are_too_few_D06(self) -> None:
        assert dominated(np.ones(9))
        assert not dominated(np.ones(10))

    def test_one_unit_with_half_of_the_total_dominates_D06(self) -> None:
        assert dominated(np.array([*[1.0] * 20, 20.0]))
        assert not dominated(np.array([*[1.0] * 20, 19.9]))

    def test_units_without_value_do_not_count_D06(self) -> None:
        assert dominated(np.array([*[1.0] * 9, *[0.0] * 50]))

    def test_a_dominated_total_is_hidden_D06(self) -> None:
        loss = Cell(GOOD, Statistic.TOTAL, Sensitivity.S1, np.array([*[1.0] * 20, 90.0]))
        assert decide(loss).reason is Rule.DOMINANCE


class TestBreakdowns:
    @pytest.mark.parametrize(
        ("breadth", "dimensions", "refused"),
        [
            (Breadth.STRATUM, {"sex"}, False),
            (Breadth.AREA, {"sex"}, True),
            (Breadth.PSU, set(), True),
            (Breadth.ASSESSMENT, {"ethnicity"}, True),
            (Breadth.ASSESSMENT, {"psu"}, True),
        ],
    )
    def test_s3_stays_coarse_D07(
        self, breadth: Breadth, dimensions: set[str], refused: bool
    ) -> None:
        found = breakdown_refusal(Sensitivity.S3, breadth=breadth, dimensions=dimensions)
        assert (found is Rule.S3_BREAKDOWN) is refused
        assert breakdown_refusal(Sensitivity.S2, breadth=breadth, dimensions=dimensions) is None


class TestThresholds:
    @pytest.mark.parametrize("field", dataclasses.fields(Thresholds), ids=lambda f: str(f.name))
    def test_no_threshold_can_be_weakened(self, field: dataclasses.Field[float]) -> None:
        default = field.default
        assert isinstance(default, int | float)
        weaker = default - 1 if isinstance(default, int) else default * 1.01
        stricter = default + 1 if isinstance(default, int) else default * 0.99
        with pytest.raises(WeakerThresholds):
            Thresholds(**{field.name: weaker})  # type: ignore[arg-type]
        Thresholds(**{field.name: stricter})  # type: ignore[arg-type]

    def test_a_stricter_base_hides_more(self) -> None:
        assert decide(cell(n=600), Thresholds(base_hidden=601)).hidden


class TestPublish:
    def test_a_hidden_cell_shows_no_number_D11(self) -> None:
        published = publish(GOOD, Statistic.PROPORTION, decide(cell(n=24)))
        numbers = {f.name for f in dataclasses.fields(Published)} - {
            "obs_status",
            "conf_status",
            "reason",
        }
        assert {getattr(published, name) for name in numbers} == {None}
        assert published.reason is Rule.SMALL_COUNT

    def test_percentages_have_one_decimal_and_counts_end_in_0_or_5_D05(self) -> None:
        odd = dataclasses.replace(GOOD, value=0.12345, n=603, n_numerator=72)
        published = publish(odd, Statistic.PROPORTION, decide(cell()))
        assert (published.value, published.n, published.n_numerator) == (12.3, 605, 70)

    @pytest.mark.parametrize(("count", "rounded"), [(0, 0), (2, 0), (2.5, 5), (7.4, 5), (12, 10)])
    def test_counts_go_to_the_nearest_five_D05(self, count: float, rounded: int) -> None:
        assert round_to_five(count) == rounded

    def test_zero_percent_is_shown_as_below_its_upper_bound_D05(self) -> None:
        zero = dataclasses.replace(GOOD, value=0.0, se=0.0, ci_low=0.0, ci_high=0.00611)
        published = publish(
            zero, Statistic.PROPORTION, Decision(ObsStatus.NORMAL, ConfStatus.FREE)
        )
        assert (published.value, published.bound) == (0.7, Bound.BELOW)
        assert published.ci_high == published.value, "one limit, not two"
        assert published.se is published.deff is published.n_numerator is None

    def test_hundred_percent_is_shown_as_above_its_lower_bound_D05(self) -> None:
        full = dataclasses.replace(GOOD, value=1.0, se=0.0, ci_low=0.9939, ci_high=1.0)
        published = publish(
            full, Statistic.PROPORTION, Decision(ObsStatus.NORMAL, ConfStatus.FREE)
        )
        assert (published.value, published.bound) == (99.3, Bound.ABOVE)
        assert published.ci_low == published.value, "one limit, not two"


class TestWithoutAProbabilitySample:
    @pytest.mark.parametrize("value", [0.0, 1.0])
    def test_nobody_and_everybody_are_no_limit_Q03(self, value: float) -> None:
        extreme = cell(
            value=value, se=0.0, ci_low=0.0, ci_high=0.004, n_numerator=600 * int(value)
        )
        decision = decide(dataclasses.replace(extreme, probability=False))
        shown = publish(extreme.estimate, extreme.statistic, decision, bounds=False)
        assert (shown.value, shown.bound) == (100 * value, None)

    def test_no_interval_hides_a_cell_Q03(self) -> None:
        wide = cell(ci_low=0.1, ci_high=0.9, cv=0.6)
        unknown = cell(ci_low=float("nan"), ci_high=float("nan"), cv=float("nan"))
        for one in (wide, unknown):
            assert decide(one).reason is Rule.PRECISION
            assert not decide(dataclasses.replace(one, probability=False)).hidden

    def test_small_counts_stay_hidden(self) -> None:
        few = dataclasses.replace(cell(n_numerator=3), probability=False)
        assert decide(few).reason is Rule.SMALL_COUNT


class TestFewPeople:
    @pytest.mark.parametrize(
        ("count", "published"),
        [(0, 0), (1, None), (2, None), (5, None), (9, None), (10, 10), (12, 10), (13, 15)],
    )
    def test_one_to_nine_people_are_not_told(self, count: int, published: int | None) -> None:
        assert few_or_rounded(count) == published


class TestTwoDigits:
    @pytest.mark.parametrize(
        ("value", "published"),
        [
            (1234.0, 1200.0),
            (1250.0, 1300.0),
            (99.6, 100.0),
            (7.0, 7.0),
            (0.1234, 0.12),
            (0.0, 0.0),
        ],
    )
    def test_a_median_is_nobodys_exact_answer(self, value: float, published: float) -> None:
        shown = two_digits(
            dataclasses.replace(GOOD, value=value, se=value, ci_low=value, ci_high=value),
            Decision(ObsStatus.NORMAL, ConfStatus.FREE),
        )
        assert (shown.value, shown.se, shown.ci_low, shown.ci_high) == (published,) * 4

    def test_a_hidden_median_has_no_numbers(self) -> None:
        hidden = Decision(ObsStatus.SUPPRESSED, ConfStatus.PRIMARY, Rule.SMALL_COUNT)
        assert two_digits(GOOD, hidden) == Published(*dataclasses.astuple(hidden))
