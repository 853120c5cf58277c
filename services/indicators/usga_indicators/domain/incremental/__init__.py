"""Statistics that follow new, edited and withdrawn interviews without reading the others again."""

from usga_indicators.domain.incremental.check import largest_difference
from usga_indicators.domain.incremental.finish import estimates_from
from usga_indicators.domain.incremental.in_parts import parts_of, tabulate_in_parts
from usga_indicators.domain.incremental.margins import MarginSums, is_followed
from usga_indicators.domain.incremental.statistics import OtherIndicators, SufficientStatistics

__all__ = [
    "MarginSums",
    "OtherIndicators",
    "SufficientStatistics",
    "estimates_from",
    "is_followed",
    "largest_difference",
    "parts_of",
    "tabulate_in_parts",
]
