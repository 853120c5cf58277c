"""Complementary suppression with proof: patterns by a linear programme, and their audit."""

from usga_indicators.domain.disclosure.suppression.audit import (
    Interval,
    intervals,
    reaches,
    unprotected,
)
from usga_indicators.domain.disclosure.suppression.covering import Shortfall, cheapest_company
from usga_indicators.domain.disclosure.suppression.exact import EXACT_LIMIT, Effort
from usga_indicators.domain.disclosure.suppression.rules import (
    COUNT_PROTECTION,
    dominance,
    frequency,
    p_percent,
)
from usga_indicators.domain.disclosure.suppression.suppress import (
    Method,
    Suppression,
    suppress,
)
from usga_indicators.domain.disclosure.suppression.system import (
    AdditiveSystem,
    Need,
    NotAdditive,
    Sum,
    SuppressionError,
    Unprotectable,
    two_way,
)

__all__ = [
    "COUNT_PROTECTION",
    "EXACT_LIMIT",
    "AdditiveSystem",
    "Effort",
    "Interval",
    "Method",
    "Need",
    "NotAdditive",
    "Shortfall",
    "Sum",
    "Suppression",
    "SuppressionError",
    "Unprotectable",
    "cheapest_company",
    "dominance",
    "frequency",
    "intervals",
    "p_percent",
    "reaches",
    "suppress",
    "two_way",
    "unprotected",
]
