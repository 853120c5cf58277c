"""The counts of people behind the cells of one indicator, and how far each must stay unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from usga_indicators.domain.disclosure import Sensitivity, Thresholds
from usga_indicators.domain.disclosure.suppression.system import FloatArray
from usga_indicators.domain.publication.statistics import is_of_events
from usga_indicators.domain.tabulation.breakdowns import TOTAL
from usga_indicators.domain.tabulation.estimates import CellEstimate

#: A count that is hidden without being small must not be known exactly.
_EXACTLY = 1.0


class Layer(StrEnum):
    """A kind of count that is published with a cell, or follows from it."""

    BASE = "base"
    NUMERATOR = "numerator"
    COMPLEMENT = "complement"


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Counts by layer, the information that hiding a cell loses, and the thresholds.

    `layers` are solved one by one. With numerators and complements the base is their sum, and an
    attacker's interval for it the sum of theirs.
    """

    values: dict[Layer, FloatArray]
    layers: tuple[Layer, ...]
    costs: FloatArray
    by_category: bool
    least_base: int
    least_count: int
    zero_is_small: bool

    @classmethod
    def of(cls, cells: Sequence[CellEstimate], limits: Thresholds, *, counts: bool) -> "People":
        """Of one indicator; `counts` says that numerators are published.

        Of recorded events they follow from the value, and everybody knows the base.
        """
        definition = cells[0].definition
        base = np.array([c.estimate.n for c in cells], dtype=np.float64)
        numerator = np.array([c.estimate.n_numerator for c in cells], dtype=np.float64)
        by_category = any(c.cell.item != TOTAL for c in cells)
        s3, events = definition.sensitivity >= Sensitivity.S3, is_of_events(definition)
        layers = _layers(counts=counts, by_category=by_category)
        return cls(
            values={
                Layer.BASE: base,
                Layer.NUMERATOR: numerator,
                Layer.COMPLEMENT: np.maximum(base - numerator, 0.0),
            },
            layers=(Layer.NUMERATOR,) if events else layers,
            # the fewest people; among categories of the same people the rarest
            costs=numerator if events else base + numerator / (base + 1.0),
            by_category=by_category,
            least_base=limits.base_hidden_s3 if s3 else limits.base_hidden,
            least_count=limits.count_hidden,
            zero_is_small=definition.sensitivity >= Sensitivity.S2,
        )

    def short(self, place: int, layer: Layer) -> float:
        """How much the count misses to be seen; zero where it is not too small."""
        count = float(self.values[layer][place])
        if layer is Layer.BASE:
            return max(0.0, self.least_base - count)
        least = 0.0 if self.zero_is_small else 1.0
        return self.least_count - count if least <= count < self.least_count else 0.0

    def need(self, place: int, layer: Layer) -> tuple[float, float]:
        """How far above and below its value a hidden count must stay possible."""
        above = self.short(place, layer)
        if self.by_category:
            return above or _EXACTLY, self.short(place, Layer.COMPLEMENT) or _EXACTLY
        if layer is self.carrier:
            above = max(above, self.short(place, Layer.BASE))
        return above or _EXACTLY, _EXACTLY

    @property
    def carrier(self) -> Layer:
        """The layer that keeps the base open: that with more people in it."""
        return max(self.layers, key=lambda layer: (float(self.values[layer].sum()), layer.value))


def _layers(*, counts: bool, by_category: bool) -> tuple[Layer, ...]:
    """Among categories the base is known, and with it the complement."""
    if not counts:
        return (Layer.BASE,)
    return (Layer.NUMERATOR,) if by_category else (Layer.NUMERATOR, Layer.COMPLEMENT)
