"""Sums that do not round."""

import math

import numpy as np
from usga_indicators.domain.incremental.exact import ExactSums


def grouped(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> ExactSums:
    """All of them in one group."""
    size = len(values)
    return ExactSums.grouped(np.zeros(size, dtype=np.int64), np.arange(size), values[:, None], 1)


def test_sums_are_the_nearest_floats_of_the_true_ones() -> None:
    values = np.random.default_rng(3).lognormal(3, 4, 20_000)
    assert grouped(values).high[0, 0] == math.fsum(values)
    assert values.sum() != math.fsum(values)  # where plain addition rounds


def test_what_is_taken_away_leaves_no_trace() -> None:
    random = np.random.default_rng(4)
    stay, go = random.uniform(1, 3000, 500), random.uniform(1, 3000, 9000) / 7
    before, both = grouped(stay), grouped(np.concatenate([stay, go]))
    row = np.zeros(1, dtype=np.int64)
    for one in go:
        both.move(row, grouped(np.array([one])), -1.0)
    assert (both.high, both.low) == (before.high, before.low)
    plain = np.concatenate([stay, go]).sum()
    for one in go:
        plain -= one
    assert plain != before.high[0, 0]


def test_rows_and_columns_move_alone() -> None:
    sums = ExactSums.zeros(3, 2)
    change = ExactSums(np.array([[5.0]]), np.array([[0.0]]))
    sums.columns(slice(1, 2)).move(np.array([2]), change, 1.0)
    assert sums.high.tolist() == [[0, 0], [0, 0], [0, 5]]
    assert sums.grown(5).high.shape == (5, 2)
