"""From indicator values to pillar scores and one score, over any number of areas and draws.

Arrays end in (areas, components) or (areas, pillars); NaN is unknown and never imputed.
Method: OECD/JRC (2008), Handbook on Constructing Composite Indicators, steps 5 to 7.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.composites.index import Aggregation, FloatArray, Index

_AMPI_LOW, _AMPI_SPAN = 70.0, 60.0


class Normalisation(StrEnum):
    """How values of different units become comparable."""

    GOALPOSTS = "goalposts"
    Z_SCORE = "z_score"
    PERCENTILE_RANK = "percentile_rank"


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights of components inside their pillars, and of pillars; any positive scale."""

    components: FloatArray
    pillars: FloatArray

    @classmethod
    def equal(cls, index: Index) -> "Weights":
        return cls(np.ones(len(index.components)), np.ones(len(index.pillars)))


def goalposts(values: FloatArray, index: Index) -> FloatArray:
    """100 (x - low)/(high - low), clipped to 0 to 100 and turned where less is better."""
    low = np.array([c.low for c in index.components])
    high = np.array([c.high for c in index.components])
    scaled = np.clip(100 * (values - low) / (high - low), 0, 100)
    return _turned(scaled, index)


def _turned(scaled: FloatArray, index: Index) -> FloatArray:
    reversed_ = np.array([c.reversed_ for c in index.components])
    return np.where(reversed_, 100 - scaled, scaled)


def normalised(values: FloatArray, index: Index, how: Normalisation) -> FloatArray:
    """Values on 0 to 100, more is better; z-scores as 50 + 10 z, which keeps them positive."""
    match how:
        case Normalisation.GOALPOSTS:
            return goalposts(values, index)
        case Normalisation.Z_SCORE:
            known = ~np.isnan(values)
            number = np.maximum(known.sum(axis=-2, keepdims=True), 1)
            centre = np.where(known, values, 0).sum(axis=-2, keepdims=True) / number
            off = np.where(known, values - centre, 0)
            spread = np.sqrt((off**2).sum(axis=-2, keepdims=True) / number)
            z = np.divide(values - centre, spread, out=np.zeros_like(values), where=spread > 0)
            z = np.where(np.isnan(values), np.nan, z)
            return _turned(np.clip(50 + 10 * z, 0, 100), index)
        case Normalisation.PERCENTILE_RANK:
            below = (values[..., :, None, :] > values[..., None, :, :]).sum(axis=-2)
            equal = (values[..., :, None, :] == values[..., None, :, :]).sum(axis=-2)
            known = (~np.isnan(values)).sum(axis=-2, keepdims=True)
            rank = 100 * (below + equal / 2) / np.maximum(known, 1)
            return _turned(np.where(np.isnan(values), np.nan, rank), index)


def pillar_scores(scores: FloatArray, index: Index, weights: Weights) -> FloatArray:
    """Weighted mean of the known components of each pillar, where enough are known.

    Of a balance: the mean of what adds minus the mean of what is taken off, both known.
    """
    if not index.balance:
        return _means(scores, index, weights, np.ones(len(index.components), dtype=np.bool_))
    return side_scores(scores, index, weights, taken=False) - side_scores(
        scores, index, weights, taken=True
    )


def side_scores(scores: FloatArray, index: Index, weights: Weights, *, taken: bool) -> FloatArray:
    """The same of one side alone."""
    return _means(scores, index, weights, index.sides == taken)


def _means(
    scores: FloatArray, index: Index, weights: Weights, chosen: NDArray[np.bool_]
) -> FloatArray:
    of, found = index.pillar_of(), []
    for place in range(len(index.pillars)):
        columns = (of == place) & chosen
        inside, w = scores[..., columns], weights.components[columns]
        known = ~np.isnan(inside)
        total = (known * w).sum(axis=-1)
        mean = np.where(known, inside * w, 0).sum(axis=-1) / np.where(total > 0, total, np.nan)
        enough = known.sum(axis=-1) >= index.pillar_needs * inside.shape[-1] - 1e-9
        found.append(np.where(enough, mean, np.nan))
    return np.stack(found, axis=-1)


def combined(pillars: FloatArray, index: Index, weights: Weights, how: Aggregation) -> FloatArray:
    """One score of the known pillars, where enough are known."""
    known = ~np.isnan(pillars)
    w = np.where(known, weights.pillars, 0)
    w = w / np.where(w.sum(axis=-1, keepdims=True) > 0, w.sum(axis=-1, keepdims=True), np.nan)
    filled = np.where(known, pillars, 0)
    match how:
        case Aggregation.ARITHMETIC:
            result = (w * filled).sum(axis=-1)
        case Aggregation.GEOMETRIC:
            result = np.exp((w * np.log(np.maximum(filled, index.floor))).sum(axis=-1))
        case Aggregation.AMPI:
            result = ampi(pillars, w)
    return np.where(known.sum(axis=-1) >= index.index_needs, result, np.nan)


def ampi(pillars: FloatArray, shares: FloatArray | None = None) -> FloatArray:
    """Adjusted Mazziotta-Pareto index: M - S^2/M on 70 to 130, put back on 0 to 100.

    Mazziotta and Pareto (2016). `shares` are weights that add up to one over what is known.
    """
    known = ~np.isnan(pillars)
    if shares is None:
        shares = known / known.sum(axis=-1, keepdims=True)
    r = np.where(known, _AMPI_LOW + pillars * _AMPI_SPAN / 100, 0)
    mean = (shares * r).sum(axis=-1)
    variance = (shares * np.where(known, (r - mean[..., None]) ** 2, 0)).sum(axis=-1)
    return np.asarray(np.clip((mean - variance / mean - _AMPI_LOW) * 100 / _AMPI_SPAN, 0, 100))


def score(
    values: FloatArray,
    index: Index,
    weights: Weights,
    *,
    normalisation: Normalisation = Normalisation.GOALPOSTS,
    aggregation: Aggregation | None = None,
) -> tuple[FloatArray, FloatArray]:
    """The index and its pillars; without `aggregation` by the index' own."""
    how = aggregation or index.aggregation
    with np.errstate(invalid="ignore", divide="ignore"):
        pillars = pillar_scores(normalised(values, index, normalisation), index, weights)
        return combined(pillars, index, weights, how), pillars


def reach(
    values: FloatArray,
    index: Index,
    weights: Weights,
    *,
    normalisation: Normalisation = Normalisation.GOALPOSTS,
    aggregation: Aggregation | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Least and greatest score of each area, whatever it is missing may be (ADR-0064).

    What at least one other area knows counts as the worst and as the best that its scale holds;
    what nobody knows is no part of the comparison. Both are the score where nothing is missing.
    """
    how = aggregation or index.aggregation
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = (
            combined(pillars, index, weights, how)
            for pillars in pillars_reached(values, index, normalisation=normalisation)
        )
    return np.minimum(low, high), np.maximum(low, high)  # AMPI does not always rise


def pillars_reached(
    values: FloatArray, index: Index, *, normalisation: Normalisation = Normalisation.GOALPOSTS
) -> tuple[FloatArray, FloatArray]:
    """The pillars behind the two scores of `reach`, with equal weights inside them."""
    scaled, equal = normalised(values, index, normalisation), Weights.equal(index)
    unknown = np.isnan(scaled)
    missing = unknown & ~unknown.all(axis=-2, keepdims=True)
    worst = np.where(index.sides & index.balance, 100.0, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = (
            pillar_scores(np.where(missing, filled, scaled), index, equal)
            for filled in (worst, 100.0 - worst)
        )
    return low, high


def reweighted(pillars: FloatArray, index: Index, drawn: FloatArray) -> FloatArray:
    """The index of the same pillars under each row of other weights of pillars."""
    weights = Weights(np.ones(len(index.components)), drawn[:, None, :])
    with np.errstate(invalid="ignore", divide="ignore"):
        return combined(pillars, index, weights, index.aggregation)
