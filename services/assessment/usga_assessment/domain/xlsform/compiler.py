"""A form's bytes to an immutable instrument document, with everything that is wrong or doubtful.

The document is what tablets, the validator and the codebook read; its digest is the SHA-256 of
its canonical bytes (sorted keys, UTF-8), so that two copies are the same exactly when it says so.
"""

import re
from dataclasses import replace
from typing import Any

from usga_assessment.domain.xlsform.choice_labels import check_labels
from usga_assessment.domain.xlsform.choices_sheet import Lists, read_choices
from usga_assessment.domain.xlsform.collect_lint import lint_for_collect
from usga_assessment.domain.xlsform.compiled_form import CompiledForm, canonical, digest_of
from usga_assessment.domain.xlsform.conversion import try_conversion
from usga_assessment.domain.xlsform.expressions import check_expressions
from usga_assessment.domain.xlsform.finding import Finding, Severity, UnreadableForm, has_errors
from usga_assessment.domain.xlsform.headers import parse_headers
from usga_assessment.domain.xlsform.lint import lint, probe_gate
from usga_assessment.domain.xlsform.many_findings import capped, hopeless
from usga_assessment.domain.xlsform.names import check_names, tell_apart
from usga_assessment.domain.xlsform.node import FORMAT, FormSettings, walk
from usga_assessment.domain.xlsform.reading import looks_like_xml, read_workbook
from usga_assessment.domain.xlsform.sealing_rules import assign_classes
from usga_assessment.domain.xlsform.settings_sheet import read_settings
from usga_assessment.domain.xlsform.survey_sheet import Survey, read_survey
from usga_assessment.domain.xlsform.values_lint import lint_answers, lint_values
from usga_assessment.domain.xlsform.wording import ENGLISH, error, in_language, named
from usga_assessment.domain.xlsform.workbook import Workbook
from usga_assessment.domain.xlsform.xform_reading import XForm, read_xform

__all__ = ["CompiledForm", "canonical", "compile_form", "compile_workbook", "digest_of"]

PULLDATA = re.compile(r"pulldata\(\s*['\"]([^'\"]{1,100})['\"]")


def compile_form(data: bytes) -> CompiledForm:
    """Compile a form; never raises for anything that its author wrote."""
    try:
        if looks_like_xml(data):
            return _compile_xform(data)
        return compile_workbook(read_workbook(data), data)
    except UnreadableForm as refusal:
        return CompiledForm(None, (refusal.finding,), readable=False)
    except Exception as problem:  # noqa: BLE001 - the last resort: no author meets an exception
        finding = error("conversion-failed", error=type(problem).__name__)
        return CompiledForm(None, (finding,), readable=False)


def compile_workbook(workbook: Workbook, data: bytes) -> CompiledForm:
    """Compile a form that has been read."""
    findings = [finding for sheet in workbook.sheets.values() for finding in sheet.findings]
    settings, more = read_settings(workbook, data)
    findings += more
    lists, more = read_choices(workbook, settings)
    findings += more
    survey = read_survey(workbook, settings, lists)
    findings += survey.findings
    if survey.abandoned:
        return CompiledForm(None, _ordered(findings, workbook))
    findings += check_names(survey, workbook)
    findings += tell_apart(survey)
    findings += check_labels(workbook, survey, settings)
    findings += lint_values(workbook, survey, lists)
    xform, more = (None, []) if hopeless(findings) else try_conversion(survey.corrected(workbook))
    findings += _not_said_before(findings, more)
    form = XForm(settings, survey, lists, xform, findings)
    return _finish(form, workbook)


def _compile_xform(data: bytes) -> CompiledForm:
    form = read_xform(data)
    findings = [*form.findings, *form.survey.findings]
    if form.survey.abandoned:
        return CompiledForm(None, _ordered(findings))
    form.findings = [*findings, *check_names(form.survey)]
    form.findings += lint_answers(form.survey, form.lists)
    return _finish(form)


def _finish(form: XForm, workbook: Workbook | None = None) -> CompiledForm:
    """What every kind of form goes through once it is questions, groups and lists."""
    settings, survey, lists, findings = form.settings, form.survey, form.lists, form.findings
    findings += assign_classes(survey)
    findings += lint(survey, settings, lists)
    if hopeless(findings):
        return CompiledForm(None, _ordered(findings, workbook))
    findings += lint_for_collect(survey)
    document = _document(settings, survey, lists)
    findings += _not_said_of_the_cell(findings, check_expressions(survey, document))
    if not has_errors(findings):  # only a form that works can be tried
        document = _document(settings, survey, lists)
        findings += probe_gate(survey, document)
    ordered = _ordered(findings, workbook)
    if has_errors(ordered):
        return CompiledForm(None, ordered)
    return CompiledForm(document, ordered, xform=form.text)


def _ordered(findings: list[Finding], workbook: Workbook | None = None) -> tuple[Finding, ...]:
    """Each finding once, by sheet and row, with the name of what stands there."""
    names = _names(workbook) if workbook is not None else {}
    kept = capped(sorted(dict.fromkeys(map(_placed, findings)), key=_place))
    with_names = [named(finding, names.get(finding.place)) for finding in kept]
    return tuple(sorted(dict.fromkeys(with_names), key=_place))


SHEET_OF = {"choices-incomplete": "choices"}
"""Where an error belongs that has no place; else the survey sheet."""


def _placed(finding: Finding) -> Finding:
    if finding.cell or finding.severity is not Severity.ERROR:
        return finding
    return in_language(replace(finding, cell=SHEET_OF.get(finding.code, "survey")), ENGLISH)


def _names(workbook: Workbook) -> dict[tuple[str, int | None], str]:
    found: dict[tuple[str, int | None], str] = {}
    for sheet in workbook.sheets.values():
        headers = parse_headers(sheet.name, sheet.columns)
        column = next((text for text, h in headers.items() if h.path == ("name",)), None)
        for row in sheet.rows if column is not None and sheet.name != "settings" else ():
            if column in row.cells:
                found[sheet.name, row.number] = row.cells[column]
    return found


def _not_said_before(said: list[Finding], new: list[Finding]) -> list[Finding]:
    """Leave out what the converter says of a row that already has an error of our own."""
    rows = {(f.severity, _row_of(f.cell)) for f in said if f.cell}
    codes = {f.code for f in said}
    if "unknown-list" in codes:  # the converter misses the whole sheet where the list should be
        codes.add("choices-incomplete")
    errors = any(f.severity is Severity.ERROR for f in said)
    return [
        f
        for f in new
        if (f.severity, _row_of(f.cell)) not in rows
        and not (f.severity is Severity.ERROR and not f.cell and f.code in codes)
        and not (f.code in {"row-skipped", "conversion-failed"} and errors)
    ]


def _not_said_of_the_cell(said: list[Finding], new: list[Finding]) -> list[Finding]:
    """Leave out what the expression engine says of a cell that is already known to be wrong.

    Where only the row is known, as often to the converter, the row counts as the cell.
    """
    errors = [f for f in said if f.severity is Severity.ERROR and f.cell]
    cells = {f.cell for f in errors}
    rows = {_row_of(f.cell) for f in errors}
    vague = {_row_of(f.cell) for f in errors if not _has_column(f.cell)}
    return [
        f
        for f in new
        if f.cell not in cells and _row_of(f.cell) not in (vague if _has_column(f.cell) else rows)
    ]


def _has_column(cell: str) -> bool:
    return cell.partition("!")[2][:1].isalpha()


def _row_of(cell: str) -> tuple[str, int]:
    sheet, _, address = cell.partition("!")
    digits = "".join(c for c in address if c.isdigit())
    return sheet, int(digits or 0)


def _place(finding: Finding) -> tuple[str, int, str, str]:
    return (*_row_of(finding.cell), finding.cell, finding.code)


def _document(settings: FormSettings, survey: Survey, lists: Lists) -> dict[str, Any]:
    nodes = [node for node, _ in walk(survey.nodes)]
    for node in nodes:
        for _, expression in node.expressions():
            for stem in PULLDATA.findall(expression):
                survey.external_lists.setdefault(stem if "." in stem else f"{stem}.csv")
    return {
        "format": FORMAT,
        "name": settings.name,
        "version": settings.version,
        "title": settings.title,
        "public_title": settings.public_title or None,
        "default_language": settings.default_language,
        "languages": list(settings.languages),
        "nodes": [node.as_json() for node in survey.nodes],
        "choice_lists": {
            name: [choice.as_json() for choice in choices] for name, choices in lists.items()
        },
        "external_lists": list(survey.external_lists),
        "size": {"questions": sum(node.kind == "question" for node in nodes)},
    }
