"""Two blind raters: weighted kappa against another program and against another formula."""

from fractions import Fraction
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from usga_indicators.domain.quality.agreement import THRESHOLD, agreement, weighted_kappa

#: statsmodels 0.15.0, stats.inter_rater.cohens_kappa(table, wt=...): kappa and std_kappa. The first
#: table is the example of PROC FREQ in SAS/STAT (two dermatologists), which prints 0.5082 (0.0655).
SKIN = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
FIVE = [[2, 0, 0, 0, 0], [0, 2, 1, 0, 0], [0, 1, 2, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 1, 2]]
LOPSIDED = [[6, 1, 0, 0], [0, 5, 1, 0], [1, 1, 4, 0], [0, 1, 4, 0]]
REFERENCE = [
    (SKIN, 1, 0.5081600715403533, 0.06550838103476844),
    (SKIN, 2, 0.6607228915662651, 0.061642832416999964),
    (FIVE, 1, 0.7289156626506024, 0.10254950992912289),
    (FIVE, 2, 0.883419689119171, 0.052823643440332746),
    (LOPSIDED, 1, 0.5875, 0.10684385682485883),
    (LOPSIDED, 2, 0.6842105263157895, 0.1068929091631354),
]
SCORES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=60)


def floats(scores: list[int]) -> np.ndarray:
    return np.array(scores, dtype=np.float64)


@pytest.mark.parametrize(("table", "power", "kappa", "se"), REFERENCE)
def test_kappa_and_its_error_equal_another_programs(
    table: list[list[int]], power: int, kappa: float, se: float
) -> None:
    assert weighted_kappa(np.array(table, dtype=float), power=power) == pytest.approx(
        (kappa, se), rel=1e-12
    )


@given(SCORES)
def test_with_squares_it_is_the_concordance_of_the_scores(pairs: list[tuple[int, int]]) -> None:
    """Lin's coefficient in exact fractions: 2 cov / (var + var + (difference of means)^2)."""
    n = len(pairs)
    mean_a, mean_b = (Fraction(sum(p[at] for p in pairs), n) for at in (0, 1))
    cov = sum((a - mean_a) * (b - mean_b) for a, b in pairs) / n
    apart = sum((a - mean_a) ** 2 + (b - mean_b) ** 2 for a, b in pairs) / n
    apart += (mean_a - mean_b) ** 2
    found = agreement(floats([a for a, _ in pairs]), floats([b for _, b in pairs]), top=4)
    if apart == 0:
        assert isnan(found.kappa)
        assert not found.reached
    else:
        assert found.kappa == pytest.approx(float(2 * cov / apart), abs=1e-12)
        assert found.se >= 0


@given(SCORES)
def test_the_raters_may_change_places(pairs: list[tuple[int, int]]) -> None:
    a, b = floats([a for a, _ in pairs]), floats([b for _, b in pairs])
    one, other = agreement(a, b, top=4), agreement(b, a, top=4)
    assert (one.kappa, one.exact) == pytest.approx((other.kappa, other.exact), nan_ok=True)


def test_what_one_rater_left_out_is_counted_and_compares_nothing() -> None:
    a, b = floats([0, 1, 2, 3, 4, 4]), floats([0, 1, 2, 3, 4, 0])
    a[5] = np.nan
    found = agreement(a, b, top=4)
    assert (found.kappa, found.exact, found.n, found.left_out) == (1.0, 1.0, 5, 1)
    nobody = agreement(floats([1]) * np.nan, floats([1]), top=4)
    assert (nobody.n, nobody.left_out, nobody.reached) == (0, 1, False)


def test_the_threshold_is_reached_from_sixty_hundredths() -> None:
    near = agreement(floats([0, 1, 2, 3, 4]), floats([0, 2, 2, 3, 3]), top=4)
    far = agreement(floats([0, 1, 2, 3, 4]), floats([2, 2, 1, 4, 1]), top=4)
    assert (near.reached, far.reached) == (True, False)
    assert far.kappa < THRESHOLD < near.kappa


@pytest.mark.parametrize("wrong", [-1, 5, 1.5])
def test_a_score_outside_the_scale_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 4"):
        agreement(np.array([wrong]), np.array([1.0]), top=4)
