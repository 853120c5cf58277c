"""How far scores and ranks move under other choices than those of the index (OECD/JRC step 8)."""

from collections.abc import Mapping, Sequence

import numpy as np

from usga_indicators.domain.composites.index import Aggregation, FloatArray, Index
from usga_indicators.domain.composites.scores import (
    Normalisation,
    Weights,
    pillars_reached,
    reach,
    reweighted,
    score,
)

#: Concentration of the Dirichlet weights: their coefficient of variation is about 25 percent.
_CV = 0.25
_WEIGHT_DRAWS = 200


def ranks_between(
    low: FloatArray, high: FloatArray, index: Index
) -> tuple[FloatArray, FloatArray]:
    """Best and worst rank of each area where scores lie between `low` and `high`.

    An area is behind another for sure where its best is below the other's worst, and may be
    behind it where its worst is below the other's best. Unknown scores take no place.
    """
    worst, best = (low, high) if index.direction == "+" else (-high, -low)
    surely = worst[..., None, :] > best[..., :, None]
    maybe = best[..., None, :] > worst[..., :, None]
    itself = np.eye(low.shape[-1], dtype=np.bool_)
    return 1.0 + surely.sum(axis=-1), 1.0 + (maybe & ~itself).sum(axis=-1)


def rank_ranges(
    index: Index, point: FloatArray, rng: np.random.Generator
) -> dict[str, list[tuple[int, int]]]:
    """Least and greatest rank of each area under each kind of other choice.

    Whatever it is missing may be: see `reach`.
    """
    equal = Weights.equal(index)
    ways = [] if index.balance else list(Aggregation)  # a balance may be below zero
    plain, pillars = reach(point, index, equal), pillars_reached(point, index)
    drawn = _drawn_weights(len(index.pillars), rng)
    reached = {
        "normalisation": [reach(point, index, equal, normalisation=n) for n in Normalisation],
        "aggregation": [plain, *(reach(point, index, equal, aggregation=a) for a in ways)],
        "weights": [plain, *zip(*(reweighted(p, index, drawn) for p in pillars), strict=True)],
        "components": [
            plain,
            *(
                reach(_without(point, column), index, equal)
                for column in range(point.shape[1])
                if not np.isnan(point[:, column]).all()
            ),
        ],
    }
    ranges = {}
    for kind, found in reached.items():
        told = [pair for pair in found if not np.isnan(pair[0]).all()]
        ranks = [ranks_between(low, high, index) for low, high in told]
        if ranks:
            best = np.minimum.reduce([low for low, _ in ranks])
            worst = np.maximum.reduce([high for _, high in ranks])
            ranges[kind] = [(int(a), int(b)) for a, b in zip(best, worst, strict=True)]
    return ranges


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
