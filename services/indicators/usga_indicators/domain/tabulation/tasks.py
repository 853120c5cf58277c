"""The work of a release: each definition, or each category of it, on the interviews at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import (
    Definition,
    StatisticKind,
    UnitMeasure,
    Weight,
)
from usga_indicators.domain.estimation import Statistic
from usga_indicators.domain.tabulation.breakdowns import Partition
from usga_indicators.domain.tabulation.measures import NotComputable, Prepared, prepare

_STATISTICS = {
    StatisticKind.PROPORTION: Statistic.PROPORTION,
    StatisticKind.MEAN: Statistic.MEAN,
    StatisticKind.TOTAL: Statistic.TOTAL,
    StatisticKind.RATIO: Statistic.RATIO,
    StatisticKind.RATE: Statistic.RATE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One definition, or one category of it, worked out on a frame."""

    definition: Definition
    item: str
    data: Prepared

    @property
    def key(self) -> tuple[str, str]:
        """Code and category."""
        return self.definition.code, self.item

    @property
    def weight(self) -> Weight:
        """Which of the two weights it takes."""
        return self.definition.weight

    @property
    def is_quantile(self) -> bool:
        """Whether the values themselves are needed: no sums give a quantile."""
        return self.definition.statistic is StatisticKind.QUANTILE

    @property
    def is_linear(self) -> bool:
        """Whether PSU totals of one numerator and one denominator are enough."""
        if self.is_quantile:
            return False
        return not self.definition.parts or self.definition.minimum_valid > 0

    @property
    def statistic(self) -> Statistic:
        """Every percentage is a share, those of incidents too: its interval stays in 0 to 100."""
        return linear_statistic(self.definition)

    @property
    def is_share(self) -> bool:
        """Of several shares: whether their combination is a share too."""
        return self.definition.statistic is not StatisticKind.DIFFERENCE

    @property
    def coefficients(self) -> NDArray[np.float64]:
        """Of several shares: a difference, or their mean."""
        if not self.is_share:
            return np.array([1.0, -1.0])
        count = self.data.numerators.shape[1]
        return np.full(count, 1.0 / count)

    def is_wanted(self, partition: Partition) -> bool:
        """Whether its definition approves the breakdown; the total always is.

        Whoever may see strata may see areas that join them.
        """
        if partition.breakdown is None:
            return True
        approved = {str(b) for b in self.definition.disaggregations}
        return partition.breakdown in approved | ({"ref_area"} if "stratum" in approved else set())


def linear_statistic(definition: Definition) -> Statistic:
    """The statistic of a definition with one numerator and one denominator."""
    if definition.unit_measure is UnitMeasure.PERCENT:
        return Statistic.PROPORTION
    return _STATISTICS[definition.statistic]


def tasks_of(definitions: Sequence[Definition], frame: Frame) -> list[Task]:
    """What of the survey's definitions the frame can answer, by code and category."""
    survey = sorted((d for d in definitions if d.is_of_survey), key=lambda d: d.code)
    return [task for definition in survey for task in _tasks(definition, frame)]


def _tasks(definition: Definition, frame: Frame) -> list[Task]:
    try:
        return [Task(one, item, prepare(one, frame)) for item, one in definition.by_item()]
    except NotComputable:
        return []
