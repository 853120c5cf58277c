"""Which row an error of the converter means that names none."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2xform import ConvertResult, convert

from usga_assessment.domain.xlsform.headers import parse_headers
from usga_assessment.domain.xlsform.survey_sheet import NAME
from usga_assessment.domain.xlsform.workbook import Workbook

Row = dict[str, str]


def _whole(value: str, there: str) -> bool:
    return value == there


def _word(value: str, there: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(value)}(?![\w.-])", there) is not None


def _reference(value: str, there: str) -> bool:
    return f"${{{value}}}" in there


def _given(value: str, there: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(value)}\s*=", there) is not None


LOOKED_IN: tuple[tuple[str, tuple[str, ...], Callable[[str, str], bool]], ...] = (
    ("trigger", ("trigger",), _reference),
    ("name", ("name",), _whole),
    ("parameter", ("parameters",), _given),
    ("type", ("type",), _whole),
    ("type", ("type",), _word),
    ("list", ("type",), _word),
)
"""Where the words of an error stand that names no row: the value, its column, how it is found."""


def attempt(shape: dict[str, Any], warnings: list[str]) -> ConvertResult:
    """Convert a shape, which the converter changes, and leave the shape as it was."""
    rows = [dict(row) for row in shape.get("survey", [])]
    return convert({**shape, "survey": rows}, warnings=warnings, form_name="data")


def is_group(row: Mapping[str, str]) -> bool:
    """Whether a row of the converter's shape begins or ends a group; others need both ends."""
    return any(value.lower().startswith(("begin", "end")) for value in row.values())


def text_at(workbook: Workbook, cell: str) -> str:
    """What stands in a cell such as `survey!B3`; nothing where the place is no single cell."""
    sheet = workbook.sheet(cell.partition("!")[0])
    digits = "".join(filter(str.isdigit, cell.partition("!")[2]))
    row = next((row for row in sheet.rows if str(row.number) == digits), None)
    found = (v for h, v in row.cells.items() if sheet.cell(row.number, h) == cell) if row else ()
    return next(iter(found), "")


def choice_at(workbook: Workbook, list_name: str, choice: str) -> str:
    """The cell of a choice's name, or none."""
    sheet = workbook.sheet("choices")
    paths = {
        header.path: text for text, header in parse_headers(sheet.name, sheet.columns).items()
    }
    lists, names = paths.get(("list_name",), ""), paths.get(("name",), "")
    for row in sheet.rows:
        if row.cells.get(lists) == list_name and row.cells.get(names) == choice:
            return sheet.cell(row.number, names)
    return ""


class Blame:
    """Finds the row of an error; tries the form without some rows, at most `trials` times."""

    def __init__(self, workbook: Workbook, shape: dict[str, Any], trials: int) -> None:
        self._sheet = workbook.sheet("survey")
        self._shape = shape
        self._trials = trials
        self._headers = parse_headers(self._sheet.name, self._sheet.columns)

    def cell(self, values: Mapping[str, str], text: str | None) -> str:
        """The first cell that holds what the converter speaks of, or none.

        Of several rows with the same words, an error with this text means the one without which
        it goes away.
        """
        rows = self._rows(values)
        if not rows:
            return ""
        number, column = rows[0] if text is None else self._guilty(rows, text)
        return self._sheet.cell(number, column)

    def name_of(self, row: Row) -> str | None:
        """The name that a row gives its question, as far as it may be used."""
        name = row.get(self._column("name") or "")
        return name if name is not None and NAME.match(name) else None

    def stand_in(self, row: Row) -> Row:
        """A row in place of a refused one, under its name, for others refer to it."""
        name, kind = self.name_of(row), self._column("type")
        if name is None or kind is None or is_group(row):
            return {}
        label = self._column("label")
        if label is None:
            label = "label"
            for header in self._shape.get("survey_header") or ():
                header[label] = None
        return {kind: "text", self._column("name") or "name": name, label: name}

    def _column(self, wanted: str) -> str | None:
        return next((t for t, header in self._headers.items() if header.path[0] == wanted), None)

    def _rows(self, values: Mapping[str, str]) -> list[tuple[int, str]]:
        if "reference" in values:
            return self._holding(values["reference"], self._headers, _reference)
        for key, path, matches in LOOKED_IN:
            columns = [text for text, header in self._headers.items() if header.path == path]
            found = self._holding(values[key], columns, matches) if key in values else []
            if found:
                return found
        return []

    def _holding(
        self, value: str, columns: Iterable[str], matches: Callable[[str, str], bool]
    ) -> list[tuple[int, str]]:
        found = []
        for row in self._sheet.rows:
            column = next((c for c in columns if matches(value, row.cells.get(c, ""))), None)
            if column is not None:
                found.append((row.number, column))
        return found

    def _guilty(self, rows: list[tuple[int, str]], text: str) -> tuple[int, str]:
        """The first of the rows with which the error comes; they are halved again and again."""
        low, high = 0, len(rows) - 1
        while low < high and self._trials > 0:
            self._trials -= 1
            middle = (low + high) // 2
            if self._comes(text, [number for number, _ in rows[middle + 1 :]]):
                high = middle
            else:
                low = middle + 1
        return rows[low]

    def _comes(self, text: str, without: list[int]) -> bool:
        rows = [dict(row) for row in self._shape.get("survey", [])]
        for number in without:
            if 0 <= number - 2 < len(rows):
                rows[number - 2] = self.stand_in(rows[number - 2])
        try:
            attempt({**self._shape, "survey": rows}, [])
        except PyXFormError as refusal:
            return str(refusal) == text
        except Exception:  # noqa: BLE001 - whatever a strange form makes the converter do
            return False
        return False
