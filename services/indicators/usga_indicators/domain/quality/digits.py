"""Digits that people prefer or invent: age heaping and first digits of money.

Whipple's and Myers' indices: Shryock and Siegel, The Methods and Materials of Demography (1976),
chapter 8; Myers (1940). First digits: Benford (1938); mean absolute deviation: Nigrini (2012).
"""

from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.quality.records import FloatArray, IntArray

_BENFORD = np.log10(1.0 + 1.0 / np.arange(1, 10))
_DIGITS = 10
_WHIPPLE = (23, 62)
_MYERS = (20, 80)


def whipple(age: FloatArray) -> float:
    """500 times the share of ages ending in 0 or 5 among those of 23 to 62: 100 is none."""
    years = _whole(age)
    years = years[(years >= _WHIPPLE[0]) & (years <= _WHIPPLE[1])]
    if not len(years):
        return float("nan")
    return float(500.0 * (years % 5 == 0).sum() / len(years))


def heaped_counts(age: FloatArray) -> tuple[int, int]:
    """Ages ending in 0 or 5, and all: to compare interviewers no range has to be even."""
    years = _whole(age)
    return int((years % 5 == 0).sum()), len(years)


def myers(age: FloatArray) -> float:
    """Half the sum of absolute deviations of the blended digits from 10 %, ages 20 to 79.

    The count of digit d in the series from 20 is weighted d + 1, that from 30 by 9 - d.
    """
    years = _whole(age)
    first = _digit_counts(years[(years >= _MYERS[0]) & (years < _MYERS[1])])
    second = _digit_counts(years[(years >= _MYERS[0] + _DIGITS) & (years < _MYERS[1])])
    digit = np.arange(_DIGITS)
    blended = (digit + 1) * first + (9 - digit) * second
    if blended.sum() == 0:
        return float("nan")
    return float(np.abs(100.0 * blended / blended.sum() - 100.0 / _DIGITS).sum() / 2.0)


def _whole(age: FloatArray) -> IntArray:
    return np.floor(age[~np.isnan(age)]).astype(np.int64)


def _digit_counts(years: IntArray) -> FloatArray:
    return np.bincount(years % _DIGITS, minlength=_DIGITS).astype(np.float64)


@dataclass(frozen=True, slots=True)
class FirstDigits:
    """How far first digits are from Benford's law; NaN without amounts above zero."""

    mad: float
    chi2: float


def first_digits(amounts: FloatArray) -> FirstDigits:
    """Mean absolute deviation of the nine shares, and Pearson's chi-square (8 df)."""
    counts = first_digit_counts(amounts)
    size = int(counts.sum())
    if not size:
        return FirstDigits(float("nan"), float("nan"))
    expected = size * _BENFORD
    return FirstDigits(
        mad=float(np.abs(counts / size - _BENFORD).mean()),
        chi2=float(((counts - expected) ** 2 / expected).sum()),
    )


def first_digit_counts(amounts: FloatArray) -> IntArray:
    """How many of the amounts above zero begin with 1, 2, ... 9."""
    digits = [int(f"{amount:.17e}"[0]) for amount in amounts[amounts > 0]]
    return np.bincount(np.array(digits, dtype=np.int64), minlength=_DIGITS)[1:]
