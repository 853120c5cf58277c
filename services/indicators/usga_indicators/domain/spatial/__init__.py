"""Spatial statistics on areas: weights, Moran, Geary, Getis and Ord, permutation."""

from usga_indicators.domain.spatial.areas import Choice, Place, Shown, choose, places_of
from usga_indicators.domain.spatial.description import (
    LEAST_PLACES,
    Because,
    Description,
    Undefined,
    describe,
    unitless,
)
from usga_indicators.domain.spatial.local import LocalMoran, gi, gi_star, local_moran
from usga_indicators.domain.spatial.overall import (
    Geary,
    GeneralG,
    Moran,
    geary,
    general_g,
    moran,
)
from usga_indicators.domain.spatial.permutation import Permuted, false_discovery, permuted
from usga_indicators.domain.spatial.polygons import TOUCHING_M, Neighbouring, Rule
from usga_indicators.domain.spatial.sampling import SamplingError, under_sampling_error
from usga_indicators.domain.spatial.weights import (
    MAX_LINKS,
    TooManyNeighbours,
    Weights,
    distance_band,
    grid,
    nearest,
)

__all__ = [
    "LEAST_PLACES",
    "MAX_LINKS",
    "TOUCHING_M",
    "Because",
    "Choice",
    "Description",
    "Geary",
    "GeneralG",
    "LocalMoran",
    "Moran",
    "Neighbouring",
    "Permuted",
    "Place",
    "Rule",
    "SamplingError",
    "Shown",
    "TooManyNeighbours",
    "Undefined",
    "Weights",
    "choose",
    "describe",
    "distance_band",
    "false_discovery",
    "geary",
    "general_g",
    "gi",
    "gi_star",
    "grid",
    "local_moran",
    "moran",
    "nearest",
    "permuted",
    "places_of",
    "under_sampling_error",
    "unitless",
]
