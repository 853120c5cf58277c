"""How a decided cell is written: rounded (D-05), bounded at 0 % and 100 %, or empty (D-11)."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from math import isfinite

from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from usga_indicators.domain.disclosure.primary import Decision, Rule
from usga_indicators.domain.estimation.statistic import Estimate, Statistic


class Bound(StrEnum):
    """A value that is shown as a limit, because nobody or everybody in the sample had it."""

    BELOW = "<"
    ABOVE = ">"


@dataclass(frozen=True, slots=True)
class Published:
    """The numbers of a cell as the world may see them; all None when it is hidden.

    Percentages are on 0 to 100. With `bound`, `value` is the limit, and SE, design effect and
    numerator are left out, which would say 0 % or 100 %.
    """

    obs_status: ObsStatus
    conf_status: ConfStatus
    reason: Rule | None = None
    value: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    deff: float | None = None
    df: int | None = None
    n: int | None = None
    n_numerator: int | None = None
    n_psu: int | None = None
    bound: Bound | None = None


#: Decimals of value and interval by statistic; totals are rounded to 5.
_DECIMALS = {
    Statistic.PROPORTION: 1,
    Statistic.MEAN: 2,
    Statistic.RATIO: 3,
    Statistic.RATE: 0,
}


#: Digits of a standard error that are shown at most, and of a value without one: further ones
#: undo rounding where all numbers are large, and are noise of floats (D-05).
_DIGITS_OF_ERROR, _DIGITS_ALONE = 3, 4
#: Counts of people from 1 to one below this are not told.
_FEW = 10
#: The largest float has 309 digits; the usual 28 would refuse numbers of that kind.
_WIDE = Context(prec=400)


def publish(
    estimate: Estimate, statistic: Statistic, decision: Decision, *, bounds: bool = True
) -> Published:
    """Write a cell: rounded from the unrounded numbers, or nothing but its status.

    Without `bounds` 0 % and 100 % are written as they are: no interval, no limit (Q-03).
    """
    status = decision.obs_status, decision.conf_status, decision.reason
    if decision.hidden:
        return Published(*status)
    value, bound = _value(estimate, statistic, bounds=bounds)
    step = _step(estimate, statistic)
    return Published(
        *status,
        value=value,
        se=None if bound else _rounded(estimate.se, statistic, step, more=1),
        ci_low=value if bound is Bound.ABOVE else _rounded(estimate.ci_low, statistic, step),
        ci_high=value if bound is Bound.BELOW else _rounded(estimate.ci_high, statistic, step),
        deff=None if bound else _decimals(estimate.deff, 2),
        df=estimate.df,
        n=round_to_five(estimate.n),
        n_numerator=None if bound else round_to_five(estimate.n_numerator),
        n_psu=estimate.n_psu,
        bound=bound,
    )


def two_digits(estimate: Estimate, decision: Decision) -> Published:
    """Write a quantile to two significant digits: exactly it would be one respondent's answer."""
    shown = publish(estimate, Statistic.MEAN, decision)
    if decision.hidden:
        return shown
    return replace(
        shown,
        value=_significant(estimate.value),
        se=_significant(estimate.se),
        ci_low=_significant(estimate.ci_low),
        ci_high=_significant(estimate.ci_high),
    )


def _significant(value: float, digits: int = 2) -> float | None:
    if not isfinite(value):
        return None
    exact = Decimal(repr(float(value)))
    step = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return float((exact / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step)


def _value(
    estimate: Estimate, statistic: Statistic, *, bounds: bool
) -> tuple[float | None, Bound | None]:
    if not bounds or statistic is not Statistic.PROPORTION or 0 < estimate.value < 1:
        return _rounded(estimate.value, statistic, _step(estimate, statistic)), None
    if estimate.value <= 0:
        return _decimals(100 * estimate.ci_high, 1, ROUND_CEILING), Bound.BELOW
    return _decimals(100 * estimate.ci_low, 1, ROUND_FLOOR), Bound.ABOVE


def _step(estimate: Estimate, statistic: Statistic) -> int | None:
    """The last decimal that the error lets be told, negative of tens; None for percentages.

    Without an error the value itself says how many digits are enough.
    """
    if statistic is Statistic.PROPORTION:
        return None
    if isfinite(estimate.se) and estimate.se > 0:
        return _DIGITS_OF_ERROR - 1 - _magnitude(estimate.se)
    if not isfinite(estimate.value) or estimate.value == 0:
        return None
    return _DIGITS_ALONE - 1 - _magnitude(estimate.value)


def _magnitude(value: float) -> int:
    return Decimal(repr(float(value))).adjusted()


def _rounded(
    value: float, statistic: Statistic, step: int | None, *, more: int = 0
) -> float | None:
    if not isfinite(value):
        return None
    if statistic is Statistic.TOTAL:
        if step is None or step >= 0:
            return float(round_to_five(value))
        return _decimals(value, step)
    scale = 100 if statistic is Statistic.PROPORTION else 1
    most = _DECIMALS[statistic] + more
    return _decimals(value * scale, most if step is None else min(most, step))


def _decimals(value: float, places: int, mode: str = ROUND_HALF_UP) -> float | None:
    if not isfinite(value):
        return None
    # repr, not the binary value: 12.35 is to become 12.4
    place = Decimal(1).scaleb(-places)
    rounded = Decimal(repr(float(value))).quantize(place, rounding=mode, context=_WIDE)
    return float(rounded) + 0.0  # never minus zero


def round_to_five(count: float) -> int:
    """Round a count to the nearest multiple of 5, halves away from zero (D-05)."""
    fifth = _WIDE.divide(Decimal(repr(float(count))), Decimal(5))
    fifths = fifth.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=_WIDE)
    return int(fifths) * 5


def few_or_rounded(count: int) -> int | None:
    """Round a count of people to 5; None for 1 to 9, which would tell of a few."""
    return None if 0 < count < _FEW else round_to_five(count)
