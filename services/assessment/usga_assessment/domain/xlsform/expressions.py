"""Every expression of a form, parsed by the engine that will check its interviews."""

import re
import warnings
from collections.abc import Iterator
from typing import Any

from pyxform.utils import default_is_dynamic
from usga_expressions.compiler.library import PLAIN
from usga_expressions.compiler.special import SPECIAL
from usga_expressions.findings import Position
from usga_expressions.findings import Severity as Weight
from usga_expressions.instrument import Instrument, InvalidInstrument, NodeFinding
from usga_expressions.parser import parse
from usga_expressions.syntax import Call

from usga_assessment.domain.xlsform.expression_slips import (
    function_meant,
    name_meant,
    written_otherwise,
)
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.names import COLUMNS
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.wording import codes, error, warning

AUTHORS = frozenset(
    {"syntax", "unreadable-character", "empty-expression", "expression-too-long",
     "unknown-function", "wrong-argument-count", "circular-reference",
     "invalid-reference", "unknown-list", "too-complex",
     "missing-argument", "unknown-digest", "not-a-repeat"}
)  # fmt: skip
"""What an author must mend; whatever else this engine cannot do, a tablet may be able to."""

_JAVAROSA = """
    abs acos area asin atan atan2 base64-decode boolean boolean-from-string checklist coalesce
    concat contains cos count count-non-empty count-selected current date date-time
    decimal-date-time decimal-time depend digest distance enclosed-area ends-with exp exp10
    extract-signed false format-date format-date-time geofence if indexed-repeat instance int
    is-selected join jr:choice-name jr:itext log log10 max min normalize-space not
    now number once pi position pow property pulldata random randomize regex round selected
    selected-at sin sqrt starts-with string string-length substr substring-after substring-before
    sum tan today translate true uuid version weighted-checklist
"""
ON_TABLETS = frozenset(_JAVAROSA.split())
"""The functions of JavaRosa as ODK Validate knows them; unknown here, they are no mistake."""

TAKES = {
    "property": (1, 1), "version": (0, 0), "extract-signed": (2, 2), "depend": (1, 99),
    "enclosed-area": (1, 1), "is-selected": (2, 2),
}  # fmt: skip
"""How many arguments they take, where this engine does not know it."""

TOLERATED = frozenset({"unknown-name"})
"""A bare name that leads nowhere is an empty node set in XPath: lawful, if hardly meant."""

SAME = {"missing-argument": "wrong-argument-count"}
"""Findings of the engine that an author hears in the same words."""

WRONG_COUNT = "expression-wrong-argument-count"
MANY = 99
"""As many arguments as an author likes."""

CIRCLE, ARROW = "circular-reference", " \u2192 "
BROKEN = (
    "missing )", "unterminated character set", "unbalanced parenthesis", "nothing to repeat",
    "bad character range",
)  # fmt: skip
"""What makes a pattern wrong in every dialect."""

LAST_SAVED = "last-saved#"
SHOWN = 60
CALLED = re.compile(r"\s*([\w:.\-]+)")
CALLS = re.compile(r"""'[^']*'|"[^"]*"|\$\{[^}]*\}|([^\W\d][\w:.\-]*)\s*\(""")


def check_expressions(survey: Survey, document: dict[str, Any]) -> list[Finding]:
    """Parse and compile every expression; says each one's place, and what it would need.

    An expression that only a tablet can work out is taken from its node and kept beside it
    (`client_only`): this service would otherwise read it as an empty text.
    """
    try:
        instrument = Instrument.load(document)
    except InvalidInstrument:
        return [error("not-an-instrument", survey.sheet.name)]
    places: dict[str, list[Node]] = {}
    for node, ancestors in walk(survey.nodes):
        path = "/".join(["", "data", *(above.name for above in ancestors), node.name])
        places.setdefault(path, []).append(node)
    findings = [
        _finding(survey, _owner(places.get(found.node, []), found.property), found)
        for found in instrument.findings
    ]
    return findings + [each for node, _ in walk(survey.nodes) for each in _default(survey, node)]


def _owner(nodes: list[Node], column: str) -> Node | None:
    """The node that holds the expression; two share a path where one name is given twice."""
    holders = (node for node in nodes if getattr(node, column, None))
    return next(holders, nodes[-1] if nodes else None)


def _default(survey: Survey, node: Node) -> Iterator[Finding]:
    """A default that is computed when the form opens calls functions that tablets know."""
    text = node.default or ""
    if "(" not in text or not default_is_dynamic(text, node.type):
        return
    for match in CALLS.finditer(text):
        if match[1] and match[1] not in ON_TABLETS:
            cell = survey.cell(node.row, *COLUMNS["default"])
            excerpt = text[match.start() : match.start() + SHOWN]
            yield error(
                "expression-unknown-function", cell, name=node.name, at=match.start() + 1,
                excerpt=excerpt,
            )  # fmt: skip


def _finding(survey: Survey, node: Node | None, found: NodeFinding) -> Finding:
    said = found.finding
    path = COLUMNS.get(found.property, (found.property,))
    around = _around(survey, said.message) if said.code == CIRCLE else None
    text = _written(node, found.property)
    start = said.position.start if said.position is not None else 0
    excerpt = text[start : start + SHOWN] or text[-SHOWN:] or said.message
    cell = survey.cell(node.row, *path) if node is not None else survey.sheet.name
    values: dict[str, Any] = {
        "name": node.name if node is not None else None, "at": start + 1,
        "excerpt": around or excerpt, "engine": said.code,
    }  # fmt: skip
    if said.code in {"syntax", "unreadable-character"}:
        values |= written_otherwise(text, start)
    if said.code == "unreadable-character" and excerpt.startswith("${"):
        return error("broken-reference", cell, name=values["name"], text=excerpt)
    code = f"expression-{SAME.get(said.code, said.code)}"
    if code == WRONG_COUNT:
        values |= _counted(text, said.position)
    worded = code if code in codes() else "expression"
    if said.code == "invalid-pattern" and (wrong := _wrong_at(text, start)) is not None:
        return error("expression-invalid-pattern", cell, **{**values, "at": wrong + 1})
    if said.code == "unknown-name":
        values |= name_meant(text, start, found.property)
    if said.severity is not Weight.ERROR or said.code in TOLERATED:
        return warning(worded, cell, **values)
    if said.code == "unknown-function" and _miscounted(text, said.position):
        return error(WRONG_COUNT, cell, **values, **_counted(text, said.position))
    if said.code in AUTHORS and not _on_tablets(said.code, excerpt):
        if said.code == "unknown-function":
            values |= function_meant(text, start)
        return error(worded, cell, **values)
    _leave_to_tablets(node, found.property, text)
    is_row = found.property == "choice_filter" and text[start : start + 1] == "."
    return warning("filter-dot" if is_row else "expression-unsupported", cell, **values)


def _written(node: Node | None, column: str) -> str:
    """What the author wrote there; of parameters, the only one that is an expression."""
    value = getattr(node, column, None) if node is not None else None
    return str(value.get("seed", "") if isinstance(value, dict) else value or "")


def _leave_to_tablets(node: Node | None, column: str, text: str) -> None:
    if node is not None and text and column in COLUMNS:
        node.client_only[column] = text
        setattr(node, column, None)


def _around(survey: Survey, message: str) -> str:
    """A circle from link to link, each with the cell of its name: a (B2) → b (B3) → a (B2)."""
    cells: dict[str, str] = {}
    for node, _ in walk(survey.nodes):
        cells.setdefault(node.name, survey.cell(node.row, "name").partition("!")[2])
    way = message.partition(": ")[2].split(ARROW)
    return ARROW.join(f"{name} ({cells[name]})" if name in cells else name for name in way)


def _wrong_at(text: str, start: int) -> int | None:
    """Where the pattern that starts here is broken for tablets too, and not only for Python."""
    quote = text[start : start + 1]
    end = text.find(quote, start + 1) if quote in {"'", '"'} else -1
    if end < 0:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text[start + 1 : end])
    except re.error as broken:
        return start + 1 + (broken.pos or 0) if broken.msg.startswith(BROKEN) else None
    except (OverflowError, RecursionError):
        return None
    return None


def _miscounted(text: str, place: Position | None) -> bool:
    """Whether a function that tablets alone know is called with too few or too many arguments."""
    call = parse(text[place.start : place.end]).expression if place is not None else None
    if not isinstance(call, Call) or call.name not in TAKES:
        return False
    least, most = TAKES[call.name]
    return not least <= len(call.arguments) <= most


def _counted(text: str, place: Position | None) -> dict[str, str]:
    """The function that is called here, and how many arguments it takes."""
    called = CALLED.match(text, place.start if place is not None else 0)
    name = called[1] if called is not None else ""
    if name in SPECIAL:
        least, most, _ = SPECIAL[name]
    elif name in PLAIN:
        least, most = PLAIN[name].least, len(PLAIN[name].letters)
    else:
        least, most = TAKES.get(name, (0, MANY))
    takes = str(least) if least == most else f"{least}-{most}" if most < MANY else f"{least}+"
    return {"function": name, "takes": takes}


def _on_tablets(code: str, excerpt: str) -> bool:
    if code == "unknown-function":
        called = CALLED.match(excerpt)
        return called is not None and called[1] in ON_TABLETS
    if code == CIRCLE:  # once() keeps what stands there, and reads itself for that
        return "once(" in excerpt
    return code == "invalid-reference" and LAST_SAVED in excerpt
