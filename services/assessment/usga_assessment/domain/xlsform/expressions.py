"""Every expression of a form, parsed by the engine that will check its interviews."""

from typing import Any

from usga_expressions.findings import Severity as Weight
from usga_expressions.instrument import Instrument, InvalidInstrument, NodeFinding

from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.names import COLUMNS
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.survey_sheet import Survey

TOLERATED = frozenset({"unknown-name"})
"""A bare name that leads nowhere is an empty node set in XPath: lawful, if hardly meant."""

CLIENT_ONLY = "jr:itext"
"""A function of the tablet's screen that has no meaning on a server; it gives empty text."""


def check_expressions(survey: Survey, document: dict[str, Any]) -> list[Finding]:
    """Parse and compile every expression; says each one's place, and what it would need."""
    try:
        instrument = Instrument.load(document)
    except InvalidInstrument as error:
        return [Finding("not-an-instrument", Severity.ERROR, "survey", str(error))]
    places = {
        "/".join(["", "data", *(above.name for above in ancestors), node.name]): node
        for node, ancestors in walk(survey.nodes)
    }
    return [_finding(survey, places.get(found.node), found) for found in instrument.findings]


def _finding(survey: Survey, node: Node | None, found: NodeFinding) -> Finding:
    said = found.finding
    path = COLUMNS.get(found.property, (found.property,))
    message = said.message
    if said.position is not None:
        message = f"{message} (character {said.position.start + 1})"
    return Finding(
        f"expression-{said.code}",
        _severity(found),
        survey.cell(node.row, *path) if node is not None else "survey",
        message,
        expected=said.expected,
        hint=said.hint,
    )


def _severity(found: NodeFinding) -> Severity:
    said = found.finding
    if said.severity is not Weight.ERROR:
        return Severity.WARNING if said.severity is Weight.WARNING else Severity.NOTE
    if said.code in TOLERATED or CLIENT_ONLY in said.message:
        return Severity.WARNING
    return Severity.ERROR
