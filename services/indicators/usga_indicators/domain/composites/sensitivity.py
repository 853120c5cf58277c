"""How far scores and ranks move under other choices than those of the index (OECD/JRC step 8)."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.composites.index import Aggregation, FloatArray, Index
from usga_indicators.domain.composites.scores import (
    Normalisation,
    Weights,
    reweighted,
    score,
)

#: Concentration of the Dirichlet weights: their coefficient of variation is about 25 percent.
_CV = 0.25
_WEIGHT_DRAWS = 200


def ranks_of(scores: FloatArray, index: Index | None = None) -> FloatArray:
    """Rank of each area, 1 for the best; equal scores share the better rank, unknown come last."""
    best_first = scores if index is None or index.direction == "+" else -scores
    known = np.where(np.isnan(best_first), -np.inf, best_first)
    better: NDArray[np.bool_] = known[..., None, :] > known[..., :, None]
    return np.asarray(1.0 + better.sum(axis=-1))


def rank_ranges(
    index: Index, point: FloatArray, rng: np.random.Generator
) -> dict[str, list[tuple[int, int]]]:
    """Least and greatest rank of each area under each kind of other choice."""
    equal = Weights.equal(index)
    scores = {
        "normalisation": [score(point, index, equal, normalisation=n)[0] for n in Normalisation],
        **_alternatives(index, point, rng),
    }
    return {
        kind: [
            (int(low), int(high)) for low, high in _extremes([ranks_of(s, index) for s in found])
        ]
        for kind, found in _usable(scores).items()
    }


def score_ranges(
    index: Index, point: FloatArray, rng: np.random.Generator
) -> dict[str, list[tuple[float, float]]]:
    """Least and greatest score; normalisations are left out: their scales differ.

    A choice under which an area has no score says nothing of that area.
    """
    return {
        kind: _extremes(found) for kind, found in _usable(_alternatives(index, point, rng)).items()
    }


def _alternatives(
    index: Index, point: FloatArray, rng: np.random.Generator
) -> dict[str, list[FloatArray]]:
    equal = Weights.equal(index)
    plain, pillars = score(point, index, equal)
    drawn = _drawn_weights(len(index.pillars), rng)
    ways = [] if index.balance else list(Aggregation)  # a balance may be below zero
    return {
        "aggregation": [plain, *(score(point, index, equal, aggregation=a)[0] for a in ways)],
        "weights": [plain, *reweighted(pillars, index, drawn)],
        "components": [
            plain,
            *(
                score(_without(point, column), index, equal)[0]
                for column in range(point.shape[1])
                if not np.isnan(point[:, column]).all()
            ),
        ],
    }


def _usable(scores: Mapping[str, Sequence[FloatArray]]) -> dict[str, list[FloatArray]]:
    known = {kind: [s for s in found if not np.isnan(s).all()] for kind, found in scores.items()}
    return {kind: found for kind, found in known.items() if found}


def _drawn_weights(pillars: int, rng: np.random.Generator) -> FloatArray:
    """Dirichlet weights around equal ones with a coefficient of variation of 25 percent."""
    if pillars == 1:
        return np.ones((1, 1))
    total = (pillars - 1) / _CV**2 - 1
    return np.asarray(rng.dirichlet(np.full(pillars, total / pillars), _WEIGHT_DRAWS))


def _without(point: FloatArray, column: int) -> FloatArray:
    left = point.copy()
    left[:, column] = np.nan
    return left


def _extremes(found: Sequence[FloatArray]) -> list[tuple[float, float]]:
    stacked = np.stack(found)
    low = np.fmin.reduce(stacked, axis=0)
    high = np.fmax.reduce(stacked, axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
