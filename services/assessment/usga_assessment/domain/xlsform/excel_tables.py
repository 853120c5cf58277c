"""Sheets of Excel workbooks, new and old, as rows of text."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

import xlrd  # type: ignore[import-untyped]
from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from pyxform.xls2json_backends import xls_value_to_unicode, xlsx_value_to_str

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.text_tables import Table, cell_text
from usga_assessment.domain.xlsform.wording import unreadable


def xlsx_tables(data: bytes) -> Iterator[Table]:
    """The sheets of an .xlsx, one row at a time; raises `UnreadableForm` for bombs."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        _refuse_bombs(archive)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styling that a form does not need
        reader = _Reader(io.BytesIO(data), read_only=True, data_only=True)
        reader.read()
        try:
            for worksheet in reader.wb.worksheets:
                rows = worksheet.iter_rows(values_only=True)
                yield worksheet.title, _texts(worksheet.title, rows)
        finally:
            reader.wb.close()
            reader.archive.close()


class _Sheet(ReadOnlyWorksheet):
    """A sheet that is not read to its end only to learn how far it goes."""

    def _get_size(self) -> None:
        self._max_row = self._max_column = None


class _Reader(ExcelReader):
    """Opens the sheets of a workbook without reading them."""

    def read_worksheets(self) -> None:
        for sheet, relation in self.parser.find_sheets():
            if relation.target in self.valid_files and "chartsheet" not in relation.Type:
                self.wb._sheets.append(  # type: ignore[attr-defined]  # noqa: SLF001 - as it does itself
                    _Sheet(self.wb, sheet.name, relation.target, self.shared_strings)
                )


def _texts(sheet: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[list[str | None]]:
    """The rows as text, to one past the cap, which the meter refuses; wide rows are cut short."""
    for number, row in enumerate(rows):
        if number > limits.MAX_ROWS + 1:
            return
        if any(value is not None for value in row[limits.MAX_COLUMNS :]):
            raise unreadable("too-many-columns", sheet, limit=limits.MAX_COLUMNS)
        yield [
            None if value is None else cell_text(xlsx_value_to_str(value))
            for value in row[: limits.MAX_COLUMNS]
        ]


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if (
        len(parts) > limits.MAX_PARTS
        or sum(p.file_size for p in parts) > limits.MAX_UNPACKED_BYTES
    ):
        raise unreadable("unpacks-too-large", limit=limits.MAX_UNPACKED_BYTES)
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(4096).replace(b"\x00", b""):
                    raise unreadable("document-type")


def xls_tables(data: bytes) -> Iterator[Table]:
    """The sheets of an old .xls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = xlrd.open_workbook(
            file_contents=data, logfile=io.StringIO(), on_demand=True, ragged_rows=True
        )
        try:
            for number in range(book.nsheets):
                sheet = book.sheet_by_index(number)
                yield sheet.name, _xls_rows(book, sheet)
                book.unload_sheet(number)
        finally:
            book.release_resources()


def _xls_rows(book: xlrd.book.Book, sheet: xlrd.sheet.Sheet) -> Iterator[list[str | None]]:
    for number in range(sheet.nrows):
        yield [
            cell_text(xls_value_to_unicode(cell.value, cell.ctype, book.datemode))
            if cell.value != ""
            else None
            for cell in sheet.row(number)
        ]
