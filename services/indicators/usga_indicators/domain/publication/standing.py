"""Whether what a stored release shows may be seen by its own numbers: the audit's first question.

The attack on hidden cells takes for granted that each hidden cell was found. This looks at what
is shown, with the numbers that stay inside, and with the rules of today.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from usga_indicators.domain.definition.conditions import needs_values
from usga_indicators.domain.definition.model import Definition, Source
from usga_indicators.domain.disclosure import Cell, Sensitivity, Thresholds, Values, risk
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.publication.statistics import statistic_of

_NAN = float("nan")
#: Scores of institutions and places: nobody to protect.
_OF_NOBODY = frozenset({Source.SCORECARD, Source.AUDIT})


def is_at_risk(
    definition: Definition, internal: Mapping[str, Any], limits: Thresholds | None = None
) -> bool:
    """Whether a cell that is shown had to be hidden, as far as counts and values of people tell.

    A cell whose values were not kept is at risk when they are what decides.
    """
    if definition.source in _OF_NOBODY:
        return False
    n, numerator = (int(internal.get(name) or 0) for name in ("n", "n_numerator"))
    cell = Cell(
        Estimate(_NAN, _NAN, _NAN, _NAN, _NAN, 0, n, numerator, 0, _NAN),
        statistic_of(definition),
        Sensitivity(definition.sensitivity),
        values=_values(internal.get("values")),
        needs_values=needs_values(definition),
    )
    return risk(cell, limits or Thresholds()) is not None


def _values(kept: Mapping[str, Any] | None) -> Values | None:
    if kept is None:
        return None
    known: dict[str, Any] = {each.name: kept.get(each.name) for each in fields(Values)}
    lost = {name for name, v in known.items() if v is None} - {"at_or_below", "at_or_above"}
    return Values(**(known | dict.fromkeys(lost, _NAN)))
