"""pyxform as the authority on whether a form converts; its words become findings with cells."""

import re
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.headers import parse_headers
from usga_assessment.domain.xlsform.workbook import Workbook

ROW = re.compile(r"\[row : (\d+)\]\s*")
SHEET = re.compile(r"On the '(\w+)' sheet")
COLUMN = re.compile(r"the '(\w+)' value")
LONGEST_MESSAGE = 400


def try_conversion(workbook: Workbook) -> tuple[str | None, list[Finding]]:
    """Convert to an XForm; returns it, or None with the reason, and pyxform's warnings."""
    warnings: list[str] = []
    try:
        result = convert(workbook.as_pyxform(), warnings=warnings, form_name="data")
    except PyXFormError as error:
        return None, [_refusal(workbook, error)]
    except RecursionError:
        return None, [
            Finding("nested-too-deep", Severity.ERROR, "survey", "The form nests too deep.")
        ]
    except Exception as error:  # noqa: BLE001 - whatever a strange form makes the converter do
        return None, [
            Finding(
                "conversion-failed", Severity.ERROR, "",
                f"The form does not convert ({type(error).__name__}).",
                hint="Remove unusual characters and columns, then try again.",
            )
        ]  # fmt: skip
    return str(result.xform), [_warning(workbook, text) for text in warnings]


def _refusal(workbook: Workbook, error: PyXFormError) -> Finding:
    code = error.code.name.lower().replace("_", "-") if error.code is not None else "refused"
    context: dict[str, Any] = error.context
    text = str(error)
    return Finding(
        f"pyxform-{code}", Severity.ERROR, _cell(workbook, text, context), _message(text),
        hint=_hint(text),
    )  # fmt: skip


def _warning(workbook: Workbook, text: str) -> Finding:
    return Finding("pyxform-warning", Severity.WARNING, _cell(workbook, text, {}), _message(text))


def _message(text: str) -> str:
    return " ".join(ROW.sub("", text).split())[:LONGEST_MESSAGE]


def _hint(text: str) -> str | None:
    parts = re.split(r"Learn more:", text)
    return f"See {parts[1].strip()}" if len(parts) > 1 else None


def _cell(workbook: Workbook, text: str, context: dict[str, Any]) -> str:
    row_match, sheet_match, column_match = (
        ROW.search(text),
        SHEET.search(text),
        COLUMN.search(text),
    )
    row = context.get("row") or (int(row_match[1]) if row_match else None)
    name = context.get("sheet") or (sheet_match[1] if sheet_match else "survey")
    if row is None:
        return str(name) if sheet_match else ""
    sheet = workbook.sheet(str(name))
    column = column_match[1] if column_match else None
    return sheet.cell(int(row), _header(sheet.name, sheet.columns, column))


def _header(sheet: str, columns: dict[str, int], column: str | None) -> str | None:
    if column is None or column in columns:
        return column
    headers = parse_headers(sheet, columns)
    return next((name for name, header in headers.items() if header.path[-1] == column), None)
