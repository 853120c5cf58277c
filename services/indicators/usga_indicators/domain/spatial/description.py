"""Everything that is said of one map: the statistics of the whole and of each place."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from usga_indicators.domain.spatial.local import LocalMoran, gi, gi_star, local_moran
from usga_indicators.domain.spatial.overall import (
    Geary,
    GeneralG,
    Moran,
    geary,
    general_g,
    moran,
)
from usga_indicators.domain.spatial.weights import FloatArray, Weights

#: The variances need four places.
LEAST_PLACES = 4
#: Values that differ by this share of the largest differ by rounding.
_EQUAL = 1e-12


class Because(StrEnum):
    """Why a map has no spatial statistics."""

    TOO_FEW = "too-few-areas"
    CONSTANT = "constant"
    ALONE = "no-neighbours"
    TOO_MANY = "too-many-neighbours"
    NO_CELLS = "no-cells"


class Undefined(ValueError):
    """The statistics are not defined; `because` says why."""

    def __init__(self, because: Because) -> None:
        super().__init__(because.value)
        self.because = because


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """Of a map of n places; `gi` is None where there are islands, `general_g` with values <= 0."""

    moran: Moran
    geary: Geary
    general_g: GeneralG | None
    local: LocalMoran
    gi_star: FloatArray
    gi: FloatArray | None


def defined(y: FloatArray, weights: Weights) -> None:
    """Raise Undefined: fewer than four places, no spread, or nobody has a neighbour."""
    if len(y) < LEAST_PLACES:
        raise Undefined(Because.TOO_FEW)
    if float(y.max() - y.min()) <= _EQUAL * float(np.abs(y).max()):
        raise Undefined(Because.CONSTANT)
    if len(weights.islands) == len(y):
        raise Undefined(Because.ALONE)


def unitless(y: FloatArray) -> FloatArray:
    """The values by the largest: no statistic has a unit, and powers of tiny values vanish."""
    return np.asarray(y / float(np.abs(y).max()))


def describe(y: FloatArray, weights: Weights) -> Description:
    """All statistics of finite values. Raises Undefined."""
    defined(y, weights)
    y, standardised = unitless(y), weights.row_standardised()
    return Description(
        moran(y, standardised),
        geary(y, standardised),
        general_g(y, weights),
        local_moran(y, standardised),
        gi_star(y, weights),
        gi(y, weights),
    )
