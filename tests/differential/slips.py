"""Where the engine is known to leave the specification (docs/adr/0026): found, not followed.

What depends on such a value is not compared in that interview: it must differ too.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from usga_expressions.form import Definition
from usga_expressions.instrument import Instrument


def slip(text: str, name: str, theirs: Any, ours: Any, node: Mapping[str, Any]) -> str:
    """Name the known slip behind a difference, empty when it is none.

    `text` is the calculation of the node, `node` all that the engine says of it.
    """
    if name == "missing" and not theirs and ours and node.get("value") == "":
        return "an answer that its filter no longer offers is cleared, but not missing"
    if name != "value":
        return ""
    if theirs == "" and "sum(" in text and _is_number(ours):
        return "the sum of no nodes is NaN"
    if theirs == "Invalid Date" and ours == "":
        return "text that is no date becomes a text"
    if "NaN" in str(ours) and theirs == str(ours).replace("NaN", ""):
        return "the text of NaN is empty"
    return ""


def dependents(form: Instrument, sources: Iterable[Definition]) -> set[Definition]:
    """Definitions whose values follow from those given, themselves included."""
    found = set(sources)
    grown = True
    while grown:
        more = {
            part.definition
            for part in form.plan.parts
            if part.definition not in found
            and (found & reads(part.compiled.values()) or part.definition.parent in found)
        }
        grown = bool(more)
        found |= more
    return found


def reads(compiled: Iterable[Any]) -> set[Definition]:
    """What some expressions read, here and in other instances."""
    return {each for one in compiled for each in one.uses | one.across}


def _is_number(text: object) -> bool:
    try:
        float(str(text))
    except ValueError:
        return False
    return True
