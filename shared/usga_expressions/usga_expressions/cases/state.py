"""A whole filled form: relevance, required, validity, value and choices of every node."""

from collections.abc import Mapping
from typing import Any

from usga_expressions.cases.inputs import moment, zone
from usga_expressions.form import Definition, Kind, Scope
from usga_expressions.instrument.instrument import Instrument, Lists
from usga_expressions.instrument.interview import Interview
from usga_expressions.instrument.plan import Part
from usga_expressions.instrument.walk import Ask


def evaluate_state(
    state: Mapping[str, Any],
    meta: Mapping[str, Any],
    instrument: Instrument,
    lists: Lists,
) -> dict[str, Any]:
    """Return `nodes` and `choices` of a filled form."""
    environment = instrument.environment(now=moment(meta), zone=zone(meta), lists=lists)
    interview = Interview(instrument.plan, environment, adjust=True)
    interview.fill(state.get("answers") or {}, strict=False)
    interview.settle()
    root = instrument.plan.form.root
    found: dict[str, Any] = {"nodes": {}, "choices": {}}
    _describe(interview, root, interview.root, f"/{root.name}", found)
    return found


def _describe(
    interview: Interview, above: Definition, scope: Scope, path: str, found: dict[str, Any]
) -> None:
    for definition in above.children:
        here = f"{path}/{definition.name}"
        relevant = scope.r[definition.slot]
        if definition.kind is Kind.REPEAT:
            for inner in scope.c[definition.slot]:
                place = f"{here}[{inner.i}]"
                found["nodes"][place] = {"relevant": relevant}
                if relevant:
                    _describe(interview, definition, inner, place, found)
        elif definition.kind is Kind.GROUP:
            found["nodes"][here] = {"relevant": relevant}
            _describe(interview, definition, scope, here, found)
        else:
            _question(interview, interview.plan.by_definition[definition], scope, here, found)


def _question(
    interview: Interview, part: Part, scope: Scope, path: str, found: dict[str, Any]
) -> None:
    slot = part.definition.slot
    if not scope.r[slot]:
        found["nodes"][path] = {"relevant": False}
        return
    ask, text = Ask(interview, part, scope), scope.t[slot]
    holds = part.constraint is None or not text or part.constraint(interview.environment, scope)
    found["nodes"][path] = {
        "relevant": True,
        "required": ask.required,
        "valid": holds,
        "missing": ask.required and not text,
        "value": text,
    }
    if part.select:
        found["choices"][path] = list(ask.choices)
