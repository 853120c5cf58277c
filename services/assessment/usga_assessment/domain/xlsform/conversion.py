"""pyxform as the authority on whether a form converts; its words become findings with cells."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pyxform.errors import ErrorCode, PyXFormError

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.blame import Blame, attempt, choice_at, is_group, text_at
from usga_assessment.domain.xlsform.converter_words import BY_CODE, BY_TEXT, PARTS
from usga_assessment.domain.xlsform.finding import Finding, Severity, UnreadableForm
from usga_assessment.domain.xlsform.headers import CODE_IN_BRACKETS, parse_headers
from usga_assessment.domain.xlsform.repeat_choices import mark_many, restore_many
from usga_assessment.domain.xlsform.survey_sheet import usable_name
from usga_assessment.domain.xlsform.wording import ENGLISH, error, found, in_language
from usga_assessment.domain.xlsform.workbook import Workbook
from usga_assessment.domain.xlsform.xml_elements import parse_xml

ROW = re.compile(r"\[row : (\d+)\]\s*")
SHEET = re.compile(r"On the '(\w+)' sheet|for sheet: '(\w+)'")
COLUMN = re.compile(r"the '(\w+)' value")
KNOWN = frozenset({"jr", "orx", "odk", "ev", "xsd", "h", "entities"})
"""Prefixes that every XForm declares."""

LONGEST_MESSAGE = 400
MOST_ATTEMPTS = 12
MOST_CELLS = 20_000
"""Of a form that is tried again without the rows that the converter refused."""

MOST_TRIALS = 24
MOST_CELLS_TRIED = 4_000
"""Of a form that is tried on to learn which of several rows an error without a row means."""


def try_conversion(workbook: Workbook) -> tuple[str | None, list[Finding]]:
    """Convert to an XForm; returns it, or None with the reasons, and pyxform's warnings.

    The converter stops at its first error. A row of questions that it refuses is left out and the
    rest tried again, so that an author hears of all such rows at once.
    """
    findings: list[Finding] = []
    refused: dict[int, str | None] = {}  # rows left out, and the names that they would have had
    shape = workbook.as_pyxform()
    mark_many(shape)
    size = sum(len(row.cells) for sheet in workbook.sheets.values() for row in sheet.rows)
    attempts = MOST_ATTEMPTS if size <= MOST_CELLS else 1
    blame = Blame(workbook, shape, MOST_TRIALS if size <= MOST_CELLS_TRIED else 0)
    rows = shape.get("survey", [])
    for _ in range(attempts):
        xform, more = _convert(workbook, shape, blame)
        said = [_at_choice(workbook, each) for each in more if not _misses(each, refused)]
        findings += [each for each in said if each not in findings]
        sheet, row = more[0].place if xform is None and more else ("", None)
        index = (row or 0) - 2
        if xform is not None or sheet != "survey" or not 0 <= index < len(rows):
            return (None if refused else xform), findings
        if not rows[index] or is_group(rows[index]):
            return None, findings
        again = index in refused
        refused.setdefault(index, blame.name_of(rows[index]))
        rows[index] = {} if again else blame.stand_in(rows[index])
    return None, findings


def _misses(finding: Finding, refused: Mapping[int, str | None]) -> bool:
    """Whether the converter misses a question only because its row was refused before."""
    values = dict(finding.values)
    return finding.code == "unknown-reference" and values.get("reference") in refused.values()


def _at_choice(workbook: Workbook, finding: Finding) -> Finding:
    """A choice that a question cannot use is mended on the sheet of the choices."""
    values = dict(finding.values)
    if finding.code != "choice-with-space":
        return finding
    cell = choice_at(workbook, values.get("list", ""), values.get("choice", ""))
    return in_language(replace(finding, cell=cell), ENGLISH) if cell else finding


def _convert(
    workbook: Workbook, shape: dict[str, Any], blame: Blame
) -> tuple[str | None, list[Finding]]:
    warnings: list[str] = []
    try:
        result = attempt(shape, warnings)
    except PyXFormError as refusal:
        return None, _said(workbook, refusal, blame)
    except RecursionError:
        return None, [error("nested-too-deep", "survey", limit=limits.MAX_NESTING)]
    except Exception as problem:  # noqa: BLE001 - whatever a strange form makes the converter do
        return None, [error("conversion-failed", error=type(problem).__name__)]
    heard = [
        _worded(workbook, sentence, {}, Severity.WARNING, blame)
        for text in warnings
        if not _has_codes(text)
        for sentence in _sentences(text)
    ]
    xform = restore_many(str(result.xform))
    try:
        parse_xml(xform.encode())
    except UnreadableForm:
        return None, [_undeclared_prefix(workbook)]
    return xform, heard


def _sentences(text: str) -> list[str]:
    """What is said of each language apart, where the converter speaks of several at once."""
    lines = text.split("\n")
    return lines if all(line.startswith("Language '") for line in lines) else [text]


def _has_codes(text: str) -> bool:
    """Whether the converter misses the codes of languages that do name one, as (uz-Latn) does."""
    code, values = _recognised(text)
    names = values.get("languages", "").split(", ")
    return code == "language-without-code" and all(map(CODE_IN_BRACKETS.search, names))


def _undeclared_prefix(workbook: Workbook) -> Finding:
    """Attributes whose prefix no namespace explains make XML that nobody can read."""
    sheet = workbook.sheet("survey")
    settings = workbook.sheet("settings")
    declared = " ".join(value for row in settings.rows for value in row.cells.values())
    for column in sheet.columns:
        prefix, colon, _ = column.rpartition("::")[2].partition(":")
        if "::" in column and colon and prefix not in KNOWN and f"{prefix}=" not in declared:
            cell = sheet.cell(sheet.header_row, column)
            return error("prefix-not-declared", cell, prefix=prefix)
    return error("conversion-failed", error="XML")


def _said(workbook: Workbook, refusal: PyXFormError, blame: Blame | None = None) -> list[Finding]:
    """One finding of each line, for a list of choices is refused in as many lines."""
    blame = blame or Blame(workbook, {}, trials=0)
    lines = [str(refusal)]
    if refusal.code is None and len(ROW.findall(lines[0])) > 1:
        lines = [line for line in lines[0].split("\n") if line.strip()]
    return [_worded(workbook, line, refusal.context, Severity.ERROR, blame) for line in lines]


def _worded(
    workbook: Workbook, text: str, context: Mapping[str, Any], severity: Severity, blame: Blame
) -> Finding:
    cell = _cell(workbook, text, context)
    code, values = _recognised(text)
    values = {**values, **{PARTS[k]: v for k, v in context.items() if k in PARTS}}
    sheet, row = cell.rpartition("!")[::2]
    header_row = workbook.sheet(sheet).header_row
    if row == str(header_row) and values.get("column") in workbook.sheet(sheet).columns:
        cell = workbook.sheet(sheet).cell(header_row, values["column"])
    sought = {**values, **SOUGHT.get(code, {})}
    cell = cell or blame.cell(sought, text if severity is Severity.ERROR else None)
    cell = _exact(workbook, code, cell)
    if not cell and values.get("sheet"):
        cell = values["sheet"]
    values = {**_filling(code, text, text_at(workbook, cell)), **values}
    values |= TAKES.get(values.get("parameter", ""), {}) if code == "bad-parameter" else {}
    said = " ".join(ROW.sub("", text).split())[:LONGEST_MESSAGE]
    return found(code, severity, cell, said=said, **values)


SOUGHT = {
    "or-other": {"type": "or_other"}, "or-other-untranslated": {"type": "or_other"},
    "audit-location": {"type": "audit"},
}  # fmt: skip
"""What else to look for in the form."""

BELONGS: dict[str, tuple[tuple[str, ...], ...]] = {
    "label-missing": (("label",),),
    "audit-name": (("name",),),
    "no-name": (("name",),),
    "no-type": (("type",),),
    "calculation-missing": (("bind", "calculate"), ("calculation",)),
    "or-other": (("type",),),
    "file-name": (("type",),),
    "audit-location": (("parameters",),),
}
"""The column to mend, where the converter names another one or only the row."""

FROM_CELL = {
    "bad-name": "bad", "reserved-name": "twice", "broken-reference": "text", "entity-list": "list"
}  # fmt: skip
"""What the cell says that the converter leaves out, and what our texts call it."""

_EITHER = {"expects": "takes-one-of", "takes": "true, false"}
_NUMBER = {"expects": "takes-number"}
TAKES: Mapping[str, dict[str, str]] = {
    "quality": {"expects": "takes-one-of", "takes": "normal, low, voice-only, external"},
    "location-priority": {
        "expects": "takes-one-of", "takes": "no-power, low-power, balanced, high-accuracy",
    },
    "track-changes-reasons": {"expects": "takes-one-of", "takes": "on-form-edit"},
    "seed": {"expects": "takes-seed", "hints": "takes-seed"},
    **dict.fromkeys(("randomize", "track-changes", "identify-user", "allow-mock-accuracy"),
                    _EITHER),
    **dict.fromkeys(("max-pixels", "rows", "capture-accuracy", "warning-accuracy",
                     "location-min-interval", "location-max-age"), _NUMBER),
}  # fmt: skip
"""What a parameter takes, where it is known."""

PARAMETER = re.compile(r"'([\w-]+)' parameter")


def _exact(workbook: Workbook, code: str, cell: str) -> str:
    """The cell that its author has to change."""
    name, row = cell.partition("!")[0], "".join(filter(str.isdigit, cell))
    if code not in BELONGS or name != "survey" or not row:
        return cell
    sheet = workbook.sheet(name)
    headers = parse_headers(sheet.name, sheet.columns)
    columns = (text for text, header in headers.items() if header.path in BELONGS[code])
    column = next(columns, None)
    return sheet.cell(int(row), column) if column is not None else cell


def _filling(code: str, text: str, there: str) -> dict[str, str]:
    """Values of our texts that the words of the converter lack."""
    values = {FROM_CELL[code]: there} if code in FROM_CELL and there else {}
    if code == "bad-name" and there:
        values["better"] = usable_name(there)
    parameter = PARAMETER.search(text) if code == "bad-parameter" else None
    return {**values, "parameter": parameter[1]} if parameter else values


def _recognised(text: str) -> tuple[str, dict[str, str]]:
    """Our code for what the converter says, and the parts of its sentence."""
    for pattern, code in _patterns():
        match = pattern.search(text)
        if match is not None:
            return code, {k: v.strip() for k, v in match.groupdict().items() if v}
    return "converter", {}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    templates = [
        (_pattern(detail.value.msg), BY_CODE[detail.name])
        for detail in ErrorCode
        if detail.name in BY_CODE
    ]
    titles = [
        (re.compile(re.escape(detail.value.name)), BY_CODE[detail.name])
        for detail in ErrorCode
        if detail.name in BY_CODE
    ]
    known = [(re.compile(text, re.DOTALL), code) for text, code in BY_TEXT.items()]
    return (*templates, *titles, *known)


def _pattern(template: str) -> re.Pattern[str]:
    """A template of the converter as a pattern; its fields become our values."""
    parts = re.split(r"\{\{|\}\}|\{(\w+)\}", template)
    text, seen = "", set[str]()
    braces = iter(re.findall(r"\{\{|\}\}|\{\w+\}", template))
    for index, part in enumerate(parts):
        if index % 2 == 0:
            text += re.escape(part)
            continue
        brace = next(braces)
        if part is None:
            text += re.escape(brace[0])
            continue
        ours = PARTS.get(part)
        if ours is None or ours in seen:
            text += ".*?"
        else:
            seen.add(ours)
            text += f"(?P<{ours}>.*?)"
    return re.compile(text, re.DOTALL)


def _cell(workbook: Workbook, text: str, context: Mapping[str, Any]) -> str:
    row_match, sheet_match, column_match = (
        ROW.search(text),
        SHEET.search(text),
        COLUMN.search(text),
    )
    row = context.get("row") or (int(row_match[1]) if row_match else None)
    said = (sheet_match[1] or sheet_match[2]) if sheet_match else None
    name = context.get("sheet") or said or "survey"
    if row is None:
        return f"{name}!{workbook.sheet(str(name)).header_row}" if said else ""
    sheet = workbook.sheet(str(name))
    column = context.get("column") or (column_match[1] if column_match else None)
    return sheet.cell(int(row), _header(sheet.name, sheet.columns, column))


def _header(sheet: str, columns: dict[str, int], column: str | None) -> str | None:
    if column is None or column in columns:
        return column
    headers = parse_headers(sheet, columns)
    meant = {"dataset": "list_name"}.get(column, column)
    return next((name for name, header in headers.items() if header.path[-1] == meant), None)
