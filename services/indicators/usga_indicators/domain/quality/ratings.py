"""How much the answers on one rating scale differ within an interview: straight-lining.

Non-differentiation after Mulligan, Krosnick et al. (2001): the mean root of pairwise differences,
zero when all answers are equal.
"""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.quality.records import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Per interview; NaN (0 for runs) where fewer than two items were answered."""

    sd: FloatArray
    longest_run: IntArray
    modal_share: FloatArray
    nondifferentiation: FloatArray


def ratings(scale: FloatArray) -> Ratings:
    """Standard deviation (n - 1), longest run of equal answers, share of the mode, and pairs."""
    known = ~np.isnan(scale)
    answered = known.sum(axis=1)
    enough = answered > 1
    filled = np.where(known, scale, 0.0)
    count, freedom = np.maximum(answered, 1), np.maximum(answered - 1, 1)
    mean = filled.sum(axis=1) / count
    deviations = np.where(known, scale - mean[:, None], 0.0)
    variance = (deviations**2).sum(axis=1) / freedom
    return Ratings(
        sd=np.where(enough, np.sqrt(variance), np.nan),
        longest_run=_longest_run(scale),
        modal_share=np.where(enough, _modal(scale) / count, np.nan),
        nondifferentiation=np.where(enough, _pairs(scale), np.nan),
    )


def _longest_run(scale: FloatArray) -> IntArray:
    rows, items = scale.shape
    longest = np.zeros(rows, dtype=np.int64)
    run = np.zeros(rows, dtype=np.int64)
    for item in range(items):
        here = scale[:, item]
        same = here == scale[:, item - 1] if item else np.zeros(rows, dtype=np.bool_)
        run = np.where(np.isnan(here), 0, np.where(same, run + 1, 1))
        longest = np.maximum(longest, run)
    return longest


def _modal(scale: FloatArray) -> IntArray:
    most = np.zeros(len(scale), dtype=np.int64)
    for value in np.unique(scale[~np.isnan(scale)]):
        most = np.maximum(most, (scale == value).sum(axis=1))
    return most


def _pairs(scale: FloatArray) -> FloatArray:
    """Mean over pairs of answered items of sqrt(|difference|)."""
    total, pairs = np.zeros(len(scale)), np.zeros(len(scale))
    for item in range(scale.shape[1] - 1):
        roots = np.sqrt(np.abs(scale[:, item + 1 :] - scale[:, item, None]))
        both = ~np.isnan(roots)
        total += np.where(both, roots, 0.0).sum(axis=1)
        pairs += both.sum(axis=1)
    return np.asarray(total / np.maximum(pairs, 1.0))
