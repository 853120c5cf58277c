"""How alike the answers to one interviewer are: the intra-class correlation.

One-way analysis of variance with interviewers as classes (Kish 1962, "Studies of interviewer
variance for attitudinal variables"; Searle, Casella and McCulloch 1992, section 3.6).
"""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.quality.records import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class InterviewerEffect:
    """Of one item; numbers are NaN where there are not two interviewers with answers."""

    icc: float
    F: float
    n0: float
    df: tuple[int, int]
    interviewer_deff: float


def interviewer_effect(values: FloatArray, interviewer: IntArray) -> InterviewerEffect:
    """(MSB - MSW) / (MSB + (n0 - 1) MSW), with n0 = (N - sum n_i^2 / N) / (k - 1).

    Negative values are kept: they say that the classes are less alike than chance. The design
    effect is 1 + (N/k - 1) max(icc, 0).
    """
    known = ~np.isnan(values)
    y, (_, group) = values[known], np.unique(interviewer[known], return_inverse=True)
    sizes = np.bincount(group).astype(np.float64)
    n, k = len(y), len(sizes)
    if k < 2 or n <= k:  # noqa: PLR2004 - nothing to compare
        nan = float("nan")
        return InterviewerEffect(nan, nan, nan, (max(k - 1, 0), max(n - k, 0)), nan)
    means = np.bincount(group, weights=y) / sizes
    between = float((sizes * (means - y.mean()) ** 2).sum()) / (k - 1)
    within = float(((y - means[group]) ** 2).sum()) / (n - k)
    n0 = float(n - (sizes**2).sum() / n) / (k - 1)
    denominator = between + (n0 - 1.0) * within
    icc = (between - within) / denominator if denominator > 0 else float("nan")
    ratio = between / within if within > 0 else float("nan")
    effect = 1.0 + (n / k - 1.0) * max(icc, 0.0)
    return InterviewerEffect(icc, ratio, n0, (k - 1, n - k), effect)
