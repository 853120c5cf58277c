"""One variable over all interviews: values, and the reason of each missing one."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.codebook import Variable
from usga_indicators.domain.codebook.raw import CodeArray, RawText, as_number, narrow

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
    NO_ANSWER = 8  # to be asked, and left open


_RESERVED = {"dk": Kind.DK, "ref": Kind.REF, "na": Kind.NA}
_RESERVED_NUMBERS = {-98: Kind.DK, -99: Kind.REF}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Text as codes into `levels` (-1: missing), numbers as floats (NaN: missing)."""

    kinds: KindArray
    codes: CodeArray
    levels: tuple[str, ...]
    numbers: FloatArray | None = None

    @property
    def known(self) -> BoolArray:
        """Rows with a value."""
        return np.asarray(self.kinds < Kind.DK)

    def __len__(self) -> int:
        return len(self.kinds)

    def take(self, rows: IntArray | slice) -> "Column":
        """Some rows, as often as they are told."""
        numbers = None if self.numbers is None else self.numbers[rows]
        return Column(self.kinds[rows], self.codes[rows], self.levels, numbers)

    def texts(self) -> list[str]:
        """The values as text, empty where missing."""
        return ["" if code < 0 else self.levels[code] for code in self.codes.tolist()]


def number_column(given: FloatArray) -> Column:
    """Numbers as sent; -98 is dk, -99 is ref, NaN is not asked (so far)."""
    numbers = given.copy()
    kinds = np.where(np.isnan(numbers), np.int8(Kind.NOT_ASKED), np.int8(Kind.ASKED))
    for code, kind in _RESERVED_NUMBERS.items():
        kinds[numbers == code] = kind
    numbers[kinds >= Kind.DK] = np.nan
    return Column(kinds.astype(np.int8), np.full(len(numbers), -1, dtype=np.int16), (), numbers)


def text_column(given: RawText, *, multiple: bool) -> Column:
    """Choice names as sent; reserved codes become kinds, absent is not asked (so far)."""
    by_level = np.array(
        [_kind_of(level, multiple=multiple) for level in given.levels] + [Kind.NOT_ASKED],
        dtype=np.int8,
    )
    places = narrow(np.where(by_level >= Kind.DK, -1, np.arange(len(by_level))), len(by_level))
    # -1 takes the last: not asked
    return Column(by_level[given.codes], places[given.codes], given.levels)


def column_of(variable: Variable, given: RawText | FloatArray | None, size: int) -> Column:
    """The column of a variable by its type; without values nobody was asked (so far)."""
    if variable.is_numeric:
        if given is None:
            return number_column(np.full(size, np.nan))
        return number_column(_as_numbers(given) if isinstance(given, RawText) else given)
    if given is None:
        return text_column(RawText(np.full(size, -1, dtype=np.int64), ()), multiple=False)
    if not isinstance(given, RawText):
        given = RawText.of([None if np.isnan(v) else v for v in given.tolist()])
    return text_column(given, multiple=variable.is_multiple)


def _as_numbers(given: RawText) -> FloatArray:
    levels = np.array([as_number(level) for level in given.levels] + [np.nan])
    return levels[given.codes]


def _kind_of(level: str, *, multiple: bool) -> Kind:
    if not multiple:
        return _RESERVED.get(level, Kind.ASKED)
    marks = level.split()
    return next((_RESERVED[m] for m in marks if m in _RESERVED), Kind.ASKED)
