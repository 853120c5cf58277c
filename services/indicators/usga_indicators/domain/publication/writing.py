"""A cell as it is written: the observation that readers get, and the numbers that stay inside."""

from dataclasses import asdict, replace
from math import isfinite
from typing import Any

from usga_shared.wire.release import MissingCounts, Observation

from usga_indicators.domain.definition.model import Definition, StatisticKind, UnitMeasure
from usga_indicators.domain.disclosure import (
    Decision,
    Published,
    Values,
    few_or_rounded,
    publish,
    two_digits,
)
from usga_indicators.domain.estimation import Estimate, Statistic
from usga_indicators.domain.publication.statistics import counts_numerator, statistic_of
from usga_indicators.domain.tabulation.estimates import CellEstimate, MissingTally

_PERCENT = 100.0


def observation_of(
    found: CellEstimate, decision: Decision, release: str, period: str, probability_sample: bool
) -> Observation:
    """What readers get of a cell: of a hidden one none of its numbers (D-11), else rounded."""
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
    told = {} if found.values is None else {"values": _plain(found.values)}
    return {**numbers, "missing": asdict(found.missing), **told}


def _plain(values: Values) -> dict[str, Any]:
    """Numbers that JSON can say: an infinite share or ratio is none."""
    return {k: v if v is None or isfinite(v) else None for k, v in asdict(values).items()}
