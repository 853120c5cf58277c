"""What each interview adds to the sums of an indicator: by PSU and cell, and by cell alone.

A linearised residual is a sum over interviews, so PSU totals of w y and w x give the estimate and
its variance (Särndal et al. 1992, section 5.5); products of them by cell give the variance under
simple random sampling, and with it the design effect. Everything else is counting.
"""

from dataclasses import dataclass, fields
from itertools import combinations_with_replacement

import numpy as np

from usga_indicators.domain.codebook.column import BoolArray, FloatArray, Kind
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.estimation.single import counts
from usga_indicators.domain.tabulation.estimates import MissingTally
from usga_indicators.domain.tabulation.tasks import Task

#: Reasons of missing, by their name in a tally.
REASONS = {
    "dk": Kind.DK,
    "ref": Kind.REF,
    "na": Kind.NA,
    "gate_failed": Kind.GATE_FAILED,
    "not_asked": Kind.NOT_ASKED,
    "not_in_version": Kind.NOT_IN_VERSION,
    "no_answer": Kind.NO_ANSWER,
}
TALLIES = tuple(field.name for field in fields(MissingTally))
#: Behind the sums of every indicator: who is missing by reason, and who lacks a component.
COUNTED = len(TALLIES) + 1


@dataclass(frozen=True, slots=True)
class Widths:
    """How many sums an indicator has by PSU and cell, and by cell."""

    by_psu: int
    by_cell: int


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """Columns of one indicator, one row an interview."""

    by_psu: FloatArray
    by_cell: FloatArray


def widths_of(task: Task) -> Widths:
    """The number of columns that `contribution_of` gives for the task."""
    if task.is_linear:
        return Widths(4, 8 + COUNTED)
    if task.is_quantile:
        return Widths(1, COUNTED)
    parts = task.data.numerators.shape[1]
    return Widths(2 * parts + 1, parts * (2 * parts + 1) + 2 + 2 * parts + COUNTED)


def contribution_of(task: Task, frame: Frame, weights: FloatArray) -> Contribution:
    """The columns of an indicator: sums of its parts, then counts of who is missing."""
    used = weights != 0
    sums = _linear(task, weights, used) if task.is_linear else _parts(task, weights, used)
    return Contribution(
        sums.by_psu, np.concatenate([sums.by_cell, _counted(task, frame, used)], axis=1)
    )


def tally_of(counted: FloatArray) -> MissingTally:
    """The counts behind the sums of an indicator as a tally."""
    return MissingTally(**{n: int(v) for n, v in zip(TALLIES, counted[:-1], strict=True)})


def _linear(task: Task, weights: FloatArray, used: BoolArray) -> Contribution:
    """By PSU w y, w x, rows, rows with a numerator; by cell the eight sums of `CellMoments`."""
    y, x = task.data.numerators[:, 0], task.data.denominators[:, 0]
    based = used & ~np.isnan(y)
    known = used & ~(np.isnan(y) | np.isnan(x)) & counts(task.statistic, y, x)
    y, x, w = (np.where(known, v, 0.0) for v in (y, x, weights))
    wy, wx, n = w * y, w * x, known.astype(np.float64)
    return Contribution(
        np.stack([wy, wx, n, based], axis=1),
        np.stack([wy, wx, n, wy * y, wy * x, wx * x, w, known & (y != 0)], axis=1),
    )


def _parts(task: Task, weights: FloatArray, used: BoolArray) -> Contribution:
    """By PSU w y and w x of each part and rows; by cell also products of all pairs.

    Of quantiles the rows alone.
    """
    if task.is_quantile:
        based = used & ~np.isnan(task.data.numerators).all(axis=1)
        return Contribution(based[:, None].astype(np.float64), np.zeros((len(weights), 0)))
    known = used[:, None] & ~np.isnan(task.data.numerators)
    y = np.where(known, task.data.numerators, 0.0)
    x = np.where(known, task.data.denominators, 0.0)
    inside: BoolArray = np.asarray(known.any(axis=1))
    w = np.where(inside, weights, 0.0)
    both = np.concatenate([y, x], axis=1)
    weighted = w[:, None] * both
    products = [
        weighted[:, a] * both[:, b]
        for a, b in combinations_with_replacement(range(both.shape[1]), 2)
    ]
    return Contribution(
        np.concatenate([weighted, inside[:, None]], axis=1),
        np.concatenate(
            [np.stack([*products, w, inside], axis=1), known, known & (y != 0)], axis=1
        ),
    )


def _counted(task: Task, frame: Frame, used: BoolArray) -> FloatArray:
    missing = task.data.missing
    columns = {name: used & (missing == kind) for name, kind in REASONS.items()}
    columns["implied"] = used & task.data.implied
    lacking = lacks_component(task.definition, frame)
    return np.stack([*(columns[n] for n in TALLIES), lacking], axis=1).astype(np.float64)


def lacks_component(definition: Definition, frame: Frame) -> BoolArray:
    """Interviews made with a version that did not ask a component of a union (rule 5.1-12)."""
    lacking = np.zeros(len(frame), dtype=np.bool_)
    for name in definition.union:
        column = frame.columns.get(name)
        lacking |= column is None or column.kinds == Kind.NOT_IN_VERSION
    return lacking
