"""Several choices from the answers of a repeat: the converter knows `select_one ${name}` alone.

A row `select_multiple ${name}` is given to it as its single sister with a mark on the control,
and becomes a select of many in the XForm that comes back.
"""

import re
from typing import Any

MARK = "usga-many"
COLUMN = f"body::{MARK}"
_MARKED = re.compile(rf'<select1\b([^>]*?) {MARK}="yes"([^>]*)>(.*?)</select1>', re.DOTALL)


def from_answers(list_name: str | None) -> bool:
    """Whether a list is the answers to a question, or the rows of a repeat."""
    return list_name is not None and list_name.startswith(("${", "/"))


def mark_many(shape: dict[str, Any]) -> None:
    """Mark the rows that choose several answers of a repeat, in the converter's shape."""
    # Only who converts needs types, and with them the converter: services start without it.
    from usga_assessment.domain.xlsform.types import parse_type  # noqa: PLC0415

    marked = False
    for row in shape.get("survey", []):
        header = next((name for name in row if name.strip().lower() == "type"), None)
        text = row[header] if header is not None else ""
        if header is None or "${" not in text:
            continue
        kind = parse_type(text)
        if kind.base == "select_multiple" and not kind.from_file and from_answers(kind.list_name):
            row[header] = f"select_one {kind.list_name}"
            row[COLUMN] = "yes"
            marked = True
    if marked and shape.get("survey_header"):
        shape["survey_header"][0][COLUMN] = None


def restore_many(xform: str) -> str:
    """Make the marked controls selects of many."""
    return _MARKED.sub(r"<select\1\2>\3</select>", xform) if MARK in xform else xform
