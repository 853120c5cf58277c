"""Which rules an indicator's cells fall under."""

from usga_indicators.domain.definition.model import (
    Definition,
    Source,
    StatisticKind,
    UnitMeasure,
)
from usga_indicators.domain.estimation import Statistic


def statistic_of(definition: Definition) -> Statistic:
    """Which rules an indicator's cells fall under; every percentage is a share."""
    if definition.unit_measure is UnitMeasure.PERCENT:
        return Statistic.PROPORTION
    match definition.statistic:
        case StatisticKind.RATE:
            return Statistic.RATE
        case StatisticKind.RATIO:
            return Statistic.RATIO
        case StatisticKind.TOTAL:
            return Statistic.TOTAL
        case _:
            return Statistic.MEAN


def counts_numerator(definition: Definition) -> bool:
    """Whether n of the numerator is published; of a rate it would be that of a prevalence."""
    return statistic_of(definition) in {Statistic.PROPORTION, Statistic.RATIO}


def is_of_events(definition: Definition) -> bool:
    """Whether it is a rate of recorded events: value times population, which is known, is one."""
    administrative = definition.source is Source.ADMINISTRATIVE
    return administrative and definition.statistic is StatisticKind.RATE
