"""Composite indices: normalise, aggregate, and say how sure the result and the ranks are."""

from usga_indicators.domain.composites.index import (
    Aggregation,
    Component,
    Index,
    Pillar,
    Side,
    read_index,
    shipped,
)
from usga_indicators.domain.composites.reliability import Reliability, alpha_of
from usga_indicators.domain.composites.replicates import Wanted, bootstrap
from usga_indicators.domain.composites.results import (
    AreaResult,
    IndexResult,
    Replicates,
    Value,
    evaluate,
)
from usga_indicators.domain.composites.scores import (
    Normalisation,
    Weights,
    ampi,
    goalposts,
    score,
)

__all__ = [
    "Aggregation",
    "AreaResult",
    "Component",
    "Index",
    "IndexResult",
    "Normalisation",
    "Pillar",
    "Reliability",
    "Replicates",
    "Side",
    "Value",
    "Wanted",
    "Weights",
    "alpha_of",
    "ampi",
    "bootstrap",
    "evaluate",
    "goalposts",
    "read_index",
    "score",
    "shipped",
]
