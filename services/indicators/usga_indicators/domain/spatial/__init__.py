"""Spatial statistics on areas: weights, Moran, Geary, Getis and Ord, permutation."""

from usga_indicators.domain.spatial.local import LocalMoran, gi, gi_star, local_moran
from usga_indicators.domain.spatial.overall import (
    Geary,
    GeneralG,
    Moran,
    geary,
    general_g,
    moran,
)
from usga_indicators.domain.spatial.permutation import Permuted, permuted
from usga_indicators.domain.spatial.weights import (
    MAX_LINKS,
    TooManyNeighbours,
    Weights,
    distance_band,
    grid,
    nearest,
)

__all__ = [
    "MAX_LINKS",
    "Geary",
    "GeneralG",
    "LocalMoran",
    "Moran",
    "Permuted",
    "TooManyNeighbours",
    "Weights",
    "distance_band",
    "geary",
    "general_g",
    "gi",
    "gi_star",
    "grid",
    "local_moran",
    "moran",
    "nearest",
    "permuted",
]
