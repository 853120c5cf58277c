"""Design-based estimation: values with standard errors, intervals and design effects."""

from usga_indicators.domain.estimation.cells import (
    Breakdown,
    CellMoments,
    Measure,
    cell_moments,
    estimate_cells,
    estimates_of,
)
from usga_indicators.domain.estimation.composites import Composite, Form
from usga_indicators.domain.estimation.contrasts import Contrast, difference
from usga_indicators.domain.estimation.intervals import ProportionInterval
from usga_indicators.domain.estimation.quantiles import Quantile, QuantileRule, quantile
from usga_indicators.domain.estimation.sample import Design, Sample
from usga_indicators.domain.estimation.single import estimate, estimate_quantile
from usga_indicators.domain.estimation.statistic import Estimate, Statistic

__all__ = [
    "Breakdown",
    "CellMoments",
    "Composite",
    "Contrast",
    "Design",
    "Estimate",
    "Form",
    "Measure",
    "ProportionInterval",
    "Quantile",
    "QuantileRule",
    "Sample",
    "Statistic",
    "cell_moments",
    "difference",
    "estimate",
    "estimate_cells",
    "estimate_quantile",
    "estimates_of",
    "quantile",
]
