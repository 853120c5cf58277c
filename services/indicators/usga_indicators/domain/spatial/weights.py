"""Who is whose neighbour: binary weights, from lists or from coordinates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: Coordinates this near are at the same distance.
_CLOSE = 1e-9
#: Neighbours of all places together: bounds the memory.
MAX_LINKS = 2_000_000


class TooManyNeighbours(ValueError):
    """More than MAX_LINKS: a distance that joins everything with everything."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Binary neighbours of n places; nobody is their own."""

    binary: "scipy.sparse.csr_array"

    @classmethod
    def of(cls, neighbours: Mapping[int, Sequence[int]], size: int) -> "Weights":
        """From lists of neighbours; a place without a list has none."""
        rows = [i for i, found in neighbours.items() for _ in found]
        columns = [j for found in neighbours.values() for j in found]
        ones = np.ones(len(rows))
        return cls(scipy.sparse.csr_array((ones, (rows, columns)), shape=(size, size)))

    @property
    def degree(self) -> FloatArray:
        """How many neighbours each has."""
        return np.asarray(self.binary.sum(axis=1), dtype=np.float64)

    @property
    def islands(self) -> list[int]:
        """Places without a neighbour."""
        return [int(i) for i in np.flatnonzero(self.degree == 0)]

    def row_standardised(self) -> "scipy.sparse.csr_array":
        """Each row sums to one; an island's to zero."""
        scale = 1.0 / np.maximum(self.degree, 1.0)
        return scipy.sparse.csr_array(scipy.sparse.diags_array(scale) @ self.binary)


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over weights that the variances need (Cliff and Ord 1981, section 1.5)."""

    s0: float
    s1: float
    s2: float

    @classmethod
    def of(cls, weights: "scipy.sparse.csr_array") -> "Moments":
        """S0 = sum w, S1 = sum (w_ij + w_ji)^2 / 2, S2 = sum (w_i. + w_.i)^2."""
        both = weights + weights.T
        margins = np.asarray(weights.sum(axis=1)) + np.asarray(weights.sum(axis=0))
        return cls(
            float(weights.sum()), float((both.data**2).sum() / 2.0), float((margins**2).sum())
        )


def grid(xy: FloatArray) -> Weights:
    """Rook's case: places one unit apart in one direction."""
    return _within(xy, 1.0)


def distance_band(xy: FloatArray, threshold: float) -> Weights:
    """Places at most `threshold` apart. Raises TooManyNeighbours."""
    return _within(xy, threshold)


def nearest(xy: FloatArray, k: int) -> Weights:
    """The k nearest of each, ties by order; not symmetric. Raises TooManyNeighbours."""
    _bounded(k * len(xy))
    tree = scipy.spatial.KDTree(xy)
    _, found = tree.query(xy, k=k + 1)
    neighbours = {
        i: [int(j) for j in places if j != i][:k] for i, places in enumerate(np.atleast_2d(found))
    }
    return Weights.of(neighbours, len(xy))


def _within(xy: FloatArray, threshold: float) -> Weights:
    tree, size, reach = scipy.spatial.KDTree(xy), len(xy), threshold * (1.0 + _CLOSE)
    _bounded(int(tree.count_neighbors(tree, reach)) - size)
    pairs = tree.query_pairs(reach, output_type="ndarray")
    places = np.hstack([pairs.T, pairs[:, ::-1].T])
    ones = np.ones(places.shape[1])
    return Weights(scipy.sparse.csr_array((ones, (places[0], places[1])), shape=(size, size)))


def _bounded(links: int) -> None:
    if links > MAX_LINKS:
        raise TooManyNeighbours(f"has {links} links, more than {MAX_LINKS}")
