"""From definitions and interviews to estimates by cell."""

from usga_indicators.domain.tabulation.breakdowns import Cell, Partition, partitions
from usga_indicators.domain.tabulation.estimates import CellEstimate, MissingTally, tabulate
from usga_indicators.domain.tabulation.measures import NotComputable, Prepared, prepare
from usga_indicators.domain.tabulation.nearness import near_others

__all__ = [
    "Cell",
    "CellEstimate",
    "MissingTally",
    "NotComputable",
    "Partition",
    "Prepared",
    "near_others",
    "partitions",
    "prepare",
    "tabulate",
]
