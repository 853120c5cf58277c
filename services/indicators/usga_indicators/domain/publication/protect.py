"""Decide each cell, then write it: primary rules, complementary suppression, rounding."""

from collections.abc import Mapping, Sequence
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
    decide,
    few_or_rounded,
    publish,
    two_digits,
)
from usga_indicators.domain.estimation import Estimate, Statistic
from usga_indicators.domain.publication.beside import Beside, given_away_together, known_and_kept
from usga_indicators.domain.publication.hierarchy import Told
from usga_indicators.domain.publication.people import People
from usga_indicators.domain.publication.secondary import audit, company
from usga_indicators.domain.publication.statistics import counts_numerator, statistic_of
from usga_indicators.domain.publication.systems import SumOf, sums_of
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
    area_of_stratum: Mapping[str, str] | None = None,
) -> list[Protected]:
    """Apply the rules to a whole release; the order of cells is kept."""
    cells, _ = protect_and_audit(
        estimates,
        release=release,
        time_period=time_period,
        probability_sample=probability_sample,
        thresholds=thresholds,
        area_of_stratum=area_of_stratum,
    )
    return cells


def protect_and_audit(
    estimates: Sequence[CellEstimate],
    *,
    release: str,
    time_period: str,
    probability_sample: bool,
    thresholds: Thresholds | None = None,
    area_of_stratum: Mapping[str, str] | None = None,
    earlier: Sequence[Beside] = (),
) -> tuple[list[Protected], list[Told]]:
    """The same, and what readers can say of the hidden cells of each sum, of this release alone.

    What `earlier` published releases show is no company, and what they hide stays hidden where
    nothing much has changed (rule D-04).
    """
    limits, areas = thresholds or Thresholds(), area_of_stratum or {}
    decisions = [_decide(e, thresholds, probability=probability_sample) for e in estimates]
    known, kept = known_and_kept(estimates, earlier, areas)
    for place in kept:
        if not decisions[place].hidden and decisions[place].obs_status is not ObsStatus.MISSING:
            decisions[place] = _SECONDARY
    done: dict[str, frozenset[int]] = {}
    for whole in (False, True, None):
        while given_away := _given_away(estimates, decisions, limits, areas, done, known=known):
            for place in given_away:
                decisions[place] = _SECONDARY
        if whole is None or not earlier:
            break
        statuses = [decision.obs_status for decision in decisions]
        together = given_away_together(
            estimates, statuses, earlier, areas, limits=limits, whole=whole
        )
        if not together:
            break
        for place in together - known:
            if not decisions[place].hidden and statuses[place] is not ObsStatus.MISSING:
                decisions[place] = _SECONDARY
    cells = [
        Protected(
            _observation(estimate, decision, release, time_period, probability_sample),
            unrounded(estimate),
        )
        for estimate, decision in zip(estimates, decisions, strict=True)
    ]
    return cells, _audited(estimates, decisions, limits, areas)


def _given_away(
    estimates: Sequence[CellEstimate],
    decisions: Sequence[Decision],
    limits: Thresholds,
    area_of_stratum: Mapping[str, str],
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
            people, sums = _attacked(cells, own, limits, area_of_stratum)
            told = {at for at, place in enumerate(places) if place in known}
            more = company(people, sums, hidden)  # of this release alone
            if told:
                more |= company(people, sums, (hidden | more) - told, told)
            done[code] = hidden | more
            found.update(places[place] for place in more)
    found.update(_solvable_differences(estimates, decisions))
    found.update(_bases_of_hidden(estimates, decisions))
    return found


def _by_indicator(estimates: Sequence[CellEstimate]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, estimate in enumerate(estimates):
        places.setdefault(estimate.definition.code, []).append(place)
    return places


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


def _attacked(
    cells: Sequence[CellEstimate],
    decisions: Sequence[Decision],
    limits: Thresholds,
    area_of_stratum: Mapping[str, str],
) -> tuple[People, list[SumOf]]:
    counted = set(range(len(cells))) - _places(decisions, ObsStatus.MISSING)
    people = People.of(cells, limits, counts=counts_numerator(cells[0].definition))
    return people, sums_of(cells, counted, area_of_stratum)


def _places(decisions: Sequence[Decision], status: ObsStatus) -> set[int]:
    return {i for i, d in enumerate(decisions) if d.obs_status is status}


def _audited(
    estimates: Sequence[CellEstimate],
    decisions: Sequence[Decision],
    limits: Thresholds,
    area_of_stratum: Mapping[str, str],
) -> list[Told]:
    """The attack on every indicator as decided, by place in the release."""
    found: list[Told] = []
    for places in _by_indicator(estimates).values():
        cells, own = [estimates[i] for i in places], [decisions[i] for i in places]
        hidden = _places(own, ObsStatus.SUPPRESSED)
        if hidden:
            people, sums = _attacked(cells, own, limits, area_of_stratum)
            told = audit(people, sums, hidden)
            found += [replace(each, place=places[each.place]) for each in told]
    return found


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
        subgroup=cell.subgroup,
        obs_value=shown.value,
        bound=shown.bound.value if shown.bound else None,
        standard_error=shown.se if spread else None,
        lower_bound=shown.ci_low if spread else None,
        upper_bound=shown.ci_high if spread else None,
        design_effect=shown.deff if spread else None,
        df=shown.df if spread else None,
        sample_size=shown.n,
        numerator_size=shown.n_numerator if counts_numerator(definition) else None,
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


def unrounded(found: CellEstimate) -> dict[str, Any]:
    """Unrounded numbers in the unit of the indicator; undefined ones are None."""
    estimate = asdict(_in_unit(found.definition, found.estimate))
    numbers = {k: v if isfinite(v) else None for k, v in estimate.items()}
    return {**numbers, "missing": asdict(found.missing)}
