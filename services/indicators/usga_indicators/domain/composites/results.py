"""The index of each area: its interval, its ranks, its ties, and what moves them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from usga_indicators.domain.composites.index import FloatArray, Index
from usga_indicators.domain.composites.scores import (
    Weights,
    goalposts,
    reach,
    score,
    side_scores,
)
from usga_indicators.domain.composites.sensitivity import (
    rank_ranges,
    ranks_between,
    score_ranges,
)

DRAWS = 1000
_TAILS = (2.5, 97.5)
_TWO = 2


@dataclass(frozen=True, slots=True)
class Value:
    """An indicator in an area; no standard error: it is taken as exact."""

    value: float
    se: float | None = None


Values = Mapping[str, Mapping[str, Value]]
"""By area and name of the component."""


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """What a component lay off its estimate in each replicate of the sample.

    `deviations` is draws x areas x components; NaN for a component that is not of the sample.
    """

    areas: tuple[str, ...]
    names: tuple[str, ...]
    deviations: FloatArray


@dataclass(frozen=True, slots=True)
class AreaResult:
    """One area; ranks count from 1, the best. None where too little is known.

    Ranks and ties hold whatever the components may be that it lacks: those that another area
    knows (ADR-0064).
    """

    area: str
    index: float | None
    low: float | None
    high: float | None
    pillars: Mapping[str, float | None]
    sides: Mapping[str, tuple[float | None, float | None]]
    """Of a balance: what adds, and what is taken off, by level."""
    rank_low: int | None = None
    rank_high: int | None = None
    ties: tuple[str, ...] = ()
    """Areas whose intervals overlap: none of them is better or worse (rule Q-04)."""
    sensitivity: Mapping[str, tuple[int, int]] | None = None
    """Least and greatest rank under other normalisations, weights, aggregations, components."""
    spread: Mapping[str, tuple[float, float]] | None = None
    """Least and greatest score under other weights, aggregations, components."""
    missing: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    """Pillars of which another area knows a component that this one does not."""
    possible: tuple[float, float] | None = None
    """Of an area that lacks some: the index where they were as bad, and as good, as can be."""


@dataclass(frozen=True, slots=True)
class IndexResult:
    """All areas in the order given, with the seed that the intervals came from."""

    index: Index
    seed: int
    draws: int
    areas: tuple[AreaResult, ...]
    bootstrap: bool = False
    """Whether intervals come from replicates of the sample, not from standard errors alone."""


def evaluate(
    index: Index,
    values: Values,
    *,
    seed: int,
    draws: int = DRAWS,
    replicates: Replicates | None = None,
) -> IndexResult:
    """Score every area, with intervals of the sampling errors.

    With `replicates` errors of indicators of one sample go together as they do there; without,
    they are drawn as independent, which is too narrow where errors go together and too wide
    where they cancel. What is not of the sample is drawn from its own standard error.
    """
    areas = tuple(values)
    point, error = _arrays(index, values)
    equal = Weights.equal(index)
    found, pillars = score(point, index, equal)
    rng = np.random.default_rng(seed)
    drawn = _drawn(index, areas, point, error, rng=rng, draws=draws, replicates=replicates)
    simulated, _ = score(drawn, index, equal)
    results = [
        AreaResult(
            area=area,
            index=_number(found[place]),
            low=_percentile(simulated[:, place], _TAILS[0]),
            high=_percentile(simulated[:, place], _TAILS[1]),
            pillars={
                p.code: _number(v) for p, v in zip(index.pillars, pillars[place], strict=True)
            },
            sides=_sides(index, point[place], equal),
            missing=tuple(
                c.name for c, v in zip(index.components, point[place], strict=True) if np.isnan(v)
            ),
        )
        for place, area in enumerate(areas)
    ]
    scores = score_ranges(index, point, rng)
    results = [
        replace(r, spread={kind: by[place] for kind, by in scores.items()})
        if r.index is not None
        else r
        for place, r in enumerate(results)
    ]
    results = _lacking(index, results, point)
    if int((~np.isnan(found)).sum()) >= _TWO:
        results = _ranked(index, results, reach(drawn, index, equal))
        ranges = rank_ranges(index, point, rng)
        results = [
            replace(r, sensitivity={kind: by[place] for kind, by in ranges.items()})
            if r.rank_low
            else r
            for place, r in enumerate(results)
        ]
    return IndexResult(index, seed, draws, tuple(results), bootstrap=replicates is not None)


def _arrays(index: Index, values: Values) -> tuple[FloatArray, FloatArray]:
    names = [c.name for c in index.components]
    point = np.full((len(values), len(names)), np.nan)
    error = np.zeros_like(point)
    for row, by_name in enumerate(values.values()):
        for column, name in enumerate(names):
            found = by_name.get(name)
            if found is not None:
                point[row, column] = found.value
                error[row, column] = found.se or 0.0
    return point, error


def _drawn(
    index: Index,
    areas: Sequence[str],
    point: FloatArray,
    error: FloatArray,
    *,
    rng: np.random.Generator,
    draws: int,
    replicates: Replicates | None,
) -> FloatArray:
    """Values of every draw: what is unknown stays unknown."""
    moved = rng.standard_normal((draws, *point.shape)) * error
    if replicates is not None:
        place = {area: at for at, area in enumerate(replicates.areas)}
        column = {name: at for at, name in enumerate(replicates.names)}
        for row, area in enumerate(areas):
            for to, name in enumerate(c.name for c in index.components):
                if area in place and name in column:
                    own = replicates.deviations[:, place[area], column[name]]
                    moved[:, row, to] = np.where(np.isnan(own), moved[:, row, to], own)
    return np.asarray(point + moved)


def _sides(
    index: Index, point: FloatArray, weights: Weights
) -> dict[str, tuple[float | None, float | None]]:
    if not index.balance:
        return {}
    scaled = goalposts(point, index)
    adds, takes = (side_scores(scaled, index, weights, taken=t) for t in (False, True))
    return {
        p.code: (_number(a), _number(t))
        for p, a, t in zip(index.pillars, adds, takes, strict=True)
    }


def _lacking(index: Index, results: list[AreaResult], point: FloatArray) -> list[AreaResult]:
    """Say of each area what others know and it does not, and what that could make of it."""
    unknown = np.isnan(point)
    lacks = unknown & ~unknown.all(axis=0)
    low, high = reach(point, index, Weights.equal(index))
    of = index.pillar_of()
    return [
        replace(
            result,
            lacking=tuple(index.pillars[p].code for p in sorted({*of[lacks[place]].tolist()})),
            possible=None if np.isnan(low[place]) else (float(low[place]), float(high[place])),
        )
        if lacks[place].any()
        else result
        for place, result in enumerate(results)
    ]


def _ranked(
    index: Index, results: list[AreaResult], reached: tuple[FloatArray, FloatArray]
) -> list[AreaResult]:
    """With ranges of ranks and ties, from the least and greatest score in each draw."""
    best, worst = ranks_between(*reached, index)
    ends = [
        (_percentile(low, _TAILS[0]), _percentile(high, _TAILS[1]))
        for low, high in zip(reached[0].T, reached[1].T, strict=True)
    ]
    return [
        result
        if result.index is None
        else replace(
            result,
            rank_low=int(np.floor(np.percentile(best[:, place], _TAILS[0]))),
            rank_high=int(np.ceil(np.percentile(worst[:, place], _TAILS[1]))),
            ties=tuple(
                other.area
                for at, other in enumerate(results)
                if at != place and other.index is not None and _overlap(ends[place], ends[at])
            ),
        )
        for place, result in enumerate(results)
    ]


def _overlap(a: tuple[float | None, float | None], b: tuple[float | None, float | None]) -> bool:
    (a_low, a_high), (b_low, b_high) = a, b
    if a_low is None or a_high is None or b_low is None or b_high is None:
        return False
    return a_low <= b_high and b_low <= a_high


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _percentile(values: FloatArray, at: float) -> float | None:
    return None if np.isnan(values).any() else float(np.percentile(values, at))
