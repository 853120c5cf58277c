"""Indicator definitions: data in the form's own expression language."""

from usga_indicators.domain.definition.catalogue import catalogue, definitions_digest
from usga_indicators.domain.definition.lint import lint
from usga_indicators.domain.definition.loader import InvalidDefinition, parse_definition
from usga_indicators.domain.definition.model import (
    Breakdown,
    Counted,
    Definition,
    Method,
    MissingPolicy,
    Part,
    Source,
    StatisticKind,
    UnitMeasure,
    Weight,
)

__all__ = [
    "Breakdown",
    "Counted",
    "Definition",
    "InvalidDefinition",
    "Method",
    "MissingPolicy",
    "Part",
    "Source",
    "StatisticKind",
    "UnitMeasure",
    "Weight",
    "catalogue",
    "definitions_digest",
    "lint",
    "parse_definition",
]
