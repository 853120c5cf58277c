"""Functions that the ODK XForms specification leaves out and ODK Collect does not know.

Web Forms, Enketo and this service work them out; Collect fails when it opens the form. What to
write instead gives the same value on every client.
"""

import re
from collections.abc import Iterator

from usga_expressions.parser import parse
from usga_expressions.syntax import Call, Text, walk

from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.names import COLUMNS
from usga_assessment.domain.xlsform.node import walk as nodes_of
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.wording import warning

INSTEAD = {
    "floor": "int(x) - (x < int(x))",
    "ceiling": "int(x) + (x > int(x))",
    "substring": "substr(text, start - 1, end)",
    "last": "count(${repeat})",
}
CHOICE_NAME = "jr:choice-name"
CALLED = re.compile(rf"(?<![\w.:-])(?:{'|'.join([*INSTEAD, CHOICE_NAME])})\s*\(")
SHOWN = 60


def lint_for_collect(survey: Survey) -> Iterator[Finding]:
    """Find the calls with which ODK Collect cannot open the form, each at its cell."""
    for node, _ in nodes_of(survey.nodes):
        for column, text in node.expressions():
            tree = parse(text).expression if CALLED.search(text) else None
            for call in walk(tree) if tree is not None else ():
                instead = _instead(call) if isinstance(call, Call) else None
                if instead is not None:
                    start = call.position.start
                    yield warning(
                        "expression-not-in-collect", survey.cell(node.row, *COLUMNS[column]),
                        name=node.name, at=start + 1, excerpt=text[start : start + SHOWN],
                        instead=instead,
                    )  # fmt: skip


def _instead(call: Call) -> str | None:
    if call.name == CHOICE_NAME and len(call.arguments) > 1:
        named = call.arguments[1]
        return None if isinstance(named, Text) else "jr:choice-name(${x}, '${x}')"
    return INSTEAD.get(call.name)
