"""Sampling errors of the values: what they hide of a pattern, and what stays of it."""

import numpy as np
import pytest
from scipy import stats
from usga_indicators.domain.spatial import (
    Weights,
    false_discovery,
    grid,
    moran,
    under_sampling_error,
)
from usga_indicators.domain.spatial.overall import morans
from usga_indicators.domain.spatial.sampling import noise_share

SIDE = 10
XY = np.array([[float(x), float(y)] for y in range(SIDE) for x in range(SIDE)])
MAP: Weights = grid(XY)
SLOPE = XY.sum(axis=1)
"""A pattern that nobody misses."""


def test_many_maps_at_once_have_the_statistics_of_each() -> None:
    maps = np.random.default_rng(3).normal(size=(7, len(XY)))
    standardised = MAP.row_standardised()
    found, p = morans(maps, standardised)
    each = [moran(row, standardised) for row in maps]
    assert found == pytest.approx([m.I for m in each], rel=1e-12)
    assert p == pytest.approx([m.p_rand_two for m in each], rel=1e-9)


def test_without_errors_every_draw_is_the_map_itself() -> None:
    found = under_sampling_error(SLOPE, np.zeros(len(XY)), MAP, draws=50, seed=1)
    itself = moran(SLOPE, MAP.row_standardised())
    assert (found.noise, found.significant) == (0.0, 1.0)
    assert found.lower == pytest.approx(itself.I) == found.upper


def test_errors_as_large_as_the_differences_leave_no_pattern() -> None:
    flat = np.random.default_rng(2).normal(size=len(XY))
    found = under_sampling_error(flat, np.full(len(XY), 3.0), MAP, draws=400, seed=1)
    assert found.noise == 1.0
    assert found.significant < 0.1
    assert found.lower < 0 < found.upper


def test_the_seed_repeats_the_draws() -> None:
    se = np.full(len(XY), 2.0)
    first, again, other = (
        under_sampling_error(SLOPE, se, MAP, draws=40, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other


def test_errors_weaken_a_pattern_by_the_share_that_they_explain() -> None:
    """Fuller's attenuation: E(I of estimates) is about I of the truth times 1 - noise share."""
    random, standardised = np.random.default_rng(8), MAP.row_standardised()
    se = np.full(len(XY), SLOPE.std())
    seen = SLOPE + se * random.standard_normal((300, len(XY)))
    statistic, _ = morans(seen, standardised)
    noise = np.mean([noise_share(row, se) for row in seen])
    truth = moran(SLOPE, standardised).I
    assert noise == pytest.approx(0.5, abs=0.03)
    assert statistic.mean() == pytest.approx(truth * (1 - noise), rel=0.05)


def test_adjusting_for_many_places_is_that_of_scipy() -> None:
    p = np.random.default_rng(4).uniform(0, 0.5, size=40)
    p[:5] = [0.001, 0.001, 0.004, 0.5, 0.002]
    expected = stats.false_discovery_control(np.minimum(2 * p, 1))
    assert false_discovery(p) == pytest.approx(expected, rel=1e-12)
    assert false_discovery(np.array([])).tolist() == []
