"""The index of each area: its interval, its ranks, its ties, and what moves the rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.composites.index import FloatArray, Index
from usga_indicators.domain.composites.scores import Aggregation, Normalisation, Weights, score

DRAWS = 1000
_TAILS = (2.5, 97.5)
#: Concentration of the Dirichlet weights: their coefficient of variation is about 25 percent.
_CV = 0.25
_WEIGHT_DRAWS = 200
_TWO = 2


@dataclass(frozen=True, slots=True)
class Value:
    """An indicator in an area; no standard error: it is taken as exact."""

    value: float
    se: float | None = None


Values = Mapping[str, Mapping[str, Value]]
"""By area and name of the component."""


@dataclass(frozen=True, slots=True)
class AreaResult:
    """One area; ranks count from 1, the best. None where too little is known."""

    area: str
    index: float | None
    low: float | None
    high: float | None
    pillars: Mapping[str, float | None]
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    ties: tuple[str, ...] = ()
    """Areas whose intervals overlap: none of them is better or worse (rule Q-04)."""
    sensitivity: Mapping[str, tuple[int, int]] | None = None
    """Least and greatest rank under other normalisations, weights, aggregations, components."""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexResult:
    """All areas in the order given, with the seed that the intervals came from."""

    index: Index
    seed: int
    draws: int
    areas: tuple[AreaResult, ...]


def evaluate(index: Index, values: Values, *, seed: int, draws: int = DRAWS) -> IndexResult:
    """Score every area; Monte Carlo over the sampling errors, which are taken as independent.

    Errors of indicators of one sample are correlated: the covariance is not published, so
    intervals are too narrow where errors go together and too wide where they cancel.
    """
    areas = tuple(values)
    point, error = _arrays(index, values)
    weights = Weights.equal(index)
    found, pillars = score(point, index, weights)
    rng = np.random.default_rng(seed)
    drawn = point + rng.standard_normal((draws, *point.shape)) * error
    simulated, _ = score(drawn, index, weights)
    results = [
        AreaResult(
            area=area,
            index=_number(found[place]),
            low=_percentile(simulated[:, place], _TAILS[0]),
            high=_percentile(simulated[:, place], _TAILS[1]),
            pillars={
                p.code: _number(v) for p, v in zip(index.pillars, pillars[place], strict=True)
            },
            missing=tuple(
                c.name for c, v in zip(index.components, point[place], strict=True) if np.isnan(v)
            ),
        )
        for place, area in enumerate(areas)
    ]
    if int((~np.isnan(found)).sum()) >= _TWO:
        results = _ranked(results, found, simulated)
        ranges = _sensitivity(index, point, rng)
        results = [
            replace(r, sensitivity={kind: by[place] for kind, by in ranges.items()})
            if r.rank
            else r
            for place, r in enumerate(results)
        ]
    return IndexResult(index, seed, draws, tuple(results))


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


def _ranked(
    results: list[AreaResult], found: FloatArray, simulated: FloatArray
) -> list[AreaResult]:
    ranks, drawn = ranks_of(found), ranks_of(simulated)
    return [
        result
        if result.index is None
        else replace(
            result,
            rank=int(ranks[place]),
            rank_low=int(np.floor(np.percentile(drawn[:, place], _TAILS[0]))),
            rank_high=int(np.ceil(np.percentile(drawn[:, place], _TAILS[1]))),
            ties=tuple(o.area for o in results if o is not result and _overlap(result, o)),
        )
        for place, result in enumerate(results)
    ]


def _overlap(a: AreaResult, b: AreaResult) -> bool:
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return False
    return a.low <= b.high and b.low <= a.high


def ranks_of(scores: FloatArray) -> FloatArray:
    """Rank of each area, 1 for the best; equal scores share the better rank, unknown come last."""
    known = np.where(np.isnan(scores), -np.inf, scores)
    better: NDArray[np.bool_] = known[..., None, :] > known[..., :, None]
    return np.asarray(1.0 + better.sum(axis=-1))


def _sensitivity(
    index: Index, point: FloatArray, rng: np.random.Generator
) -> dict[str, list[tuple[int, int]]]:
    """Least and greatest rank of each area under each kind of other choice."""
    equal = Weights.equal(index)
    scores: dict[str, list[FloatArray]] = {
        "normalisation": [score(point, index, equal, normalisation=n)[0] for n in Normalisation],
        "aggregation": [score(point, index, equal, aggregation=a)[0] for a in Aggregation],
        "weights": [
            score(point, index, replace(equal, pillars=w))[0]
            for w in _drawn_weights(len(index.pillars), rng)
        ],
        "components": [
            score(_without(point, column), index, equal)[0]
            for column in range(point.shape[1])
            if not np.isnan(point[:, column]).all()
        ],
    }
    usable = {kind: [s for s in found if not np.isnan(s).all()] for kind, found in scores.items()}
    return {kind: _ranges(found) for kind, found in usable.items() if found}


def _drawn_weights(pillars: int, rng: np.random.Generator) -> FloatArray:
    """Dirichlet weights around equal ones with a coefficient of variation of 25 percent."""
    total = (pillars - 1) / _CV**2 - 1
    return np.asarray(rng.dirichlet(np.full(pillars, total / pillars), _WEIGHT_DRAWS))


def _without(point: FloatArray, column: int) -> FloatArray:
    left = point.copy()
    left[:, column] = np.nan
    return left


def _ranges(scores: Sequence[FloatArray]) -> list[tuple[int, int]]:
    ranks = np.stack([ranks_of(s) for s in scores])
    return [
        (int(low), int(high))
        for low, high in zip(ranks.min(axis=0), ranks.max(axis=0), strict=True)
    ]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _percentile(values: FloatArray, at: float) -> float | None:
    return None if np.isnan(values).any() else float(np.percentile(values, at))
