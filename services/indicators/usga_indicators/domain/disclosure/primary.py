"""Primary suppression: may this cell be seen when looked at alone.

Rules D-01, D-02, D-06, D-07 and D-12.

Suppressed, zero and missing stay three different things (D-11): a hidden cell is `Q` with a rule,
a cell without any row is `M`, a zero that may be shown is `A` or `U` with a bound.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from math import isnan

import numpy as np
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.disclosure.thresholds import Thresholds
from usga_indicators.domain.disclosure.values import Values
from usga_indicators.domain.estimation.intervals import ProportionInterval, proportion_interval
from usga_indicators.domain.estimation.statistic import PER, Estimate, Statistic

#: Of sums: nine of ten equal numbers are 90 % of them.
_ROUNDING = 1e-9


class Sensitivity(IntEnum):
    """Sensitivity class of an indicator, S0 (public) to S3 (violence and the like)."""

    S0 = 0
    S1 = 1
    S2 = 2
    S3 = 3


class Rule(StrEnum):
    """The rule that hid or flagged a cell; published, so it never says which count was small.

    A hidden zero is a small count like any other (D-12): a reason of its own would say that
    nobody, or everybody, had it.
    """

    SMALL_COUNT = "D-01"
    PRECISION = "D-02"
    COMPLEMENTARY = "D-03"
    DOMINANCE = "D-06"
    S3_BREAKDOWN = "D-07"
    LONELY_PSU = "lonely-psu"  # not a rule of disclosure: the error rests on a stand-in


@dataclass(frozen=True, slots=True)
class Decision:
    """What may be shown of a cell, and why not more."""

    obs_status: ObsStatus
    conf_status: ConfStatus
    reason: Rule | None = None

    @property
    def hidden(self) -> bool:
        """Whether all the numbers of the cell stay inside."""
        return self.obs_status in {ObsStatus.SUPPRESSED, ObsStatus.MISSING}


SHOWN = Decision(ObsStatus.NORMAL, ConfStatus.FREE)
MISSING = Decision(ObsStatus.MISSING, ConfStatus.FREE)


def hidden_by(rule: Rule) -> Decision:
    """A cell hidden by a primary rule."""
    return Decision(ObsStatus.SUPPRESSED, ConfStatus.PRIMARY, rule)


def flagged_by(rule: Rule) -> Decision:
    """A cell shown as of low reliability."""
    return Decision(ObsStatus.LOW_RELIABILITY, ConfStatus.FREE, rule)


@dataclass(frozen=True, slots=True)
class Cell:
    """An estimate with what its protection depends on.

    `contributions` are the weighted values of the units of a total (loss), for rule D-06.
    `values` say how the numbers of people are spread; a cell is hidden that `needs_values` and
    has none. `structural` marks a cell that cannot have rows by definition. Without
    `probability` there is no sampling error, and nothing is judged by one (Q-03).
    """

    estimate: Estimate
    statistic: Statistic
    sensitivity: Sensitivity
    contributions: FloatArray | None = None
    structural: bool = False
    probability: bool = True
    values: Values | None = None
    needs_values: bool = False


def decide(cell: Cell, thresholds: Thresholds | None = None) -> Decision:
    """Apply the primary rules in order: emptiness, counts, zeros, dominance, precision."""
    limits = thresholds or Thresholds()
    if cell.structural:
        return MISSING
    if cell.estimate.n == 0:
        guarded = cell.sensitivity >= Sensitivity.S2
        return hidden_by(Rule.SMALL_COUNT) if guarded else MISSING
    rule = risk(cell, limits)
    if rule is not None:
        return hidden_by(rule)
    precision = _precision(cell, limits)
    if not precision.hidden and cell.estimate.n < limits.base_flagged:
        return flagged_by(Rule.SMALL_COUNT)
    return precision


def risk(cell: Cell, limits: Thresholds) -> Rule | None:
    """The rule by which somebody could be recognised in the cell, if any."""
    if _small(cell, limits) or (cell.needs_values and cell.values is None):
        return Rule.SMALL_COUNT
    if cell.sensitivity >= Sensitivity.S2 and 0 in _counts(cell):
        return Rule.SMALL_COUNT
    if cell.contributions is not None and dominated(cell.contributions, limits):
        return Rule.DOMINANCE
    if cell.values is not None and _concentrated(cell, cell.values, limits):
        return Rule.DOMINANCE
    return None


def _concentrated(cell: Cell, values: Values, limits: Thresholds) -> bool:
    """Whether a few make what is shown: of the deviations, the denominators, or a total.

    Comparisons are such that a share that is not known (of infinite numbers) is too large.
    """
    if not values.deviation <= limits.deviation_share + _ROUNDING:
        return True
    if not values.base <= limits.denominator_share:
        return True
    if cell.statistic is not Statistic.TOTAL:
        return False
    few = cell.estimate.n_numerator < limits.dominance_units
    return few or not values.largest < limits.dominance_share


def _counts(cell: Cell) -> tuple[int, ...]:
    """The counts of people that what is shown tells."""
    if cell.values is None:
        return _of_numerator(cell)
    return *_of_numerator(cell), *_of_values(cell.values)


def _of_values(values: Values) -> tuple[int, ...]:
    """Of two values numerator and complement; of more who differs from the middle person."""
    if values.at_or_below is not None and values.at_or_above is not None:
        return values.apart, values.at_or_below, values.at_or_above
    if values.two:
        return values.at_high, values.people - values.at_high
    return (values.apart,)


def _of_numerator(cell: Cell) -> tuple[int, ...]:
    """Unweighted numerator and complement, where the statistic shows them."""
    numerator = cell.estimate.n_numerator
    match cell.statistic:
        case Statistic.PROPORTION | Statistic.RATE:
            return numerator, cell.estimate.n - numerator
        case Statistic.RATIO | Statistic.TOTAL:
            return (numerator,)
        case _:
            return ()


def _small(cell: Cell, limits: Thresholds) -> bool:
    s3 = cell.sensitivity is Sensitivity.S3
    base = limits.base_hidden_s3 if s3 else limits.base_hidden
    if cell.estimate.n < base:
        return True
    return any(1 <= count < limits.count_hidden for count in _counts(cell))


def _precision(cell: Cell, limits: Thresholds) -> Decision:
    """D-02; two values are a share of either, whatever they are."""
    if cell.values is None or not _is_share_in_disguise(cell, cell.values):
        return _precision_of(cell, limits)
    return max(
        (
            _precision_of(replace(cell, estimate=one, statistic=Statistic.PROPORTION), limits)
            for one in _shares(cell, cell.values)
        ),
        key=lambda decision: (decision.hidden, decision.reason is not None),
    )


def _is_share_in_disguise(cell: Cell, values: Values) -> bool:
    if not values.two or not 0 < values.at_high < values.people:
        return False
    if not cell.probability or cell.statistic is Statistic.TOTAL:
        return False
    return cell.statistic is not Statistic.PROPORTION or (values.low, values.high) != (0.0, 1.0)


def _shares(cell: Cell, values: Values) -> tuple[Estimate, Estimate]:
    """The share of those with the larger value, and of the others."""
    estimate, scale = cell.estimate, PER if cell.statistic is Statistic.RATE else 1.0
    step = values.high - values.low
    share = min(1.0, max(0.0, (estimate.value / scale - values.low) / step))
    return _share(estimate, share, step * scale), _share(estimate, 1.0 - share, step * scale)


def _share(estimate: Estimate, share: float, step: float) -> Estimate:
    se = estimate.se / step
    inside = se > 0 and 0 < share < 1
    method = ProportionInterval.LOGIT if inside else ProportionInterval.BETA_NCHS
    low, high = proportion_interval(share, se, df=estimate.df, n=estimate.n, method=method)
    cv = se / share if share else float("nan")
    return replace(estimate, value=share, se=se, ci_low=low, ci_high=high, cv=cv)


def _precision_of(cell: Cell, limits: Thresholds) -> Decision:
    """CV, and for proportions the half-width of the interval; near 0 or 1 only that."""
    estimate = cell.estimate
    if not cell.probability:
        return hidden_by(Rule.PRECISION) if isnan(estimate.value) else SHOWN
    if isnan(estimate.ci_low) or isnan(estimate.ci_high):
        return hidden_by(Rule.PRECISION)
    half_width = (estimate.ci_high - estimate.ci_low) / 2
    if cell.statistic is Statistic.PROPORTION:
        if half_width > limits.half_width_hidden:
            return hidden_by(Rule.PRECISION)
        edge = limits.near_boundary
        if not edge <= estimate.value <= 1 - edge:
            wide = half_width > limits.half_width_flagged
            return flagged_by(Rule.PRECISION) if wide else SHOWN
    if isnan(estimate.cv) or estimate.cv > limits.cv_hidden:
        return hidden_by(Rule.PRECISION)
    return flagged_by(Rule.PRECISION) if estimate.cv > limits.cv_flagged else SHOWN


def dominated(contributions: FloatArray, thresholds: Thresholds | None = None) -> bool:
    """D-06: fewer than ten contributing units, or one with half of the total or more."""
    limits = thresholds or Thresholds()
    sizes = np.abs(contributions[contributions != 0])
    if len(sizes) < limits.dominance_units:
        return True
    return bool(sizes.max() >= limits.dominance_share * sizes.sum())


class Breadth(IntEnum):
    """How fine an area is: larger is finer."""

    ASSESSMENT = 0
    STRATUM = 1
    AREA = 2
    PSU = 3


#: Dimensions that S3 is never crossed with (D-07).
NEVER_WITH_S3 = frozenset({"ethnicity", "language", "psu"})


def breakdown_refusal(
    sensitivity: Sensitivity, *, breadth: Breadth, dimensions: Collection[str]
) -> Rule | None:
    """D-07: S3 never below the stratum, never by ethnicity, language or PSU."""
    if sensitivity < Sensitivity.S3:
        return None
    refused = breadth > Breadth.STRATUM or not NEVER_WITH_S3.isdisjoint(dimensions)
    return Rule.S3_BREAKDOWN if refused else None
