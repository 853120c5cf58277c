"""A ratio to recorded events tells their number: it is hidden with them (rule D-03).

The dark figure divides what a sample tells by what institutions recorded. Who knows the former
from another indicator works the latter out, however few those are.
"""

from collections.abc import Mapping, Sequence

from usga_shared.wire.vocabulary import ObsStatus

from usga_indicators.domain.definition.model import Definition, Method
from usga_indicators.domain.disclosure import Thresholds
from usga_indicators.domain.publication.protect import Protected
from usga_indicators.domain.publication.statistics import is_of_events
from usga_indicators.domain.tabulation.breakdowns import TOTAL, Cell
from usga_indicators.domain.tabulation.estimates import CellEstimate

Place = tuple[str, Cell]


def closed_with_records(
    ratios: Sequence[CellEstimate],
    recorded: Mapping[Place, int],
    rates: Sequence[CellEstimate],
    protected: Sequence[Protected],
    limits: Thresholds | None = None,
) -> frozenset[Place]:
    """Cells of dark figures whose recorded number is too small, or hidden in its own rate.

    `recorded` is the number behind each ratio; `protected` are the `rates` as they are shown.
    Sexes are hidden together: with the number of all, one tells the other.
    """
    least = (limits or Thresholds()).count_hidden
    hidden = {
        (_events(rate.definition), _place(rate.cell))
        for rate, shown in zip(rates, protected, strict=True)
        if shown.observation.obs_status is ObsStatus.SUPPRESSED
    }
    found: set[Place] = set()
    for each in ratios:
        definition, cell = each.definition, each.cell
        if definition.method is not Method.DARK_FIGURE:
            continue
        few = recorded[definition.code, cell] < least
        if few or (_events(definition), _place(cell)) in hidden:
            found.add((definition.code, cell))
    return frozenset(found | _other_sexes(ratios, found))


def _other_sexes(ratios: Sequence[CellEstimate], closed: set[Place]) -> set[Place]:
    codes = {code for code, cell in closed if cell.sex != TOTAL}
    return {
        (each.definition.code, each.cell)
        for each in ratios
        if each.definition.code in codes and each.cell.sex != TOTAL
    }


def _events(definition: Definition) -> tuple[object, ...] | None:
    """Which events a rate or a ratio is of; rates of everything recorded alone."""
    if not is_of_events(definition) and definition.method is not Method.DARK_FIGURE:
        return None
    return (*sorted(definition.iccs), definition.counted)


def _place(cell: Cell) -> tuple[str, str]:
    """An area that is a stratum of its own is that area, in whichever source."""
    return cell.ref_area, cell.sex
