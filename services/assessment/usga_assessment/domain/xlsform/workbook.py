"""A form as sheets of text cells that remember where they stood."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils import get_column_letter

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.columns import (
    LOOKED_AHEAD,
    misspelt,
    names_columns,
)
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.wording import error, unreadable, warning

NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
"""Blanks without width, as they come with text that was copied from pages and chats."""

FORMULA_ERRORS = frozenset(
    {"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"}
)
"""What a spreadsheet shows in place of a value that it cannot compute."""

NAMING = frozenset({"type", "name", "list_name", "list name"})
"""Columns in which they make another word of a word."""

EMPTY_RUN = 60  # as many empty rows end a sheet, as in pyxform
SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the sheet, from 1, and its non-empty cells."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with a header row; `columns` gives the place of each header, from 0."""

    name: str
    columns: dict[str, int]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()
    header_row: int = 1

    def cell(self, row: int, header: str | None) -> str:
        """The address of a cell, as in "survey!F12"."""
        index = self.columns.get(header) if header is not None else None
        letter = get_column_letter(index + 1) if index is not None else ""
        return f"{self.name}!{letter}{row}"


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets that XLSForm knows, by lower-case name, and all the names that were there."""

    kind: str
    sheets: dict[str, Sheet] = field(default_factory=dict)
    sheet_names: tuple[str, ...] = ()

    def sheet(self, name: str) -> Sheet:
        """A sheet, or an empty one."""
        return self.sheets.get(name) or Sheet(name, {}, ())

    def as_pyxform(self) -> dict[str, Any]:
        """The shape that pyxform's readers make, so that it judges the very same cells."""
        shape: dict[str, Any] = {"sheet_names": list(self.sheet_names)}
        for name, sheet in self.sheets.items():
            by_number = {row.number: row.cells for row in sheet.rows}
            last = max(by_number, default=1)
            shape[name] = [dict(by_number.get(number, {})) for number in range(2, last + 1)]
            shape[f"{name}_header"] = [dict.fromkeys(sheet.columns)] if sheet.columns else []
        return shape


class Meter:
    """Counts cells over the whole workbook and refuses what passes the caps."""

    def __init__(self) -> None:
        self._cells = 0
        self._references = 0

    def take(self, sheet: str, row: int, values: Iterable[str | None]) -> None:
        """Account for one row of a sheet."""
        if row > limits.MAX_ROWS:
            raise unreadable("too-many-rows", sheet, limit=limits.MAX_ROWS)
        for index, value in enumerate(values):
            if value is None:
                continue
            self._cells += 1
            if index >= limits.MAX_COLUMNS:
                raise unreadable("too-many-columns", sheet, limit=limits.MAX_COLUMNS)
            if len(value) > limits.MAX_CELL_CHARS:
                cell = f"{sheet}!{get_column_letter(index + 1)}{row}"
                raise unreadable("cell-too-long", cell, limit=limits.MAX_CELL_CHARS)
            if "${" in value:
                self._refer(f"{sheet}!{get_column_letter(index + 1)}{row}", value.count("${"))
        if self._cells > limits.MAX_CELLS:
            raise unreadable("too-many-cells", sheet, limit=limits.MAX_CELLS)

    def _refer(self, cell: str, count: int) -> None:
        self._references += count
        if count > limits.MAX_REFERENCES_IN_CELL:
            raise unreadable("too-many-references", cell, limit=limits.MAX_REFERENCES_IN_CELL)
        if self._references > limits.MAX_REFERENCES:
            raise unreadable("too-many-references", cell, limit=limits.MAX_REFERENCES)


def sheet_of(name: str, table: Iterator[list[str | None]], meter: Meter) -> Sheet:
    """Build a sheet from rows of text; the first row that is not empty is the header.

    Where the names of the columns stand below it, under a title, that is an error, and the sheet
    is read as it was meant.
    """
    columns: dict[str, int] = {}
    header = 0
    named = True
    rows: list[Row] = []
    findings: list[Finding] = []
    for number, values in enumerate(table, start=1):
        if number - max(2, rows[-1].number if rows else 0) > EMPTY_RUN:
            break  # styled but empty rows may go on to the million
        meter.take(name, number, values)
        if not columns:
            columns, header = _columns(name, values, number, findings), number
            named = not columns or names_columns(name, values)
            continue
        if not named and number - header <= LOOKED_AHEAD and names_columns(name, values):
            above = f"{name}!{header}"
            findings[:] = [
                error("header-row-missing", above, hints="rows-above-header", header=number)
            ]
            rows.clear()
            columns, header, named = _columns(name, values, number, findings), number, True
            continue
        cells = {
            header: value
            for header, index in columns.items()
            if index < len(values) and (value := values[index]) is not None
        }
        if cells:
            rows.append(Row(number, _printable(name, columns, number, cells, findings)))
    filled = {column for row in rows for column in row.cells}
    findings += misspelt(name, columns, filled, header)
    return Sheet(name, columns, tuple(rows), tuple(findings), header or 1)


def _printable(
    sheet: str, columns: dict[str, int], row: int, cells: dict[str, str], findings: list[Finding]
) -> dict[str, str]:
    """The cells without characters that XML cannot carry; each is an error of the form."""
    for header, value in cells.items():
        wrong = NOT_XML.search(value) or (header.lower() in NAMING and INVISIBLE.search(value))
        if value in FORMULA_ERRORS:
            letter = get_column_letter(columns[header] + 1)
            findings.append(warning("formula-error", f"{sheet}!{letter}{row}", text=value))
        if wrong:
            cells[header] = INVISIBLE.sub("", NOT_XML.sub(" ", value))
            letter = get_column_letter(columns[header] + 1)
            findings.append(error("control-character", f"{sheet}!{letter}{row}"))
    return cells


def _columns(
    sheet: str, values: list[str | None], row: int, findings: list[Finding]
) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, value in enumerate(values):
        seen = INVISIBLE.sub("", value or "")
        header = " ".join(seen.split())
        if value and seen != value:
            cell = f"{sheet}!{get_column_letter(index + 1)}{row}"
            findings.append(error("control-character", cell))
        if not header:
            continue
        if header in columns:
            cell = f"{sheet}!{get_column_letter(index + 1)}{row}"
            findings.append(error("duplicate-column", cell, column=header))
            continue
        columns[header] = index
    return columns
