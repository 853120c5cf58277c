"""Interviews that answer alike, told once: what follows from answers is worked out for few."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.codebook.column import Column, IntArray, Kind
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.names import variables_of
from usga_indicators.domain.design.codes import compact, first_rows

#: Fewer interviews are worked out one by one, and so are patterns that fewer share.
MANY, _LEAST_OF_PATTERN = 5_000, 8
#: Larger numbers are measured, not counted: they seldom are the same.
_LARGEST = 1_000
#: Interviews that are looked through first for one of each pattern.
_SOME = 8_192


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Interview i is `frame[of_row[i]]` in all that a definition reads."""

    of_row: IntArray
    frame: Frame

    @classmethod
    def of(cls, definition: Definition, frame: Frame) -> "Patterns | None":
        """The patterns of what a definition reads; None where they would not pay.

        Rows of repeats have none: they are not the interview's own.
        """
        if len(frame) < MANY:
            return None
        names = tuple(dict.fromkeys((*variables_of(definition), *definition.union)))
        in_rows = {n for repeat, r in frame.repeats.items() for n in (repeat, *r.columns)}
        if definition.is_of_rows or not in_rows.isdisjoint(names):
            return None
        columns = {name: frame.columns[name] for name in names if name in frame.columns}
        of_row = _numbered(list(columns.values()), len(frame))
        if of_row is None:
            return None
        return cls(of_row, _some(frame, columns, _examples(of_row)))


def _examples(of_row: IntArray) -> IntArray:
    """One interview of each pattern: most patterns have one among the first thousands."""
    count = int(of_row.max()) + 1
    some = of_row[:_SOME]
    if np.bincount(some, minlength=count).all():
        return first_rows(some, count)
    return first_rows(of_row, count)


def _numbered(columns: Sequence[Column], size: int) -> IntArray | None:
    """The number of each interview's combination of answers."""
    joint = np.zeros(size, dtype=np.int64)
    for column in columns:
        state = _state(column)
        if state is None:
            return None
        if joint.any():
            state += joint * (int(state.max()) + 1)
        joint = compact(state)
        if (int(joint.max()) + 1) * _LEAST_OF_PATTERN > size:
            return None
    return joint


def _state(column: Column) -> IntArray | None:
    """The value or the reason of none as a number; None where values are not few."""
    codes = column.codes
    if column.numbers is not None:
        whole = np.nan_to_num(column.numbers, nan=-1.0)
        codes = whole.astype(np.int64)
        if not ((codes == whole) & (codes >= -1) & (codes <= _LARGEST)).all():
            return None
    state = codes.astype(np.int64)
    state += 1
    state *= len(Kind)
    state += column.kinds
    return state


def _some(frame: Frame, columns: dict[str, Column], rows: IntArray) -> Frame:
    return Frame(
        size=len(rows),
        stratum=RawText(frame.stratum.codes[rows], frame.stratum.levels),
        psu=RawText(frame.psu.codes[rows], frame.psu.levels),
        w_person=frame.w_person[rows],
        w_household=frame.w_household[rows],
        columns={name: column.take(rows) for name, column in columns.items()},
    )
