"""How numbers of people are spread, for estimates that are made up of counts."""

from usga_indicators.domain.definition import Definition
from usga_indicators.domain.definition.conditions import needs_values
from usga_indicators.domain.disclosure import Values


def spread_like(definition: Definition, yes: int, n: int) -> Values | None:
    """As far as `yes` of `n` people differ from the others, by various amounts."""
    if not needs_values(definition):
        return None
    few = min(yes, n - yes)
    return Values(people=n, apart=few, deviation=min(1.0, 9 / few) if few else 0.0, high=5.0)
