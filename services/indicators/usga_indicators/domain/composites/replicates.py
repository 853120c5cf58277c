"""A bootstrap of the sample for composites: one set of replicates for all indicators.

Rao and Wu (1988): of the n primary units of a stratum n - 1 are drawn anew with replacement, and a
unit that was drawn r times counts r n/(n - 1) times. Every indicator is computed from the same
draws, so that errors that go together stay together. Strata with one unit are drawn as one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.composites.index import FloatArray
from usga_indicators.domain.composites.results import DRAWS, Replicates
from usga_indicators.domain.definition.model import (
    Definition,
    StatisticKind,
    UnitMeasure,
    Weight,
)
from usga_indicators.domain.tabulation.breakdowns import TOTAL
from usga_indicators.domain.tabulation.measures import NotComputable, prepare

_TWO = 2
_LINEAR = frozenset(
    {StatisticKind.PROPORTION, StatisticKind.MEAN, StatisticKind.RATIO, StatisticKind.COMPOSITE}
)


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A component of an index: its definition for one category, on the form that answers it."""

    name: str
    definition: Definition
    frame: Frame


def bootstrap(
    wanted: Sequence[Wanted],
    drawn: Mapping[str, int],
    *,
    seed: int,
    draws: int = DRAWS,
) -> Replicates | None:
    """Deviations of every component in the whole and in each stratum; None without a sample.

    `drawn` is the number of PSUs that the sample has in each stratum: those without an interview
    are drawn too, and add nothing.
    """
    units = _Units.of([each.frame for each in wanted], drawn)
    usable = [(each, totals) for each in wanted if (totals := _totals(each, units)) is not None]
    if not usable:
        return None
    factors = units.factors(np.random.default_rng([seed, draws]), draws)
    areas = (TOTAL, *units.strata)
    deviations = np.full((draws, len(areas), len(usable)), np.nan)
    for column, (each, totals) in enumerate(usable):
        scale = 100.0 if each.definition.unit_measure is UnitMeasure.PERCENT else 1.0
        for row, area in enumerate(areas):
            inside = units.inside(area)
            if len(inside) >= _TWO:  # one unit tells of no error: that of the estimate stands in
                deviations[:, row, column] = scale * _moved(totals[inside], factors[:, inside])
    return Replicates(areas, tuple(each.name for each, _ in usable), deviations)


def _moved(totals: FloatArray, factors: FloatArray) -> FloatArray:
    """Value of each replicate minus that of the sample; `totals` is unit x part x (y, x)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = totals.sum(axis=0)
        value = (whole[:, 0] / whole[:, 1]).mean()
        drawn = np.einsum("du,upk->dpk", factors, totals)
        found = (drawn[..., 0] / drawn[..., 1]).mean(axis=-1) - value
    # A replicate that drew nobody of the base says nothing: the estimate stands in.
    return np.asarray(np.where(np.isnan(found) & ~np.isnan(value), 0.0, found))


def _totals(wanted: Wanted, units: "_Units") -> FloatArray | None:
    """Weighted sums of numerator and denominator by primary unit and part."""
    definition, frame = wanted.definition, wanted.frame
    if definition.statistic not in _LINEAR or not definition.is_of_survey:
        return None
    try:
        data = prepare(definition, frame)
    except NotComputable:
        return None
    weights = frame.w_household if definition.weight is Weight.HOUSEHOLD else frame.w_person
    known = ~(np.isnan(data.numerators) | np.isnan(data.denominators))
    of = units.of_rows(frame)
    parts = [
        np.stack(
            [
                np.bincount(of, weights * np.where(known[:, part], v[:, part], 0.0), units.size)
                for v in (data.numerators, data.denominators)
            ],
            axis=-1,
        )
        for part in range(data.numerators.shape[1])
    ]
    return np.stack(parts, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """Primary units of all forms of one sample, stratum by stratum."""

    place: dict[tuple[str, str], int]
    stratum: tuple[str, ...]
    """Of each unit, those without an interview included."""

    @classmethod
    def of(cls, frames: Iterable[Frame], drawn: Mapping[str, int]) -> "_Units":
        named = sorted({pair for frame in frames for pair in _pairs(frame)[0]})
        strata = [stratum for stratum, _ in named]
        empty = [
            stratum
            for stratum in sorted(set(strata))
            for _ in range(max(drawn.get(stratum, 0) - strata.count(stratum), 0))
        ]
        return cls({pair: at for at, pair in enumerate(named)}, (*strata, *empty))

    @property
    def size(self) -> int:
        return len(self.stratum)

    @property
    def strata(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.stratum)))

    def inside(self, area: str) -> NDArray[np.int64]:
        """The units of a stratum, or all."""
        return np.array(
            [at for at, s in enumerate(self.stratum) if area in {TOTAL, s}], dtype=np.int64
        )

    def of_rows(self, frame: Frame) -> NDArray[np.int64]:
        """The unit of each interview."""
        pairs, back = _pairs(frame)
        return np.array([self.place[pair] for pair in pairs], dtype=np.int64)[back]

    def factors(self, rng: np.random.Generator, draws: int) -> FloatArray:
        """How often each unit counts in each replicate: draws x units."""
        found = np.ones((draws, self.size))
        groups = [self.inside(stratum) for stratum in self.strata]
        alone = [group for group in groups if len(group) == 1]
        groups = [group for group in groups if len(group) > 1]
        if alone:
            groups.append(np.concatenate(alone))
        for group in groups:
            n = len(group)
            if n >= _TWO:
                times = rng.multinomial(n - 1, np.full(n, 1.0 / n), size=draws)
                found[:, group] = times * n / (n - 1)
        return found


def _pairs(frame: Frame) -> tuple[list[tuple[str, str]], NDArray[np.int64]]:
    """Stratum and unit of each place, and the place of each interview; "" is not known."""
    width = len(frame.psu.levels) + 1
    codes = (frame.stratum.wide + 1) * width + frame.psu.wide + 1
    seen, back = np.unique(codes, return_inverse=True)
    strata, units = ("", *frame.stratum.levels), ("", *frame.psu.levels)
    return [(strata[int(c) // width], units[int(c) % width]) for c in seen], back
