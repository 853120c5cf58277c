"""Neighbours of areas from their outlines: who touches whom, who is nearest, who is within reach.

Outlines are GeoJSON in WGS 84. They are laid on a plane in metres around the middle of the map
(equirectangular, true at its middle latitude): exact enough for a city and its region.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import cos, radians
from typing import Any

import numpy as np
import scipy

from usga_indicators.domain.spatial.weights import (
    MAX_LINKS,
    FloatArray,
    TooManyNeighbours,
    Weights,
    distance_band,
    nearest,
)

#: Outlines this near touch: drawn from one source, they share points but for rounding. Metres.
TOUCHING_M = 1.0
_METRES_A_DEGREE = radians(1.0) * 6_371_008.8


class Rule(StrEnum):
    """How neighbours are found."""

    QUEEN = "queen"
    """Outlines share a point at least (contiguity, the queen's move)."""
    KNN = "knn"
    """The k nearest by centroid; not symmetric."""
    BAND = "band"
    """Centroids at most so many metres apart."""


@dataclass(frozen=True, slots=True)
class Neighbouring:
    """A rule with its number: `k` of knn, `metres` of band."""

    rule: Rule = Rule.QUEEN
    k: int | None = None
    metres: float | None = None

    def weights(self, outlines: Sequence[Mapping[str, Any]]) -> Weights:
        """Neighbours among these areas alone. Raises TooManyNeighbours.

        A `k` that is not below their number means all others.
        """
        shapes = _on_a_plane(outlines)
        if self.rule is Rule.QUEEN:
            return _touching(shapes)
        centres = _centres(shapes)
        if self.rule is Rule.BAND:
            return distance_band(centres, self.metres or 0.0)
        return nearest(centres, min(self.k or 1, len(shapes) - 1))


def _on_a_plane(outlines: Sequence[Mapping[str, Any]]) -> Any:
    import shapely  # noqa: PLC0415 - 25 MiB, for those who ask

    shapes = np.array([shapely.geometry.shape(outline) for outline in outlines], dtype=object)
    west, south, east, north = shapely.total_bounds(shapes)
    middle = np.array([(west + east) / 2, (south + north) / 2])
    scale = _METRES_A_DEGREE * np.array([cos(radians(middle[1])), 1.0])
    return shapely.transform(shapes, lambda points: (points - middle) * scale)


def _centres(shapes: Any) -> FloatArray:
    import shapely  # noqa: PLC0415

    centres = shapely.centroid(shapes)
    return np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])


def _touching(shapes: Any) -> Weights:
    import shapely  # noqa: PLC0415

    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="dwithin", distance=TOUCHING_M)
    apart = one != other
    one, other = one[apart], other[apart]
    if len(one) > MAX_LINKS:
        raise TooManyNeighbours(f"has {len(one)} links, more than {MAX_LINKS}")
    size = len(shapes)
    return Weights(scipy.sparse.csr_array((np.ones(len(one)), (one, other)), shape=(size, size)))
