"""Every expression of a form, parsed by the engine that will check its interviews."""

import re
from typing import Any

from usga_expressions.findings import Severity as Weight
from usga_expressions.instrument import Instrument, InvalidInstrument, NodeFinding

from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.names import COLUMNS
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.wording import codes, error, warning

AUTHORS = frozenset(
    {"syntax", "unreadable-character", "empty-expression", "expression-too-long",
     "expression-too-deep", "too-deep", "too-large", "unknown-function", "wrong-argument-count",
     "circular-reference", "invalid-reference", "unknown-list", "too-complex",
     "missing-argument"}
)  # fmt: skip
"""What an author must mend; whatever else this engine cannot do, a tablet may be able to."""

ON_TABLETS = frozenset(
    {"enclosed-area", "area", "distance", "intersects", "geofence", "indexed-repeat", "once",
     "version", "property", "uuid", "pulldata", "search", "randomize", "thousands-sep", "pretend",
     "encrypt", "decrypt", "digest", "extract-signed", "base64-decode", "checklist",
     "weighted-checklist", "depend", "is-null", "rank-index", "rank-value", "jr:itext",
     "extract_signed", "abs-distance", "comma-format", "xpath", "func", "get-name"}
)  # fmt: skip
"""Functions that the engines on tablets know; unknown here, they are no mistake."""

TOLERATED = frozenset({"unknown-name"})
"""A bare name that leads nowhere is an empty node set in XPath: lawful, if hardly meant."""

SAME = {"missing-argument": "wrong-argument-count", "too-complex": "too-deep"}
"""Findings of the engine that an author hears in the same words."""

LAST_SAVED = "last-saved#"
SHOWN = 60
CALLED = re.compile(r"\s*([\w:.\-]+)")


def check_expressions(survey: Survey, document: dict[str, Any]) -> list[Finding]:
    """Parse and compile every expression; says each one's place, and what it would need.

    An expression that only a tablet can work out is taken from its node and kept beside it
    (`client_only`): this service would otherwise read it as an empty text.
    """
    try:
        instrument = Instrument.load(document)
    except InvalidInstrument:
        return [error("not-an-instrument", survey.sheet.name)]
    places = {
        "/".join(["", "data", *(above.name for above in ancestors), node.name]): node
        for node, ancestors in walk(survey.nodes)
    }
    return [_finding(survey, places.get(found.node), found) for found in instrument.findings]


def _finding(survey: Survey, node: Node | None, found: NodeFinding) -> Finding:
    said = found.finding
    path = COLUMNS.get(found.property, (found.property,))
    text = (getattr(node, found.property, None) if node is not None else None) or ""
    start = said.position.start if said.position is not None else 0
    excerpt = text[start : start + SHOWN] or said.message
    cell = survey.cell(node.row, *path) if node is not None else survey.sheet.name
    values = {
        "name": node.name if node is not None else None, "at": start + 1, "excerpt": excerpt,
        "engine": said.code,
    }  # fmt: skip
    code = f"expression-{SAME.get(said.code, said.code)}"
    worded = code if code in codes() else "expression"
    if said.severity is not Weight.ERROR or said.code in TOLERATED:
        return warning(worded, cell, **values)
    if said.code in AUTHORS and not _on_tablets(said.code, excerpt):
        return error(worded, cell, **values)
    if node is not None and text:
        node.client_only[found.property] = text
        setattr(node, found.property, None)
    return warning("expression-unsupported", cell, **values)


def _on_tablets(code: str, excerpt: str) -> bool:
    if code == "unknown-function":
        called = CALLED.match(excerpt)
        return called is not None and called[1] in ON_TABLETS
    if code == "circular-reference":  # once() keeps what stands there, and reads itself for that
        return "once(" in excerpt
    return code == "invalid-reference" and LAST_SAVED in excerpt
