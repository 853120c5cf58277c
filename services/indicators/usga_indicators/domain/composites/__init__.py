"""Composite indices: normalise, aggregate, and say how sure the result and the ranks are."""

from usga_indicators.domain.composites.index import Component, Index, Pillar, read_index, shipped
from usga_indicators.domain.composites.results import AreaResult, IndexResult, Value, evaluate
from usga_indicators.domain.composites.scores import (
    Aggregation,
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
    "Value",
    "Weights",
    "ampi",
    "evaluate",
    "goalposts",
    "read_index",
    "score",
    "shipped",
]
