"""Whether the items of a scale measure one thing: Cronbach's alpha."""

from dataclasses import dataclass, replace

import numpy as np

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.composites.index import FloatArray
from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.tabulation.measures import NotComputable, prepare

#: Fewer complete answers say nothing, and are not spoken of.
LEAST = 50
_TWO = 2


@dataclass(frozen=True, slots=True)
class Reliability:
    """Alpha over those who answered every item; `reached` says whether the scale may be read."""

    alpha: float
    items: int
    needs: float

    @property
    def reached(self) -> bool:
        return self.alpha >= self.needs


def alpha_of(definition: Definition, frame: Frame, needs: float) -> Reliability | None:
    """Of the parts of a definition; None where they cannot be computed or few answered all."""
    try:
        columns = [
            prepare(_alone(definition, at), frame).numerators[:, 0]
            for at in range(len(definition.parts))
        ]
    except NotComputable:
        return None
    items = np.stack(columns, axis=1) if len(columns) >= _TWO else np.empty((0, 0))
    weights = frame.w_household if definition.weight is Weight.HOUSEHOLD else frame.w_person
    inside = ~np.isnan(items).any(axis=1) & (weights > 0) if items.size else np.zeros(0, bool)
    if inside.sum() < LEAST:
        return None
    alpha = cronbach(items[inside], weights[inside])
    return None if np.isnan(alpha) else Reliability(alpha, items.shape[1], needs)


def cronbach(items: FloatArray, weights: FloatArray) -> float:
    """k/(k - 1) (1 - sum of the items' variances / variance of their sum), weighted.

    Cronbach (1951). NaN where nobody differs from anybody.
    """
    k = items.shape[1]
    share = weights / weights.sum()

    def variance(values: FloatArray) -> FloatArray:
        centred = values - share @ values
        return np.asarray(share @ centred**2)

    total = float(variance(items.sum(axis=1)))
    if total <= 0:
        return float("nan")
    return float(k / (k - 1) * (1 - float(variance(items).sum()) / total))


def _alone(definition: Definition, at: int) -> Definition:
    part = definition.parts[at]
    return replace(
        definition, parts=(), minimum_valid=0, numerator=part.numerator, filter=part.filter
    )
