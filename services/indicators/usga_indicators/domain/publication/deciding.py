"""Which cells are hidden: by their own numbers, then so that no other cell gives them away."""

from collections.abc import Sequence
from dataclasses import replace

from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from usga_indicators.domain.definition.conditions import needs_values
from usga_indicators.domain.definition.model import StatisticKind
from usga_indicators.domain.disclosure import (
    Cell,
    Decision,
    Rule,
    Sensitivity,
    Thresholds,
    decide,
)
from usga_indicators.domain.estimation import Statistic
from usga_indicators.domain.publication.hierarchy import Told
from usga_indicators.domain.publication.people import People
from usga_indicators.domain.publication.secondary import audit, company
from usga_indicators.domain.publication.statistics import statistic_of
from usga_indicators.domain.publication.systems import Joined, SumOf, sums_of
from usga_indicators.domain.publication.two_values import as_counts
from usga_indicators.domain.tabulation.estimates import CellEstimate

_LONELY = Decision(ObsStatus.LOW_RELIABILITY, ConfStatus.FREE, Rule.LONELY_PSU)
SECONDARY = Decision(ObsStatus.SUPPRESSED, ConfStatus.SECONDARY, Rule.COMPLEMENTARY)
"""Hidden for the sake of other cells."""


def decide_alone(
    found: CellEstimate, thresholds: Thresholds | None, *, probability: bool
) -> Decision:
    """By its own numbers (D-01, D-02, D-06, D-12)."""
    definition, estimate = found.definition, found.estimate
    statistic = statistic_of(definition)
    if definition.statistic is StatisticKind.DIFFERENCE:
        # A gap near zero is no less precise: judge its error as that of a share of one half.
        estimate = replace(estimate, value=0.5, cv=estimate.se / 0.5)
        statistic = Statistic.PROPORTION
    cell = Cell(
        estimate,
        statistic,
        Sensitivity(definition.sensitivity),
        probability=probability,
        values=found.values,
        needs_values=needs_values(definition),
    )
    decision = decide(cell, thresholds)
    if found.lonely and probability and not decision.hidden:
        return _LONELY
    return decision


def given_away(
    estimates: Sequence[CellEstimate],
    decisions: Sequence[Decision],
    limits: Thresholds,
    joined: Joined,
    done: dict[str, frozenset[int]],
    *,
    known: frozenset[int],
) -> set[int]:
    """Shown cells that would let a hidden one be worked out, as decided so far.

    `done` holds the pattern of each indicator that was last found to hide all that it must;
    `known` are places that readers see elsewhere.
    """
    found: set[int] = set()
    for code, places in _by_indicator(estimates).items():
        cells, own = [estimates[i] for i in places], [decisions[i] for i in places]
        hidden = frozenset(_places(own, ObsStatus.SUPPRESSED))
        if hidden and done.get(code) != hidden:
            people, sums = _attacked(cells, own, limits, joined)
            told = {at for at, place in enumerate(places) if place in known}
            more = company(people, sums, hidden)  # of this release alone
            if told:
                more |= company(people, sums, (hidden | more) - told, told)
            done[code] = hidden | more
            found.update(places[place] for place in more)
    found.update(_solvable_differences(estimates, decisions))
    found.update(_bases_of_hidden(estimates, decisions))
    return found


def audited(
    estimates: Sequence[CellEstimate],
    decisions: Sequence[Decision],
    limits: Thresholds,
    joined: Joined,
) -> list[Told]:
    """The attack on every indicator as decided, by place in the release."""
    found: list[Told] = []
    for places in _by_indicator(estimates).values():
        cells, own = [estimates[i] for i in places], [decisions[i] for i in places]
        hidden = _places(own, ObsStatus.SUPPRESSED)
        if hidden:
            people, sums = _attacked(cells, own, limits, joined)
            told = audit(people, sums, hidden)
            found += [replace(each, place=places[each.place]) for each in told]
    return found


def _by_indicator(estimates: Sequence[CellEstimate]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, estimate in enumerate(estimates):
        places.setdefault(estimate.definition.code, []).append(place)
    return places


def _attacked(
    cells: Sequence[CellEstimate],
    decisions: Sequence[Decision],
    limits: Thresholds,
    joined: Joined,
) -> tuple[People, list[SumOf]]:
    counted = set(range(len(cells))) - _places(decisions, ObsStatus.MISSING)
    counted_as, told = as_counts(cells)
    people = People.of(counted_as, limits, counts=told)
    return people, sums_of(cells, counted, joined)


def _places(decisions: Sequence[Decision], status: ObsStatus) -> set[int]:
    return {i for i, d in enumerate(decisions) if d.obs_status is status}


def _solvable_differences(
    cells: Sequence[CellEstimate], decisions: Sequence[Decision]
) -> list[int]:
    """Shown differences of which a share is hidden in the same cell: the other would give it."""
    hidden = {
        (c.definition.numerator, c.definition.filter, c.cell)
        for c, d in zip(cells, decisions, strict=True)
        if d.obs_status is ObsStatus.SUPPRESSED
    }
    return [
        place
        for place, (found, decision) in enumerate(zip(cells, decisions, strict=True))
        if found.definition.statistic is StatisticKind.DIFFERENCE
        and not decision.hidden
        and any((p.numerator, p.filter, found.cell) in hidden for p in found.definition.parts)
    ]


def _bases_of_hidden(cells: Sequence[CellEstimate], decisions: Sequence[Decision]) -> list[int]:
    """Shown cells whose base is the numerator of a hidden one: their n would give it away."""
    hidden = {
        (c.definition.numerator, c.cell)
        for c, d in zip(cells, decisions, strict=True)
        if d.obs_status is ObsStatus.SUPPRESSED and c.definition.numerator
    }
    return [
        place
        for place, (found, decision) in enumerate(zip(cells, decisions, strict=True))
        if not decision.hidden and (found.definition.filter, found.cell) in hidden
    ]
