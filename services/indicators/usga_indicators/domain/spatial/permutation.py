"""Inference by permutation, repeatable: the seed is part of the question.

Pseudo p-values (R + 1) / (M + 1), one-sided towards the observed side (Anselin 1995). Local ones
are conditional: the place keeps its value, its neighbours are drawn from the others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.spatial.weights import FloatArray, Weights


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


def _overall(
    z: FloatArray, weights: Weights, permutations: int, random: np.random.Generator
) -> float:
    standardised = weights.row_standardised()
    observed = float(z @ (standardised @ z))
    larger = 0
    for _ in range(permutations):
        shuffled = random.permutation(z)
        larger += int(float(shuffled @ (standardised @ shuffled)) >= observed)
    return float(_pseudo(np.array([larger]), permutations)[0])


def _local(
    z: FloatArray, weights: Weights, permutations: int, random: np.random.Generator
) -> FloatArray:
    """One draw of places serves all: the first so many of a shuffle are a random subset."""
    degree = weights.degree.astype(np.int64)
    observed = weights.binary @ z
    larger = np.zeros(len(z), dtype=np.int64)
    most, others = int(degree.max(initial=0)), len(z) - 1
    for _ in range(permutations):
        drawn = random.permutation(others)[:most]
        # place i skips itself: numbers from i on mean the next one
        skipped = drawn[None, :] + (drawn[None, :] >= np.arange(len(z))[:, None])
        sums = np.cumsum(z[skipped], axis=1)
        last = np.maximum(degree - 1, 0)[:, None]
        larger += np.take_along_axis(sums, last, axis=1)[:, 0] >= observed
    found = _pseudo(larger, permutations)
    found[degree == 0] = 1.0
    return found


def _pseudo(larger: NDArray[np.int64], permutations: int) -> FloatArray:
    fewer = np.minimum(larger, permutations - larger)
    return np.asarray((fewer + 1.0) / (permutations + 1.0))
