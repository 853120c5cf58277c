"""Exact intervals of counts and rates, against a table and by their definition."""

import math

import pytest
from usga_indicators.domain.sources.poisson import poisson_interval, rate

#: Garwood (1936), 95 percent, as textbooks print it.
TABLE = [(0, 0.0, 3.69), (1, 0.0253, 5.57), (5, 1.62, 11.67), (10, 4.80, 18.39)]


@pytest.mark.parametrize(("count", "low", "high"), TABLE)
def test_the_interval_is_that_of_the_table(count: int, low: float, high: float) -> None:
    found = poisson_interval(count)
    assert found.low == pytest.approx(low, abs=0.005)
    assert found.high == pytest.approx(high, abs=0.005)


def at_most(count: int, mean: float) -> float:
    """The chance of so few events, added up term by term."""
    return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


@pytest.mark.parametrize("count", [1, 3, 17, 100, 451])
def test_each_bound_leaves_a_tail_of_two_and_a_half_percent(count: int) -> None:
    found = poisson_interval(count)
    assert 1 - at_most(count - 1, found.low) == pytest.approx(0.025, rel=1e-9)
    assert at_most(count, found.high) == pytest.approx(0.025, rel=1e-9)


@pytest.mark.parametrize("count", [-1, 2.5])
def test_what_is_no_count_is_refused(count: float) -> None:
    with pytest.raises(ValueError, match="whole number"):
        poisson_interval(count)


def test_a_rate_carries_its_interval_and_both_counts() -> None:
    found = rate(10, 200_000)
    assert found.value == 5
    assert found.se == pytest.approx(math.sqrt(10) / 2)
    assert (found.ci_low, found.ci_high) == pytest.approx((2.397695, 9.195180), rel=1e-6)
    assert (found.n, found.n_numerator) == (200_000, 10)
    assert found.cv == pytest.approx(10**-0.5)


def test_a_rate_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="people"):
        rate(1, 0)
