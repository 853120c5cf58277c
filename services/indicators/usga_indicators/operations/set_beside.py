"""Numbers of a release set beside each other: what two of them tell together (D-01, D-04)."""

from collections.abc import Mapping, Sequence

from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.tabulation import Cell, Near, near_others, nested, partitions
from usga_indicators.operations.estimate_others import Form


def near_in(
    forms: Sequence[Form],
    definitions: Sequence[Definition],
    rivals: Sequence[Definition],
    areas: Mapping[str, str],
) -> Near:
    """What an assessment's own definitions would tell beside others (D-04).

    What readers have stays, so those that are published come first.
    """
    everywhere = {d.code for d in catalogue()}
    own = [d for d in definitions if d.code not in everywhere]
    if not own:
        return Near()
    told = {(d.code, d.version) for d in rivals}
    own.sort(key=lambda d: ((d.code, d.version) not in told, d.code))
    shipped = {d.code: d for d in (*definitions, *rivals) if d.code in everywhere}
    others = [*shipped.values(), *(d for d in rivals if d.code not in everywhere)]
    found = Near()
    for form in forms:
        found |= near_others(own, others, form.frame, partitions(form.frame, areas))
    return found


def nested_in(
    forms: Sequence[Form], definitions: Sequence[Definition], areas: Mapping[str, str]
) -> frozenset[tuple[str, Cell]]:
    """Cells of shipped definitions of which few people stand between them and a larger one's."""
    everywhere = {d.code for d in catalogue()}
    shipped = [d for d in definitions if d.code in everywhere]
    return frozenset[tuple[str, Cell]]().union(
        *(nested(shipped, form.frame, partitions(form.frame, areas)) for form in forms)
    )
