"""Which interviewers stand out, with the number of comparisons paid for.

Counts (short interviews, near-duplicates, ...) are compared with those of all other interviewers
by Fisher's exact test, upper tail; first digits by a chi-square test of homogeneity; answer
variance by the modified z-score among interviewers, because interviewers differ honestly too. All
p-values of a survey together are adjusted after Benjamini and Hochberg (1995): of those flagged, a
share of `ALPHA` is expected to be flagged by chance.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from usga_indicators.domain.quality.records import FloatArray, IntArray

#: Share of flags that may be false.
ALPHA = 0.05
#: A count flags only from this many interviews (answers) on: one is no pattern.
LEAST = 2
_MAD_TO_SD = 1.4826


@dataclass(frozen=True, slots=True)
class Counted:
    """Of each interviewer: how often something was found, in how many it was looked for."""

    found: IntArray
    looked: IntArray


@dataclass(frozen=True, slots=True)
class Flag:
    """One measure of one interviewer that stands out, with its adjusted p-value."""

    interviewer: str
    measure: str
    p: float


def flags(
    interviewers: Sequence[str],
    counted: Mapping[str, Counted],
    *,
    first_digits: IntArray,
    answer_variance: FloatArray,
) -> list[Flag]:
    """Flags by interviewer, then by p. `first_digits`: interviewers by digits 1 to 9, counts."""
    p = {name: _counts(each) for name, each in counted.items()}
    p["benford"] = _digits(first_digits)
    p["low_variance"] = _low(answer_variance)
    names = list(p)
    raw = np.array([p[name] for name in names])
    adjusted = benjamini_hochberg(raw.ravel()).reshape(raw.shape)
    found = [
        Flag(interviewer, names[m], float(adjusted[m, i]))
        for i, interviewer in enumerate(interviewers)
        for m in range(len(names))
        if adjusted[m, i] <= ALPHA
    ]
    return sorted(found, key=lambda f: (f.interviewer, f.p, f.measure))


def benjamini_hochberg(p: FloatArray) -> FloatArray:
    """Adjusted p-values: the least false-discovery rate at which each would be flagged."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted


def fisher_upper(found: int, looked: int, all_found: int, all_looked: int) -> float:
    """P(X >= found) of the hypergeometric distribution."""
    j = np.arange(found, min(looked, all_found) + 1)
    logs = (
        _log_choose(looked, j)
        + _log_choose(all_looked - looked, all_found - j)
        - _log_choose(all_looked, np.array(all_found))
    )
    return float(min(1.0, np.exp(logs).sum()))


def _log_choose(n: int, k: IntArray) -> FloatArray:
    inside = (k >= 0) & (k <= n)
    kept = np.where(inside, k, 0)
    logs = (
        scipy.special.gammaln(n + 1)
        - scipy.special.gammaln(kept + 1)
        - scipy.special.gammaln(n - kept + 1)
    )
    return np.where(inside, logs, -np.inf)


def _counts(counted: Counted) -> FloatArray:
    all_found, all_looked = int(counted.found.sum()), int(counted.looked.sum())
    found = [
        fisher_upper(int(f), int(n), all_found, all_looked) if f >= LEAST else 1.0
        for f, n in zip(counted.found, counted.looked, strict=True)
    ]
    return np.array(found)


def _digits(counts: IntArray) -> FloatArray:
    """Each interviewer's digits against those of all others."""
    total = counts.sum(axis=0)
    return np.array([_homogeneity(own, total - own) for own in counts])


def _homogeneity(own: IntArray, others: IntArray) -> float:
    table = np.array([own, others], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():  # noqa: PLR2004
        return 1.0
    expected = table.sum(axis=1)[:, None] * table.sum(axis=0) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return float(scipy.special.chdtrc(table.shape[1] - 1, statistic))


def _low(values: FloatArray) -> FloatArray:
    """One-sided normal p-values of modified z-scores among interviewers."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.ones(len(values))
    middle = np.median(known)
    spread = _MAD_TO_SD * float(np.median(np.abs(known - middle)))
    if spread == 0:
        return np.ones(len(values))
    z = np.where(np.isnan(values), 0.0, (values - middle) / spread)
    lower: Callable[[FloatArray], FloatArray] = scipy.special.ndtr
    return np.where(np.isnan(values), 1.0, lower(z))
