"""Names and references: unique where answers lie side by side, and found where expressions ask."""

from collections import Counter
from collections.abc import Iterator

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.headers import parse_headers
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.sealing_rules import references
from usga_assessment.domain.xlsform.spelling import MOST_HINTS, did_you_mean
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.wording import error, warning
from usga_assessment.domain.xlsform.workbook import Sheet, Workbook

COLUMNS: dict[str, tuple[str, ...]] = {
    "relevant": ("bind", "relevant"),
    "constraint": ("bind", "constraint"),
    "required": ("bind", "required"),
    "calculation": ("bind", "calculate"),
    "choice_filter": ("choice_filter",),
    "repeat_count": ("control", "jr:count"),
    "default": ("default",),
}
"""The column of the survey sheet that holds each kind of expression."""

BUILT_IN = frozenset({"instanceID", "instanceName"})
FIXED = {("type",), ("name",)}
REFERRING = ("survey", "choices", "entities")
"""The sheets whose cells may refer to questions; in any column: labels show answers too."""


def tell_apart(survey: Survey) -> list[Finding]:
    """Give questions of the same name in different groups names of their own.

    The form may use a name again in another group, but an interview keeps the answers of all
    groups side by side: the later question is then named after its group as well. Twice in one
    group is an error, as it is to the converter, and so is a name that no interview can carry.
    """
    findings: list[Finding] = []
    taken = Counter(node.name for node, _ in walk(survey.nodes))
    seen: dict[tuple[int, str], tuple[Node, int]] = {}
    for node, ancestors in walk(survey.nodes):
        repeat = next((id(a) for a in reversed(ancestors) if a.kind == "repeat"), 0)
        parent = id(ancestors[-1]) if ancestors else 0
        twin, group = seen.setdefault((repeat, node.name), (node, parent))
        if twin is node or (node.kind == "group" and group != parent):
            continue
        cell = survey.cell(node.row, "name")
        if group == parent:
            findings.append(error("duplicate-name", cell, twice=node.name, first=twin.row))
            continue
        if twin.kind == "group":
            seen[repeat, node.name] = (node, parent)
            continue
        node.xml_name, node.name = node.name, _own_name(node, ancestors, taken)
        findings.append(
            warning(
                "duplicate-name-kept-apart", cell, name=node.xml_name,
                twice=node.xml_name, first=twin.row, kept=node.name,
            )
        )  # fmt: skip
    return findings + _too_long(survey)


def _own_name(node: Node, ancestors: tuple[Node, ...], taken: Counter[str]) -> str:
    base = "_".join([*(a.name for a in ancestors[-1:]), node.name])
    name, number = base, 2
    while taken[name]:
        name, number = f"{base}_{number}", number + 1
    taken[name] += 1
    return name


def _too_long(survey: Survey) -> list[Finding]:
    """Find names that are too long to be a member of an interview's answers."""
    return [
        error(
            "name-too-long", survey.cell(node.row, "name"), count=len(node.name),
            limit=limits.MAX_NAME_CHARS,
        )
        for node, _ in walk(survey.nodes)
        if len(node.name) > limits.MAX_NAME_CHARS
    ]  # fmt: skip


def check_names(survey: Survey, workbook: Workbook | None = None) -> list[Finding]:
    """Find references that lead nowhere, or to several places, in any cell of the form."""
    places = Counter(node.xml_name or node.name for node, _ in walk(survey.nodes))
    places.update(dict.fromkeys(survey.unasked, 1))
    asked = _cells(workbook) if workbook is not None else _expressions(survey)
    findings = _spaced_lists(survey) if workbook is not None else []
    for cell, text in asked:
        for reference in dict.fromkeys(references(text)):
            if places[reference] == 1 or reference in BUILT_IN:
                continue
            if places[reference] > 1:
                findings.append(error("ambiguous-reference", cell, reference=reference))
                continue
            hinted = len(findings) < MOST_HINTS
            meant = did_you_mean(reference, places) if hinted else None
            more = {"hints": "did-you-mean", "meant": meant} if meant else {}
            findings.append(error("unknown-reference", cell, reference=reference, **more))
    return findings


def _spaced_lists(survey: Survey) -> list[Finding]:
    """Find questions whose list is there, under a name that the converter cannot read."""
    return [
        error(
            "list-with-space", survey.cell(node.row, "type"), list=node.list_name,
            better="_".join((node.list_name or "").split()),
        )
        for node, _ in walk(survey.nodes)
        if node.list_name in survey.lists and len((node.list_name or "").split()) > 1
    ]  # fmt: skip


def _cells(workbook: Workbook) -> Iterator[tuple[str, str]]:
    for name in REFERRING:
        sheet: Sheet = workbook.sheet(name)
        headers = parse_headers(name, sheet.columns)
        asked = {
            text
            for text, header in headers.items()
            if (header.text is not None if name == "choices" else header.path[:1] not in FIXED)
        }
        for row in sheet.rows:
            if is_disabled(row.cells):
                continue
            for header, value in row.cells.items():
                if "${" in value and header in asked:
                    yield sheet.cell(row.number, header), value


def is_disabled(cells: dict[str, str]) -> bool:
    """Whether a row is switched off."""
    value = next((v for h, v in cells.items() if h.strip().lower() == "disabled"), "")
    return value.strip().lower() in {"yes", "true", "true()", "1"}


def _expressions(survey: Survey) -> Iterator[tuple[str, str]]:
    for node, _ in walk(survey.nodes):
        for column, expression in node.expressions():
            yield survey.cell(node.row, *COLUMNS[column]), expression
