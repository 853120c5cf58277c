"""Sheets in plain text: CSV and Markdown tables."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from openpyxl.utils import get_column_letter

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.wording import unreadable
from usga_assessment.domain.xlsform.workbook import SHEETS

PIPE = re.compile(r"(?<!\\)\|")
HEADING = re.compile(rf"^#{{1,6}}\s*({'|'.join(SHEETS)})(?:\s+sheet)?\s*#*\s*$", re.IGNORECASE)
QUOTED = re.compile(r'(?:[^"]|"")*+"')

Table = tuple[str, Iterator[list[str | None]]]


def cell_text(text: str) -> str | None:
    """The text of a cell without blanks around it; None when nothing is left."""
    return text.strip() or None


def csv_tables(text: str) -> Iterator[Table]:
    """The sheets of a CSV text, whatever separates its cells; raises for a cell past the cap.

    It also raises for a quotation mark that is not closed.
    """
    delimiter = _delimiter(text)
    _check_quotes(text, delimiter)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return _blocks(_unbroken(rows))


def _delimiter(text: str) -> str:
    """What separates the cells: spreadsheets of many countries write semicolons."""
    start = text[:4000]
    return max(",;\t", key=start.count)


def _check_quotes(text: str, delimiter: str) -> None:
    """Refuse a quotation mark that opens a cell and swallows the rows below it.

    Either it is never closed, or the mark that closes it, lines further on, was to open a cell.
    """
    opening = re.compile(rf"(?:\A|[{delimiter}\r\n])\"")
    at = 0
    while (start := opening.search(text, at)) is not None:
        body = QUOTED.match(text, start.end())
        after = text[body.end() : body.end() + 1] if body is not None else ""
        over_lines = body is not None and "\n" in body[0]
        if body is None or (over_lines and after not in {"", delimiter, "\r", "\n"}):
            line = len(text[: start.end()].splitlines())
            place = _place(text[: start.end() - 1], delimiter)
            raise unreadable("quote-not-closed", place, line=line)
        at = body.end()


def _place(before: str, delimiter: str) -> str:
    """The sheet, column and row of the cell that begins after this text."""
    start = max(before.rfind("\n"), before.rfind("\r")) + 1
    above = csv.reader(io.StringIO(before[:start], newline=""), delimiter=delimiter)
    tables = [(name, sum(1 for _ in rows)) for name, rows in _blocks(_unbroken(above))]
    cells = next(csv.reader([before[start:]], delimiter=delimiter), [""])
    if not tables or cells[0].strip():
        return ""
    name, rows = tables[-1]
    return f"{name.lower()}!{get_column_letter(max(1, len(cells) - 1))}{rows + 1}"


def _unbroken(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from (row for row in rows if row)
    except csv.Error as problem:
        raise unreadable("cell-too-long", limit=limits.MAX_CELL_CHARS) from problem


def markdown_tables(text: str) -> Iterator[Table]:
    """The sheets of a Markdown text, named in their first column, or by headings alone."""
    lines = text.splitlines()
    headings = any(HEADING.match(line.strip()) for line in lines)
    if headings and not any(_names_a_sheet(line) for line in lines):
        return _under_headings(lines)
    return _blocks(_markdown_cells(line) for line in lines if _is_table(line))


def _blocks(lines: Iterable[list[str]]) -> Iterator[Table]:
    """Split text tables: a name in the first column opens a sheet, the rest are its cells."""
    name: str | None = None
    rows: list[list[str | None]] = []
    for line in lines:
        head, cells = line[0].strip(), [cell_text(cell) for cell in line[1:]]
        if head:
            if name is not None:
                yield name, iter(rows)
            name, rows = head, []
        if name is not None and any(cell is not None for cell in cells):
            rows.append(cells)
    if name is not None:
        yield name, iter(rows)


def _under_headings(lines: Iterable[str]) -> Iterator[Table]:
    """Split Markdown at its headings; a first column that is empty everywhere is no column."""
    name: str | None = None
    rows: list[list[str | None]] = []
    for line in lines:
        heading = HEADING.match(line.strip())
        if heading:
            if name is not None:
                yield name, iter(_without_margin(rows))
            name, rows = heading[1].lower(), []
        elif name is not None and _is_table(line):
            rows.append([cell_text(cell) for cell in _markdown_cells(line)])
    if name is not None:
        yield name, iter(_without_margin(rows))


def _without_margin(rows: list[list[str | None]]) -> list[list[str | None]]:
    return rows if any(row[0] is not None for row in rows) else [row[1:] for row in rows]


def _names_a_sheet(line: str) -> bool:
    if not _is_table(line):
        return False
    head, *rest = _markdown_cells(line)
    return head.strip().lower() in SHEETS and not any(cell.strip() for cell in rest)


def _is_table(line: str) -> bool:
    stripped = line.strip()
    return stripped.startswith("|") and bool(stripped.strip("|-: "))


def _markdown_cells(line: str) -> list[str]:
    inner = line.strip()[1:]
    if inner.endswith("|") and not inner.endswith(r"\|"):  # the last bar may be left out
        inner = inner[:-1]
    return [cell.replace(r"\|", "|") for cell in PIPE.split(inner)]
