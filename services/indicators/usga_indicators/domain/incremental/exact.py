"""Sums that forget nothing: taking away what was put in leaves what was there, to the last bit.

A sum is kept as two floats, the nearest one and what it lacks (Dekker 1971; Knuth, TAOCP 2,
4.2.2). As long as the largest sum is below 2^52 times the smallest addend no step rounds, so that
the order of steps does not matter and nothing drifts; beyond that the error is 2^-104 of the sum
a step.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy

from usga_indicators.domain.design.codes import FloatArray, IntArray

_MANTISSA = 52


@dataclass(frozen=True, slots=True, eq=False)
class ExactSums:
    """An array of sums: `high` are the nearest floats, `low` is what they lack."""

    high: FloatArray
    low: FloatArray

    @classmethod
    def zeros(cls, rows: int, columns: int) -> Self:
        """Empty sums."""
        return cls(np.zeros((rows, columns)), np.zeros((rows, columns)))

    @classmethod
    def grouped(cls, group: IntArray, row: IntArray, values: FloatArray, groups: int) -> Self:
        """Sum `values[row[i]]` into `group[i]`.

        Each value is split on a grid so coarse that its upper parts add up without rounding; the
        lower ones do too unless they span more bits than a float has.
        """
        gather = scipy.sparse.csr_matrix(
            (np.ones(len(group)), (group, row)), shape=(groups, values.shape[0])
        )
        return cls.gathered(gather, values)

    @classmethod
    def gathered(cls, gather: "scipy.sparse.csr_matrix", values: FloatArray) -> Self:
        """The same with a matrix of ones that says which values each sum has."""
        upper = upper_parts(values, gather.nnz)
        return cls.of_two(np.asarray(gather @ upper), np.asarray(gather @ (values - upper)))

    @classmethod
    def of_two(cls, one: FloatArray, other: FloatArray) -> Self:
        """The sums of two arrays."""
        return cls(*_two_sum(one, other))

    def plus(self, other: Self, sign: float = 1.0) -> Self:
        """The sum, or with `sign` -1 the difference, element by element."""
        high, error = _two_sum(self.high, sign * other.high)
        low, lower = _two_sum(self.low, sign * other.low)
        high, error = _fast_two_sum(high, error + low)
        return type(self)(*_fast_two_sum(high, error + lower))

    def take(self, rows: IntArray) -> Self:
        """Some rows."""
        return type(self)(self.high[rows], self.low[rows])

    def move(self, rows: IntArray, change: Self, sign: float) -> None:
        """Add `change` to these rows in place (take it away with `sign` -1); rows differ."""
        moved = self.take(rows).plus(change, sign)
        self.high[rows], self.low[rows] = moved.high, moved.low

    def columns(self, some: slice) -> Self:
        """A view of some columns: moving it moves these."""
        return type(self)(self.high[:, some], self.low[:, some])

    def grown(self, rows: int) -> Self:
        """The same with room for `rows` rows."""
        more = ((0, rows - len(self.high)), (0, 0))
        return type(self)(np.pad(self.high, more), np.pad(self.low, more))


def upper_parts(values: FloatArray, count: int) -> FloatArray:
    """Each value to the nearest point of a grid on which `count` of them add up exactly."""
    if values.size == 0:
        return values
    largest = np.abs(values).max(axis=0)
    _, exponent = np.frexp(np.where(largest > 0, largest, 1.0))
    grid = np.ldexp(1.0, exponent + count.bit_length() - _MANTISSA)
    return np.asarray(np.rint(values / grid) * grid)


def _two_sum(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The rounded sum and its error, exactly."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _fast_two_sum(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The same where |a| >= |b|, or a is 0."""
    total = a + b
    return total, b - (total - a)
