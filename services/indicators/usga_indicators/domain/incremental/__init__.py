"""Statistics that follow new, edited and withdrawn interviews without reading the others again."""

from usga_indicators.domain.incremental.check import largest_difference
from usga_indicators.domain.incremental.finish import estimates_from
from usga_indicators.domain.incremental.statistics import OtherIndicators, SufficientStatistics

__all__ = ["OtherIndicators", "SufficientStatistics", "estimates_from", "largest_difference"]
