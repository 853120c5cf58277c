"""Decide each cell, then write it: primary rules, complementary suppression, rounding."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any

from usga_shared.wire.release import MissingCounts, Observation
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from usga_indicators.domain.definition.model import Definition, StatisticKind, UnitMeasure
from usga_indicators.domain.disclosure import (
    Cell,
    Decision,
    Published,
    Rule,
    Sensitivity,
    Thresholds,
    complement,
    decide,
    few_or_rounded,
    publish,
    two_digits,
)
from usga_indicators.domain.estimation import Estimate, Statistic
from usga_indicators.domain.tabulation.breakdowns import TOTAL
from usga_indicators.domain.tabulation.breakdowns import Cell as CellOf
from usga_indicators.domain.tabulation.estimates import CellEstimate, MissingTally

_PERCENT = 100.0
_LONELY = Decision(ObsStatus.LOW_RELIABILITY, ConfStatus.FREE, Rule.LONELY_PSU)
_SECONDARY = Decision(ObsStatus.SUPPRESSED, ConfStatus.SECONDARY, Rule.COMPLEMENTARY)


@dataclass(frozen=True, slots=True)
class Protected:
    """One cell: the observation to publish, and the unrounded numbers that stay inside."""

    observation: Observation
    internal: dict[str, Any]


def protect(
    estimates: Sequence[CellEstimate],
    *,
    release: str,
    time_period: str,
    probability_sample: bool,
    thresholds: Thresholds | None = None,
) -> list[Protected]:
    """Apply the rules to a whole release; the order of cells is kept."""
    decisions = [_decide(e, thresholds, probability=probability_sample) for e in estimates]
    while given_away := _given_away(estimates, decisions, thresholds or Thresholds()):
        for place in given_away:
            decisions[place] = _SECONDARY
    return [
        Protected(
            _observation(estimate, decision, release, time_period, probability_sample),
            _internal(estimate),
        )
        for estimate, decision in zip(estimates, decisions, strict=True)
    ]


def _given_away(
    estimates: Sequence[CellEstimate], decisions: Sequence[Decision], limits: Thresholds
) -> set[int]:
    """Shown cells that would let a hidden one be worked out, as decided so far."""
    found = {
        places[place]
        for places in _by_indicator(estimates).values()
        for place in _complementary(
            [estimates[i] for i in places], [decisions[i] for i in places], limits
        )
    }
    found.update(_solvable_differences(estimates, decisions))
    found.update(_bases_of_hidden(estimates, decisions))
    return found


def _by_indicator(estimates: Sequence[CellEstimate]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, estimate in enumerate(estimates):
        places.setdefault(estimate.definition.code, []).append(place)
    return places


def statistic_of(definition: Definition) -> Statistic:
    """Which rules an indicator's cells fall under; every percentage is a share."""
    if definition.unit_measure is UnitMeasure.PERCENT:
        return Statistic.PROPORTION
    match definition.statistic:
        case StatisticKind.RATE:
            return Statistic.RATE
        case StatisticKind.RATIO:
            return Statistic.RATIO
        case StatisticKind.TOTAL:
            return Statistic.TOTAL
        case _:
            return Statistic.MEAN


def _decide(found: CellEstimate, thresholds: Thresholds | None, *, probability: bool) -> Decision:
    definition, estimate = found.definition, found.estimate
    statistic = statistic_of(definition)
    if definition.statistic is StatisticKind.DIFFERENCE:
        # A gap near zero is no less precise: judge its error as that of a share of one half.
        estimate = replace(estimate, value=0.5, cv=estimate.se / 0.5)
        statistic = Statistic.PROPORTION
    cell = Cell(estimate, statistic, Sensitivity(definition.sensitivity), probability=probability)
    decision = decide(cell, thresholds)
    if found.lonely and probability and not decision.hidden:
        return _LONELY
    return decision


def _complementary(
    cells: Sequence[CellEstimate], decisions: Sequence[Decision], limits: Thresholds
) -> frozenset[int]:
    """No hidden cell may stand alone in a breakdown of the total (rule D-03).

    Nor may the hidden ones together be a cell that would be hidden: the total minus the others.
    """
    hidden = {i for i, d in enumerate(decisions) if d.obs_status is ObsStatus.SUPPRESSED}
    empty = {i for i, d in enumerate(decisions) if d.obs_status is ObsStatus.MISSING}
    if not hidden:
        return frozenset()
    totals: dict[str, list[int]] = {}
    sums: dict[tuple[str, str], list[int]] = {}
    items: dict[CellOf, list[int]] = {}
    for place, found in enumerate(cells):
        if place in empty:
            continue
        item, name = found.cell.item, _dimension(found)
        if item != TOTAL:  # the shares of all categories add up to everybody
            items.setdefault(replace(found.cell, item=TOTAL), []).append(place)
        if name:
            sums.setdefault((item, name), []).append(place)
        else:
            totals.setdefault(item, []).append(place)
    return complement(
        [[*totals.get(item, ()), *parts] for (item, _), parts in sums.items()]
        + list(items.values()),
        hidden,
        # the fewest people; among categories of the same people the rarest
        [c.estimate.n + c.estimate.n_numerator / (c.estimate.n + 1) for c in cells],
        never=[place for places in totals.values() for place in places],
        small=lambda places: _small_together([cells[i] for i in places], limits),
    )


def _small_together(cells: Sequence[CellEstimate], limits: Thresholds) -> bool:
    """Whether cells of one sum, joined, are too small to be seen (rule D-01)."""
    definition = cells[0].definition
    s3 = definition.sensitivity >= Sensitivity.S3
    bases = [cell.estimate.n for cell in cells]
    same_people = len({cell.cell.item for cell in cells}) > 1  # categories of one cell
    n = max(bases) if same_people else sum(bases)
    if n < (limits.base_hidden_s3 if s3 else limits.base_hidden):
        return True
    if not _counts_numerator(definition):
        return False
    numerator = sum(cell.estimate.n_numerator for cell in cells)
    least = 0 if definition.sensitivity >= Sensitivity.S2 else 1  # a zero of S0 and S1 is shown
    return any(least <= count < limits.count_hidden for count in (numerator, n - numerator))


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


def _dimension(found: CellEstimate) -> str:
    cell = found.cell
    if cell.stratum != TOTAL:
        return "stratum"
    return next((n for n in ("ref_area", "sex", "age") if getattr(cell, n) != TOTAL), "")


def _observation(
    found: CellEstimate, decision: Decision, release: str, period: str, probability_sample: bool
) -> Observation:
    definition, cell = found.definition, found.cell
    shown = _rounded(found, decision, probability=probability_sample)
    free = not decision.hidden
    spread = free and probability_sample
    return Observation(
        indicator=definition.code,
        ref_area=cell.ref_area,
        stratum=cell.stratum,
        time_period=period,
        sex=cell.sex,
        age=cell.age,
        item=cell.item,
        obs_value=shown.value,
        bound=shown.bound.value if shown.bound else None,
        standard_error=shown.se if spread else None,
        lower_bound=shown.ci_low if spread else None,
        upper_bound=shown.ci_high if spread else None,
        design_effect=shown.deff if spread else None,
        df=shown.df if spread else None,
        sample_size=shown.n,
        numerator_size=shown.n_numerator if _counts_numerator(definition) else None,
        psus=shown.n_psu,
        missing=_missing(found.missing) if free else None,
        unit_measure=definition.unit_measure.value,
        obs_status=shown.obs_status,
        conf_status=shown.conf_status,
        reason=shown.reason.value if shown.reason else None,
        comparability="broken" if found.broken else "partial" if found.partial else "full",
        release=release,
        method_version=definition.version,
    )


def _rounded(found: CellEstimate, decision: Decision, *, probability: bool) -> Published:
    definition, estimate = found.definition, found.estimate
    if definition.statistic is StatisticKind.QUANTILE:
        return two_digits(estimate, decision)
    if definition.unit_measure is not UnitMeasure.POINTS:
        return publish(estimate, statistic_of(definition), decision, bounds=probability)
    shown = publish(_in_unit(definition, estimate), Statistic.MEAN, decision)
    return replace(
        shown,
        value=_one_decimal(shown.value),
        ci_low=_one_decimal(shown.ci_low),
        ci_high=_one_decimal(shown.ci_high),
    )


def _one_decimal(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _counts_numerator(definition: Definition) -> bool:
    """Whether n of the numerator is published; of a rate it would be that of a prevalence."""
    return statistic_of(definition) in {Statistic.PROPORTION, Statistic.RATIO}


def _missing(tally: MissingTally) -> MissingCounts:
    return MissingCounts(**{name: few_or_rounded(n) for name, n in asdict(tally).items()})


def _in_unit(definition: Definition, estimate: Estimate) -> Estimate:
    """Shares as percentages; other units as they are."""
    if definition.unit_measure not in {UnitMeasure.PERCENT, UnitMeasure.POINTS}:
        return estimate
    return replace(
        estimate,
        value=estimate.value * _PERCENT,
        se=estimate.se * _PERCENT,
        ci_low=estimate.ci_low * _PERCENT,
        ci_high=estimate.ci_high * _PERCENT,
    )


def _internal(found: CellEstimate) -> dict[str, Any]:
    """Unrounded numbers in the unit of the indicator; undefined ones are None."""
    estimate = asdict(_in_unit(found.definition, found.estimate))
    numbers = {k: v if isfinite(v) else None for k, v in estimate.items()}
    return {**numbers, "missing": asdict(found.missing)}
