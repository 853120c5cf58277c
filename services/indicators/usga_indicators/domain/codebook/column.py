"""One variable over all interviews: values, and the reason of each missing one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.codebook import Variable

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
KindArray = NDArray[np.int8]
BoolArray = NDArray[np.bool_]


class Kind(IntEnum):
    """Where a value comes from, or why there is none. From `DK` on it is missing."""

    ASKED = 0
    IMPLIED = 1  # a screener made the question unnecessary: the value is certain
    DK = 2
    REF = 3
    NA = 4
    GATE_FAILED = 5  # the privacy gate was not passed
    NOT_ASKED = 6
    NOT_IN_VERSION = 7  # this instrument version has no such question


_RESERVED = {"dk": Kind.DK, "ref": Kind.REF, "na": Kind.NA}
_RESERVED_NUMBERS = {-98: Kind.DK, -99: Kind.REF}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Text as codes into `levels` (-1: missing), numbers as floats (NaN: missing)."""

    kinds: KindArray
    codes: IntArray
    levels: tuple[str, ...]
    numbers: FloatArray | None = None

    @property
    def known(self) -> BoolArray:
        """Rows with a value."""
        return np.asarray(self.kinds < Kind.DK)

    def __len__(self) -> int:
        return len(self.kinds)

    def texts(self) -> list[str]:
        """The values as text, empty where missing."""
        return ["" if code < 0 else self.levels[code] for code in self.codes.tolist()]


def number_column(values: Sequence[Any]) -> Column:
    """Numbers as sent; -98 is dk, -99 is ref, absent is not asked (so far)."""
    numbers = np.array([_number(v) for v in values], dtype=np.float64)
    kinds = np.where(np.isnan(numbers), np.int8(Kind.NOT_ASKED), np.int8(Kind.ASKED))
    for code, kind in _RESERVED_NUMBERS.items():
        kinds[numbers == code] = kind
    numbers[kinds >= Kind.DK] = np.nan
    return Column(kinds.astype(np.int8), np.full(len(numbers), -1), (), numbers)


def text_column(values: Sequence[Any], *, multiple: bool) -> Column:
    """Choice names as sent; reserved codes become kinds, absent is not asked (so far)."""
    index: dict[str, int] = {}
    raw = np.fromiter(
        (-1 if v is None or v == "" else index.setdefault(_text(v), len(index)) for v in values),
        dtype=np.int64,
        count=len(values),
    )
    levels = tuple(index)
    by_level = np.array(
        [_kind_of(level, multiple=multiple) for level in levels] + [Kind.NOT_ASKED], dtype=np.int8
    )
    kinds = by_level[raw]  # -1 takes the last: not asked
    codes = np.where(kinds >= Kind.DK, -1, raw)
    return Column(kinds, codes, levels)


def column_of(variable: Variable, values: Sequence[Any]) -> Column:
    """The column of a variable by its type."""
    if variable.is_numeric:
        return number_column(values)
    return text_column(values, multiple=variable.is_multiple)


def _kind_of(level: str, *, multiple: bool) -> Kind:
    if not multiple:
        return _RESERVED.get(level, Kind.ASKED)
    marks = level.split()
    return next((_RESERVED[m] for m in marks if m in _RESERVED), Kind.ASKED)


def _number(value: Any) -> float:
    if value is None or value == "" or isinstance(value, bool):
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
