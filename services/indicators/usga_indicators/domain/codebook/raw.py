"""Interviews as they lie in the extract: columns without any interpretation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
#: Codes of texts take two bytes where that is enough: most answers are one of few.
CodeArray = NDArray[np.int16] | NDArray[np.int32] | NDArray[np.int64]


def narrow(codes: CodeArray, levels: int) -> CodeArray:
    """The same codes in as few bytes as hold them, and one level more."""
    if levels < np.iinfo(np.int16).max:
        return codes.astype(np.int16, copy=False)
    return codes.astype(np.int32, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class RawText:
    """Texts as codes into `levels`; -1 where there is none."""

    codes: CodeArray
    levels: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[Any]) -> "RawText":
        """Encode plain values; None and "" are absent."""
        index: dict[str, int] = {}
        codes = [
            -1 if v is None or v == "" else index.setdefault(as_text(v), len(index))
            for v in values
        ]
        return cls(np.array(codes, dtype=np.int64), tuple(index))

    @property
    def wide(self) -> IntArray:
        """The codes to reckon with: products of them outgrow two bytes."""
        return self.codes.astype(np.int64, copy=False)

    @property
    def values(self) -> tuple[str, ...]:
        """The distinct texts that rows have."""
        return tuple(self.levels[code] for code in np.unique(self.codes[self.codes >= 0]))


@dataclass(frozen=True, slots=True, eq=False)
class RawRows:
    """The rows of a repeat: the place of the interview of each, and its columns."""

    person: IntArray
    columns: Mapping[str, "RawText | FloatArray"]
    unanswered: Sequence[RawText] = ()
    """Of each row, the names of variables that were left open, joined by blanks."""

    def left_open(self) -> Mapping[str, BoolArray]:
        """By variable, the rows that were to answer it and did not."""
        return _left_open(self.unanswered)


@dataclass(frozen=True, slots=True, eq=False)
class RawInterviews:
    """All interviews, in the order of units. Numbers are NaN where absent."""

    size: int
    version: RawText
    stratum: RawText
    psu: RawText
    w_person: FloatArray
    w_household: FloatArray
    columns: Mapping[str, RawText | FloatArray]
    repeats: Mapping[str, RawRows] = field(default_factory=dict)
    unanswered: Sequence[RawText] = ()
    """Of each interview, the names of variables that were left open, joined by blanks."""

    def __len__(self) -> int:
        return self.size

    def left_open(self) -> Mapping[str, BoolArray]:
        """By variable, the interviews that were to answer it and did not."""
        return _left_open(self.unanswered)


def _left_open(unanswered: Sequence[RawText]) -> Mapping[str, BoolArray]:
    found: dict[str, BoolArray] = {}
    for given in unanswered:
        holding: dict[str, list[int]] = {}
        for code, level in enumerate(given.levels):
            for name in level.split():
                holding.setdefault(name, []).append(code)
        for name, codes in holding.items():
            chosen = np.zeros(len(given.levels) + 1, dtype=np.bool_)  # the last: of -1
            chosen[codes] = True
            found[name] = found.get(name, False) | chosen[given.codes]
    return found


def as_text(value: Any) -> str:
    """An answer as text; whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def as_number(value: Any) -> float:
    """An answer as a number; NaN when it is none."""
    if value is None or value == "" or isinstance(value, bool):
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
