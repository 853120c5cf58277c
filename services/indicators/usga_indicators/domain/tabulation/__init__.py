"""From definitions and interviews to estimates by cell."""

from usga_indicators.domain.tabulation.breakdowns import Cell, Partition, partitions
from usga_indicators.domain.tabulation.estimates import CellEstimate, MissingTally, tabulate
from usga_indicators.domain.tabulation.measures import NotComputable, Prepared, prepare
from usga_indicators.domain.tabulation.nearness import Near, near_others
from usga_indicators.domain.tabulation.nesting import nested

__all__ = [
    "Cell",
    "CellEstimate",
    "MissingTally",
    "Near",
    "NotComputable",
    "Partition",
    "Prepared",
    "near_others",
    "nested",
    "partitions",
    "prepare",
    "tabulate",
]
