"""Names and references: unique where answers lie side by side, and found where expressions ask."""

from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.sealing_rules import references
from usga_assessment.domain.xlsform.spelling import MOST_HINTS, did_you_mean
from usga_assessment.domain.xlsform.survey_sheet import Survey

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


def check_names(survey: Survey) -> list[Finding]:
    """Find twice-used names and references that lead nowhere."""
    findings: list[Finding] = []
    places: dict[str, list[Node]] = {}
    sections: dict[tuple[int, str], Node] = {}
    for node, ancestors in walk(survey.nodes):
        places.setdefault(node.name, []).append(node)
        if node.kind == "group":
            continue
        repeat = next((id(a) for a in reversed(ancestors) if a.kind == "repeat"), 0)
        twin = sections.setdefault((repeat, node.name), node)
        if twin is not node:
            findings.append(
                Finding(
                    "duplicate-name", Severity.ERROR, survey.cell(node.row, "name"),
                    f"The name {node.name!r} is used twice (first in row {twin.row}).",
                    expected="a name that is unique in its repeat, or in the form outside repeats",
                )
            )  # fmt: skip
    for node, _ in walk(survey.nodes):
        for column, expression in node.expressions():
            hints = len(findings) < MOST_HINTS
            findings.extend(_check(survey, node, column, expression, places, hints=hints))
    return findings


def _check(
    survey: Survey,
    node: Node,
    column: str,
    expression: str,
    places: dict[str, list[Node]],
    *,
    hints: bool,
) -> list[Finding]:
    findings: list[Finding] = []
    for name in dict.fromkeys(references(expression)):
        found = places.get(name, [])
        if len(found) == 1 or name in BUILT_IN:
            continue
        meant = did_you_mean(name, places) if hints and not found else None
        what = "is not in the form" if not found else "stands in several places of the form"
        findings.append(
            Finding(
                "unknown-reference" if not found else "ambiguous-reference", Severity.ERROR,
                survey.cell(node.row, *COLUMNS[column]),
                f"${{{name}}} {what}.",
                hint="Give each its own name." if found else meant or "Check the spelling.",
            )
        )  # fmt: skip
    return findings
