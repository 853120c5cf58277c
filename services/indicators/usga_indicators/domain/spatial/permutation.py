"""Inference by permutation, repeatable: the seed is part of the question.

Pseudo p-values (R + 1) / (M + 1), one-sided towards the observed side (Anselin 1995). A draw that
gives the observed value counts against it on either side, so where nothing can vary p is 1. Local
ones are conditional: the place keeps its value, its neighbours are drawn from the others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.spatial.weights import FloatArray, Weights

_EQUAL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Permuted:
    """Pseudo p-values of the map and of each place (an island has 1).

    Given the value of a place, local Moran and Gi* both rise with the sum of its neighbours: one
    p-value is that of both.
    """

    overall: float
    local: FloatArray


def permuted(y: FloatArray, weights: Weights, *, permutations: int, seed: int) -> Permuted:
    """Draw `permutations` maps with numpy's PCG64 from `seed`."""
    random = np.random.default_rng(seed)
    z = (y - y.mean()) / y.std()
    return Permuted(
        _overall(z, weights, permutations, random), _local(z, weights, permutations, random)
    )


def false_discovery(p: FloatArray) -> FloatArray:
    """One-sided pseudo p-values taken twice, adjusted for many places.

    Benjamini and Hochberg (1995), whose use for local statistics is from Caldas de Castro and
    Singer (2006): of the places at or below 0.05 one in twenty is expected to be there by chance.
    """
    both = np.minimum(2.0 * p, 1.0)
    order = np.argsort(-both, kind="stable")
    ranks = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum.accumulate(both[order] * len(p) / ranks)
    return np.minimum(adjusted, 1.0)


def _overall(
    z: FloatArray, weights: Weights, permutations: int, random: np.random.Generator
) -> float:
    standardised = weights.row_standardised()
    observed = np.array([float(z @ (standardised @ z))])
    tally = _Tally.of(observed)
    for _ in range(permutations):
        shuffled = random.permutation(z)
        tally.count(np.array([float(shuffled @ (standardised @ shuffled))]))
    return float(tally.pseudo(permutations)[0])


def _local(
    z: FloatArray, weights: Weights, permutations: int, random: np.random.Generator
) -> FloatArray:
    """One draw of places serves all: the first so many of a shuffle are a random subset."""
    degree = weights.degree.astype(np.int64)
    tally = _Tally.of(weights.binary @ z)
    most, others = int(degree.max(initial=0)), len(z) - 1
    for _ in range(permutations):
        drawn = random.permutation(others)[:most]
        # place i skips itself: numbers from i on mean the next one
        skipped = drawn[None, :] + (drawn[None, :] >= np.arange(len(z))[:, None])
        sums = np.cumsum(z[skipped], axis=1)
        last = np.maximum(degree - 1, 0)[:, None]
        tally.count(np.take_along_axis(sums, last, axis=1)[:, 0])
    found = tally.pseudo(permutations)
    found[degree == 0] = 1.0
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Tally:
    """Draws at or above, and at or below what was observed; equal but for rounding are both."""

    observed: FloatArray
    near: FloatArray
    above: NDArray[np.int64]
    below: NDArray[np.int64]

    @classmethod
    def of(cls, observed: FloatArray) -> "_Tally":
        near = _EQUAL * (1.0 + np.abs(observed))
        zeros = np.zeros((2, len(observed)), dtype=np.int64)
        return cls(observed, near, zeros[0], zeros[1])

    def count(self, drawn: FloatArray) -> None:
        self.above[:] += drawn >= self.observed - self.near
        self.below[:] += drawn <= self.observed + self.near

    def pseudo(self, permutations: int) -> FloatArray:
        """(R + 1) / (M + 1) of the rarer side."""
        rarer = np.minimum(self.above, self.below)
        return np.asarray((rarer + 1.0) / (permutations + 1.0))
