"""Many interviews are tabulated in parts: memory for one part, not for every number of each.

Sums of parts add up to those of all, exactly (ADR-0044). What no sums give is worked out for one
definition at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Definition, StatisticKind
from usga_indicators.domain.incremental.finish import estimates_from
from usga_indicators.domain.incremental.statistics import SufficientStatistics
from usga_indicators.domain.tabulation.analysis import Analysis, one_stage
from usga_indicators.domain.tabulation.breakdowns import Partition, partitions
from usga_indicators.domain.tabulation.estimates import CellEstimate, spread_anew, tabulate

#: Interviews of one part: as many as an extract keeps together.
PART = 65_536


def parts_of(frame: Frame, size: int = PART) -> Iterator[Frame]:
    """The interviews in their order, so many at a time."""
    for start in range(0, len(frame), size):
        yield frame.part(start, start + size)


def tabulate_in_parts(
    definitions: Sequence[Definition],
    frame: Frame,
    area_of_stratum: Mapping[str, str],
    drawn: Mapping[str, int] | None = None,
    analysis: Analysis | None = None,
    *,
    part: int = PART,
    partitions_of: Callable[[Frame, Mapping[str, str]], Sequence[Partition]] = partitions,
) -> tuple[list[CellEstimate], SufficientStatistics]:
    """What `tabulate` gives, and the sums that it was made of. Raises a DesignError."""
    how = analysis or Analysis()
    statistics = SufficientStatistics(definitions, area_of_stratum, partitions_of=partitions_of)
    for some in parts_of(frame, part):
        statistics.add(some)
    quantiles = [d for d in definitions if d.statistic is StatisticKind.QUANTILE]
    found = estimates_from(
        statistics,
        drawn,
        quantiles=tabulate(quantiles, frame, area_of_stratum, drawn, how) if quantiles else (),
        analysis=one_stage(how),
    )
    cells = list(partitions_of(frame, area_of_stratum))
    after = spread_anew(found, definitions, frame, cells, drawn=drawn, analysis=how)
    return after, statistics
