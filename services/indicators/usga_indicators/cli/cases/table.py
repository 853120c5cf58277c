"""Columns of a CSV file: numbers, or text with ordered levels. Empty and NA are missing."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from usga_indicators.cli.cases.errors import CaseError
from usga_indicators.domain.design.codes import BoolArray, FloatArray, IntArray

#: A data file larger than this is refused before it is read.
MAX_BYTES = 512 * 1024 * 1024
MISSING = frozenset({"", "NA"})
_SHORT = 30


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Numbers (NaN = missing), or codes into `levels` (-1 = missing)."""

    name: str
    numbers: FloatArray | None
    codes: IntArray | None
    levels: tuple[str, ...]
    is_factor: bool
    fault: tuple[int, str] | None = None
    """The first number that is none (NaN, infinite, too large): its line and its text."""

    @property
    def known(self) -> BoolArray:
        """Rows with a value."""
        if self.numbers is not None:
            return ~np.isnan(self.numbers)
        return np.asarray(self.text_codes >= 0)

    @property
    def text_codes(self) -> IntArray:
        """Codes of a text column."""
        if self.codes is None:
            raise CaseError(f"column {self.name} holds numbers where levels are needed")
        return self.codes

    @property
    def values(self) -> FloatArray:
        """Numbers of a numeric column."""
        if self.numbers is None:
            raise CaseError(
                f"column {self.name} holds text where numbers are needed{self._first()}"
            )
        return self.numbers

    def _first(self) -> str:
        """Where a file's column first holds text; nothing for one that is text by its factors."""
        text = [place for place, level in enumerate(self.levels) if not _is_number(level)]
        at = np.flatnonzero(np.isin(self.text_codes, text))
        if self.is_factor or not at.size:
            return ""
        return f": {self.levels[self.text_codes[at[0]]][:_SHORT]!r} in line {at[0] + 2}"

    def take(self, rows: BoolArray) -> "Column":
        """Keep some rows."""
        return replace(
            self,
            numbers=None if self.numbers is None else self.numbers[rows],
            codes=None if self.codes is None else self.codes[rows],
        )

    def in_use(self, rows: BoolArray) -> "Column":
        """The same column without the levels that occur in none of the `rows`."""
        if self.codes is None:
            return self
        seen = np.unique(self.codes[rows & (self.codes >= 0)])
        place = np.full(len(self.levels) + 1, -1, dtype=np.int64)
        place[seen] = np.arange(len(seen))
        return replace(self, codes=place[self.codes], levels=tuple(self.levels[i] for i in seen))

    def factor(self, levels: Sequence[str]) -> "Column":
        """The same column with ordered levels; other values become missing."""
        place = {level: i for i, level in enumerate(levels)}
        codes = np.array([place.get(t, -1) for t in self.texts()], dtype=np.int64)
        return Column(self.name, None, codes, tuple(levels), is_factor=True)

    def texts(self) -> list[str]:
        """Values as text ("" = missing), numbers as they were most likely written."""
        if self.numbers is not None:
            return ["" if np.isnan(v) else f"{v:.15g}" for v in self.numbers]
        return [self.levels[c] if c >= 0 else "" for c in self.text_codes]

    def categories(self) -> tuple[IntArray, list[str | float]]:
        """Codes and their labels in order: levels, sorted text, or sorted numbers."""
        if self.numbers is None:
            return self.text_codes, list(self.levels)
        known = self.known
        distinct, inverse = np.unique(self.numbers[known], return_inverse=True)
        codes = np.full(len(self.numbers), -1, dtype=np.int64)
        codes[known] = inverse
        return codes, [float(v) for v in distinct]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of one length."""

    columns: Mapping[str, Column]
    size: int
    file: str = ""

    def __getitem__(self, name: str) -> Column:
        if name not in self.columns:
            raise CaseError(f"there is no column {name}", place=self.file)
        column = self.columns[name]
        if column.fault is not None:
            line, text = column.fault
            raise CaseError(
                f"column {name} holds {text!r}, which is no finite number; what is missing is "
                "empty or NA",
                place=self.at(name, line),
            )
        return column

    def at(self, name: str, line: int) -> str:
        """A place in the file, as people look for it."""
        return f"{self.file}, line {line}, column {name}"

    def take(self, rows: BoolArray) -> "Table":
        """Keep some rows."""
        columns = {n: c.take(rows) for n, c in self.columns.items()}
        return Table(columns, int(rows.sum()), self.file)

    def in_use(self, rows: BoolArray) -> "Table":
        """The same table without the levels that occur in none of the `rows`."""
        return replace(self, columns={n: c.in_use(rows) for n, c in self.columns.items()})

    def with_factors(self, factors: Mapping[str, Sequence[str]]) -> "Table":
        """The same table with ordered levels for some columns."""
        columns = dict(self.columns)
        for name, levels in factors.items():
            columns[name] = self[name].factor([str(level) for level in levels])
        return Table(columns, self.size, self.file)


def read_table(path: Path) -> Table:
    """Read a CSV file with a header line."""
    if path.stat().st_size > MAX_BYTES:
        raise CaseError(f"{path.name} is larger than {MAX_BYTES} bytes")
    header, rows = _lines(path)
    if not header:
        raise CaseError("the file is empty", place=path.name)
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise CaseError(f"there are two columns {twice[0]}", place=f"{path.name}, line 1")
    for at, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise CaseError(
                f"there are {len(row)} cells, not {len(header)} as in the first line",
                place=f"{path.name}, line {at}",
            )
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    columns = {n: _column(n, c) for n, c in zip(header, cells, strict=True)}
    return Table(columns, len(rows), path.name)


def _lines(path: Path) -> tuple[list[str] | None, list[list[str]]]:
    """The header and the lines with something in them. Raises CaseError for what is no CSV."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = next(reader, None)
            return header, [row for row in reader if row]
    except UnicodeDecodeError as error:
        raise CaseError(f"the file is not UTF-8: byte {error.start}", place=path.name) from None
    except csv.Error as error:
        raise CaseError(f"the file is no CSV: {error}", place=path.name) from None


def _column(name: str, cells: Sequence[str]) -> Column:
    try:
        numbers = np.array([float("nan") if c in MISSING else _number(c) for c in cells])
    except ValueError:
        levels = sorted(set(cells) - MISSING)
        place = {level: i for i, level in enumerate(levels)}
        codes = np.array([place.get(c, -1) for c in cells], dtype=np.int64)
        return Column(name, None, codes, tuple(levels), is_factor=False)
    wrong = ~np.isfinite(numbers) & np.array([c not in MISSING for c in cells], dtype=np.bool_)
    fault = None
    if wrong.any():
        at = int(np.argmax(wrong))
        fault = (at + 2, cells[at])  # behind the header, counted from 1
    return Column(name, numbers.astype(np.float64), None, (), is_factor=False, fault=fault)


def _number(cell: str) -> float:
    """The number as statistics programs write it: Python's `1_000` is text to them."""
    if "_" in cell:
        raise ValueError(cell)
    return float(cell)


def _is_number(cell: str) -> bool:
    try:
        _number(cell)
    except ValueError:
        return False
    return True
