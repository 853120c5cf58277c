"""The choices sheet: lists of choices with labels and the columns that filters use."""

from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.node import Choice, FormSettings
from usga_assessment.domain.xlsform.rows import Cells, read_rows
from usga_assessment.domain.xlsform.workbook import Sheet, Workbook

NAMED = {("list_name",), ("name",)}
Lists = dict[str, list[Choice]]


def read_choices(workbook: Workbook, settings: FormSettings) -> tuple[Lists, list[Finding]]:
    """Read all the lists; a choice without a name, or named twice, is a finding."""
    lists: Lists = {}
    findings: list[Finding] = []
    for name in ("choices", "external_choices"):
        sheet = workbook.sheet(name)
        for row in read_rows(sheet, settings.default_language):
            _read_choice(sheet, row, settings, lists, findings)
    return lists, findings


def _read_choice(
    sheet: Sheet, row: Cells, settings: FormSettings, lists: Lists, findings: list[Finding]
) -> None:
    list_name, name = row.get("list_name"), row.get("name")
    cell = sheet.cell(row.number, row.headers.get(("name",)))
    if list_name is None:
        return  # a remark between lists, as pyxform reads it
    if name is None:
        findings.append(
            Finding(
                "choice-without-name", Severity.ERROR, cell,
                f"A choice of the list {list_name!r} has no name.",
                hint="Every choice needs a short code in the column 'name'.",
            )
        )  # fmt: skip
        return
    seen = lists.setdefault(list_name, [])
    twin = next((choice for choice in seen if choice.name == name), None)
    if twin is not None and sheet.name == "choices" and not settings.allow_choice_duplicates:
        findings.append(_duplicate(cell, name, list_name, twin))
    extra = {
        path[0]: value
        for path, value in row.values.items()
        if len(path) == 1 and path not in NAMED
    }
    seen.append(Choice(name, row.texts.get("label", {}), extra, row.number))


def _duplicate(cell: str, name: str, list_name: str, twin: Choice) -> Finding:
    return Finding(
        "duplicate-choice",
        Severity.ERROR,
        cell,
        f"The choice {name!r} stands twice in the list {list_name!r}, first in row {twin.row}.",
        expected="names that are unique in their list",
        hint="Rename one; where a filter tells them apart, set allow_choice_duplicates to yes.",
    )
