"""Design-based estimation: values with standard errors, intervals and design effects."""

from usga_indicators.domain.estimation.cells import (
    Breakdown,
    CellMoments,
    Measure,
    cell_moments,
    estimate_cells,
    estimates_of,
)
from usga_indicators.domain.estimation.intervals import ProportionInterval
from usga_indicators.domain.estimation.sample import Design, Sample
from usga_indicators.domain.estimation.single import estimate
from usga_indicators.domain.estimation.statistic import Estimate, Statistic

__all__ = [
    "Breakdown",
    "CellMoments",
    "Design",
    "Estimate",
    "Measure",
    "ProportionInterval",
    "Sample",
    "Statistic",
    "cell_moments",
    "estimate",
    "estimate_cells",
    "estimates_of",
]
