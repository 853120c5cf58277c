"""Disclosure control: which cells may be seen, and how their numbers are written."""

from usga_indicators.domain.disclosure.differencing import (
    LEAST_DIFFERENCE,
    Basis,
    fewest_apart,
    too_close,
)
from usga_indicators.domain.disclosure.presentation import (
    Bound,
    Published,
    few_or_rounded,
    publish,
    round_to_five,
    two_digits,
)
from usga_indicators.domain.disclosure.primary import (
    Breadth,
    Cell,
    Decision,
    Rule,
    Sensitivity,
    breakdown_refusal,
    decide,
    dominated,
    risk,
)
from usga_indicators.domain.disclosure.thresholds import Thresholds, WeakerThresholds
from usga_indicators.domain.disclosure.values import Counted, Values, of_quantile, values_of

__all__ = [
    "LEAST_DIFFERENCE",
    "Basis",
    "Bound",
    "Breadth",
    "Cell",
    "Counted",
    "Decision",
    "Published",
    "Rule",
    "Sensitivity",
    "Thresholds",
    "Values",
    "WeakerThresholds",
    "breakdown_refusal",
    "decide",
    "dominated",
    "few_or_rounded",
    "fewest_apart",
    "of_quantile",
    "publish",
    "risk",
    "round_to_five",
    "too_close",
    "two_digits",
    "values_of",
]
