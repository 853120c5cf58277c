"""What the numbers of people behind a cell tell of them, whatever their scale and origin.

A mean of `101` and `100` is a share in disguise: it tells how many people have which. So cells of
means, ratios, totals and quantiles are judged by how far people are from the middle one of them:
how many differ from it at all, and what the nine who differ most make of all that differs. Of two
values this is the smaller of numerator and complement, and 9 of them make everything, 10 of them
90 %. Neither changes when all numbers are multiplied, or the same is added to each.

A person is a pair (y, x) of numerator and denominator; x is 1 of means. The ratio y/x is what is
compared, and y - m x the deviation from the middle ratio m (the linearised value of a ratio,
Särndal et al. 1992, section 5.5, without its constant).
"""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.design.codes import BoolArray, FloatArray, IntArray

#: People who are too few to be told of (D-01), and who are too few for a base.
FEW, FEW_OF_BASE = 9, 24
#: Deviations below this share of the mean deviation of everybody are none: noise that hides
#: values among others.
_NEGLIGIBLE = 0.01
_ULPS = 4


@dataclass(frozen=True, slots=True)
class Values:
    """How the numbers of the people of one cell are spread; all counts are unweighted.

    `apart` differ from the middle person. `deviation` is the share of the nine who differ most in
    all deviations (0 where nobody differs), `base` that of the 24 largest in all denominators,
    `largest` that of the largest numerator. `low` and `high` are the least and the largest
    ratio; where `two` says that there are no others, `at_high` people have the larger one.
    Quantiles have people `at_or_below` and `at_or_above` what is published as well.
    """

    people: int
    apart: int
    deviation: float = 0.0
    base: float = 0.0
    largest: float = 0.0
    low: float = 0.0
    high: float = 0.0
    two: bool = False
    at_high: int = 0
    at_or_below: int | None = None
    at_or_above: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Pairs (y, x) with how many people of a group have each."""

    group: IntArray
    y: FloatArray
    x: FloatArray
    count: IntArray

    def in_order(self) -> "Counted":
        """By group and ratio; the same pair of a group once, and none that nobody has."""
        order = np.lexsort((self.x, self.y, _ratio(self.y, self.x), self.group))
        group, y, x = self.group[order], self.y[order], self.x[order]
        new = np.ones(len(group), dtype=np.bool_)
        new[1:] = (np.diff(group) != 0) | (np.diff(y) != 0) | (np.diff(x) != 0)
        starts = np.flatnonzero(new)
        count = np.add.reduceat(self.count[order], starts) if len(starts) else self.count
        left = count > 0
        at = starts[left]
        return Counted(group[at], y[at], x[at], count[left])


def values_of(pairs: Counted, groups: int, whole: IntArray) -> list[Values | None]:
    """How values are spread in each of `groups`; None where nobody is.

    `whole[g]` is the group of everybody, whose deviations say what is negligible.
    """
    if not len(pairs.group):
        return [None] * groups
    with np.errstate(all="ignore"):
        return _values(pairs.in_order(), groups, whole)


def _values(p: Counted, groups: int, whole: IntArray) -> list[Values | None]:
    found: list[Values | None] = [None] * groups
    present, starts, of = np.unique(p.group, return_index=True, return_inverse=True)
    ends = np.append(starts[1:], len(p.group)) - 1
    ratio = _ratio(p.y, p.x)
    people = np.add.reduceat(p.count, starts)
    ahead = np.cumsum(p.count)
    before = np.append(0, ahead[ends][:-1])
    middle = ratio[np.searchsorted(ahead, before + (people + 1) // 2)]
    middle = np.where(np.isfinite(middle), middle, 0.0)
    there = middle[of] * p.x
    deviation = np.abs(p.y - there)
    noise = _ULPS * np.spacing(np.maximum(np.abs(p.y), np.abs(there)))
    deviation[deviation <= noise] = 0.0
    mean = np.add.reduceat(deviation * p.count, starts) / people
    size = np.add.reduceat(np.abs(p.x) * p.count, starts) / people
    place = np.searchsorted(present, whole[present])
    place = np.where(present[np.minimum(place, len(present) - 1)] == whole[present], place, -1)
    everybody = np.where(place >= 0, mean[place], mean)
    least = _NEGLIGIBLE * everybody
    apart = np.add.reduceat(np.where(deviation > least[of], p.count, 0), starts)
    low, high = ratio[starts], ratio[ends]
    step = np.fmax(least / np.where(size > 0, size, 1.0), _ULPS * np.spacing(_most(low, high)))
    at_low, at_top = ratio <= (low + step)[of], ratio >= (high - step)[of]
    two = np.logical_and.reduceat(at_low | at_top, starts)
    two &= np.isfinite(low) & np.isfinite(high)
    one = np.logical_and.reduceat(at_low, starts) & two
    at_high = np.add.reduceat(np.where(at_top & ~(at_low & at_top), p.count, 0), starts)
    columns = (
        people,
        np.where(one, 0, apart),
        top_share(deviation, p.count, of, FEW),
        top_share(np.abs(p.x), p.count, of, FEW_OF_BASE),
        top_share(np.abs(p.y), p.count, of, 1),
        low,
        high,
        two,
        np.where(one, 0, at_high),
    )
    for group, row in zip(
        present.tolist(), zip(*(c.tolist() for c in columns), strict=True), strict=True
    ):
        found[group] = Values(*row)
    return found


def _most(low: FloatArray, high: FloatArray) -> FloatArray:
    largest = np.maximum(np.abs(low), np.abs(high))
    return np.where(np.isfinite(largest), largest, 0.0)


def _ratio(y: FloatArray, x: FloatArray) -> FloatArray:
    """y/x; without a denominator infinite, in the direction of y."""
    with np.errstate(all="ignore"):
        return np.where(x != 0, y / x, np.copysign(np.inf, y))


def top_share(sizes: FloatArray, count: IntArray, of: IntArray, most: int) -> FloatArray:
    """The share of the `most` largest in the sum of each group; 0 where the sum is."""
    order = np.lexsort((-sizes, of))
    size, people, group = sizes[order], count[order], of[order]
    starts = np.flatnonzero(np.append(True, np.diff(group) != 0))
    ahead = np.cumsum(people) - people
    ahead -= ahead[starts][group]
    taken = np.clip(most - ahead, 0, people)
    total = np.add.reduceat(size * people, starts)
    top = np.add.reduceat(size * taken, starts)
    return np.where(total > 0, top / total, np.where(total == 0, 0.0, 1.0))


def of_quantile(
    people: IntArray, values: FloatArray, *, at: float, low: float, high: float
) -> Values:
    """Of a quantile `at` with its interval: who has which values; `people` of each value.

    A person may have several. Apart are those with another value than the quantile.
    """

    def who(rows: BoolArray) -> int:
        return len(np.unique(people[rows]))

    return Values(
        people=len(np.unique(people)),
        apart=who(values != at),
        at_or_below=who(values <= low),
        at_or_above=who(values >= high),
    )
