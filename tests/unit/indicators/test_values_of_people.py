"""Means, ratios and quantiles at the boundaries of D-01, D-05 and D-06."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.definition.conditions import is_condition, needs_values
from usga_indicators.domain.definition.model import Part, StatisticKind, UnitMeasure
from usga_indicators.domain.disclosure import (
    Cell,
    Counted,
    Rule,
    Sensitivity,
    Values,
    decide,
    of_quantile,
    publish,
    risk,
    values_of,
)
from usga_indicators.domain.disclosure.primary import SHOWN
from usga_indicators.domain.disclosure.thresholds import Thresholds
from usga_indicators.domain.estimation import Estimate, Statistic

from tests.support.disguised import BASE, MEAN, decided, people, said
from tests.support.people_values import spread_like

ESTIMATE = Estimate(
    value=50.0, se=1.0, ci_low=48.0, ci_high=52.0, deff=1.3, df=100, n=600, n_numerator=600,
    n_psu=120, cv=0.02,
)  # fmt: skip


def spread(y: list[float], x: list[float] | None = None) -> Values:
    size = len(y)
    group, count = np.zeros(size, dtype=np.int64), np.ones(size, dtype=np.int64)
    pairs = Counted(group, np.array(y), np.ones(size) if x is None else np.array(x), count)
    (found,) = values_of(pairs, 1, np.zeros(1, dtype=np.int64))
    assert found is not None
    return found


def why(
    values: Values | None, statistic: Statistic = Statistic.MEAN, sensitivity: int = 1
) -> Rule | None:
    cell = Cell(ESTIMATE, statistic, Sensitivity(sensitivity), values=values, needs_values=True)
    return risk(cell, Thresholds())


class TestWhoDiffers:
    @pytest.mark.parametrize(
        ("few", "rule"), [(1, Rule.SMALL_COUNT), (9, Rule.SMALL_COUNT), (10, None)]
    )
    @pytest.mark.parametrize(("low", "high"), [(0, 1), (100, 101), (101e8, 100e8), (-5, 1e-6)])
    def test_of_two_values_nine_are_few_and_ten_are_not(
        self, few: int, rule: Rule | None, low: float, high: float
    ) -> None:
        assert why(spread([low] * 100 + [high] * few)) is rule
        assert why(spread([low] * few + [high] * 100)) is rule

    @pytest.mark.parametrize(("sensitivity", "rule"), [(1, None), (2, Rule.SMALL_COUNT)])
    def test_everybody_alike_is_a_small_count_of_what_is_sensitive_D12(
        self, sensitivity: int, rule: Rule | None
    ) -> None:
        assert why(spread([100.0] * 60), sensitivity=sensitivity) is rule

    @pytest.mark.parametrize(("few", "rule"), [(9, Rule.DOMINANCE), (10, None)])
    def test_few_large_numbers_among_many_are_found_D06(self, few: int, rule: Rule | None) -> None:
        ages = [float(18 + at % 60) for at in range(200)]
        found = why(spread([*ages, *[5000.0] * few]))
        assert found is rule

    @pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
    def test_noise_of_others_hides_nobody(self, scale: float) -> None:
        noise = [scale * at * 1e-6 for at in range(100)]
        assert why(spread([*noise, *[scale] * 9])) is Rule.SMALL_COUNT

    def test_ages_are_shown(self) -> None:
        assert why(spread([float(18 + at % 60) for at in range(60)]), sensitivity=2) is None

    def test_without_the_numbers_nothing_is_shown(self) -> None:
        assert why(None) is Rule.SMALL_COUNT

    def test_infinite_numbers_are_not_shown(self) -> None:
        assert why(spread([*range(100), float("inf")])) is Rule.DOMINANCE


class TestRatios:
    def test_a_multiple_of_the_denominator_changes_nothing(self) -> None:
        sizes = [float(1 + at % 8) for at in range(100)]
        yes = [at < 9 for at in range(100)]
        top = [s * (7 if y else 5) for s, y in zip(sizes, yes, strict=True)]
        assert why(spread(top, sizes), Statistic.RATIO) is Rule.SMALL_COUNT

    def test_a_base_that_few_make_is_no_base(self) -> None:
        sizes = [1e6] * 12 + [1.0] * 150
        top = [s * (at % 2) for at, s in enumerate(sizes)]
        assert why(spread(top, sizes), Statistic.RATIO) is Rule.DOMINANCE

    def test_of_a_total_nobody_has_half_D06(self) -> None:
        values = replace(spread([float(at) for at in range(60)]), largest=0.5)
        assert why(values, Statistic.TOTAL) is Rule.DOMINANCE


class TestQuantiles:
    def judged(self, ones: int, at: float, low: float, high: float) -> Rule | None:
        values = np.array([1.0] * ones + [0.0] * (187 - ones))
        found = of_quantile(np.arange(187), values, at=at, low=low, high=high)
        return why(found, sensitivity=2)

    @pytest.mark.parametrize(
        ("ones", "rule"), [(0, Rule.SMALL_COUNT), (9, Rule.SMALL_COUNT), (10, None)]
    )
    def test_of_two_values_the_rarer_one_has_ten_people(
        self, ones: int, rule: Rule | None
    ) -> None:
        assert self.judged(ones, 0.0, 0.0, 0.0) is rule
        if ones:
            assert self.judged(ones, 1.0, 0.0, 1.0) is rule

    @pytest.mark.parametrize(("above", "rule"), [(9, Rule.SMALL_COUNT), (10, None)])
    def test_ten_people_are_at_each_end_of_the_interval(
        self, above: int, rule: Rule | None
    ) -> None:
        values = np.arange(100, dtype=np.float64)
        found = of_quantile(np.arange(100), values, at=80.0, low=70.0, high=100.0 - above)
        assert why(found) is rule

    def test_people_are_counted_not_their_rows(self) -> None:
        values = np.repeat(np.arange(10, dtype=np.float64), 10)
        found = of_quantile(np.zeros(100, dtype=np.int64), values, at=4.0, low=3.0, high=6.0)
        assert (found.people, found.at_or_below, found.at_or_above) == (1, 1, 1)


class TestDigits:
    @pytest.mark.parametrize(
        ("statistic", "value", "se", "shown", "error"),
        [
            (Statistic.MEAN, 10001776687.76, 1194909.352, 10001780000.0, 1190000.0),
            (Statistic.MEAN, 42.937133925277256e15, 3.1e14, 4.2937e16, 3.1e14),
            (Statistic.MEAN, 38.4567, 0.5123, 38.46, 0.512),
            (Statistic.MEAN, 1234.567, 45.678, 1234.6, 45.7),
            (Statistic.RATIO, 123456.789, 999.4, 123457.0, 999.0),
            (Statistic.TOTAL, 1.0000177e12, 1.2e8, 1.000018e12, 1.2e8),
            (Statistic.TOTAL, 12_343.0, 120.0, 12_345.0, 120.0),
            (Statistic.RATE, 254_313.0, 1_234.5, 254_310.0, 1_230.0),
        ],
    )
    def test_a_value_has_three_digits_of_its_error_D05(
        self, statistic: Statistic, value: float, se: float, shown: float, error: float
    ) -> None:
        told = publish(replace(ESTIMATE, value=value, se=se), statistic, SHOWN)
        assert (told.value, told.se) == (shown, error)

    def test_without_an_error_four_digits_and_no_noise(self) -> None:
        bare = replace(ESTIMATE, value=4.2937133925277256e16, se=float("nan"))
        assert publish(bare, Statistic.MEAN, SHOWN).value == 4.294e16


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("${a} = 'x' and not(selected(${b}, 'y'))", True),
        ("if(${a} = 'x', 1, 0)", True),
        ("coalesce(${a} = 'x', 0) * (${b} > 3)", True),
        ("if(${a} = 'x', 1, number(''))", True),
        ("if(${a} = 'x', 101, 100)", False),
        ("(${a} = 'x') * 2", False),
        ("(${a} = 'x') + (${b} = 'x')", False),
        ("${a}", False),
        ("number(${a})", False),
        ("count(${inc}[x = 'y'])", False),
        ("coalesce(${a} = 'x', 5)", False),
    ],
)
def test_a_condition_is_true_or_false_of_everybody(text: str, is_one: bool) -> None:
    assert is_condition(text) is is_one


@pytest.mark.parametrize(
    ("changes", "needs"),
    [
        ({}, False),
        (MEAN, True),
        ({"count_by": "${hh_size}"}, True),
        ({"weigh_by": "${w}"}, True),
        ({"denominator": "1"}, True),
        ({"statistic": "quantile"}, True),
        ({"unit": "inc"}, True),
        ({"numerator": "${age} * 0.01"}, True),
    ],
)
def test_only_percentages_of_people_are_counts(changes: dict[str, Any], needs: bool) -> None:
    assert needs_values(replace(BASE, **{"numerator": "${z} = 1", **changes})) is needs


def test_a_difference_of_few_who_differ_is_hidden() -> None:
    """Both shares may be seen; their difference is the few who answer otherwise."""
    z, k = np.zeros(900), np.zeros(900)
    z[:450] = 1
    k[:450] = 1
    k[450 : 450 + 5 * 4] = 1  # four of each stratum
    gap = said(
        "GAP", "", parts=(Part("${k} = 1"), Part("${z} = 1")),
        statistic=StatisticKind.DIFFERENCE, unit_measure=UnitMeasure.POINTS,
    )  # fmt: skip
    found = decided([gap], people({"z": z, "k": k}))["GAP"]
    assert {d.hidden for cell, d in found.items() if cell.stratum != "_T"} == {True}


def test_two_values_are_judged_by_the_precision_of_their_share_D02() -> None:
    """A constant that is added makes the CV small, and the share no more precise."""
    values = spread([100.0] * 40 + [101.0] * 12)
    wide = replace(ESTIMATE, value=100.23, se=0.09, ci_low=100.05, ci_high=100.41, n=52, cv=0.0009)
    cell = Cell(wide, Statistic.MEAN, Sensitivity.S1, values=values, needs_values=True)
    assert decide(cell).reason is Rule.PRECISION
    assert decide(replace(cell, values=spread_like(said("M", "", **MEAN), 12, 52))) is SHOWN
