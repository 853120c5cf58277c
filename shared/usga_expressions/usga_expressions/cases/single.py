"""One expression with its answers, evaluated where it stands in its form."""

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

from usga_expressions.cases.inputs import moment, zone
from usga_expressions.compiler import Compiled, Compiler
from usga_expressions.compiler.code import ValueKind
from usga_expressions.environment import Environment
from usga_expressions.findings import Severity
from usga_expressions.form import Definition, Scope
from usga_expressions.instrument.instrument import Instrument, Lists
from usga_expressions.instrument.interview import Interview
from usga_expressions.reading import Reading

#: The name of the calculate that stands for the expression of a case.
PLACE = "case_expression"
LoadForm = Callable[[str], Mapping[str, Any]]


def evaluate_case(
    case: Mapping[str, Any],
    load_form: LoadForm,
    lists: Lists,
    reading: Reading = Reading.SPECIFICATION,
) -> object:
    """Return the value of a case: text, number, boolean, or `{"error": code}`."""
    own = case.get("as") == "constraint"
    document = _document(case, load_form)
    if not own:
        _insert(document["nodes"], case.get("node"))
    instrument = Instrument.load(document, reading=reading)
    environment = instrument.environment(now=moment(case), zone=zone(case), lists=lists)
    interview = Interview(instrument.plan, environment)
    interview.fill(case.get("answers") or {}, strict=False)
    interview.settle()
    at = instrument.plan.form.by_name[str(case["node"]) if own else PLACE][0]
    scope = _scope(interview, at, case.get("at") or [])
    compiled = Compiler(instrument.plan.form, reading).compile(str(case["expression"]), at)
    return _value(compiled, environment, scope, truth=own)


def _document(case: Mapping[str, Any], load_form: LoadForm) -> dict[str, Any]:
    if case.get("form"):
        return copy.deepcopy(dict(load_form(str(case["form"]))))
    types: Mapping[str, Any] = case.get("types") or {}
    nodes = []
    lists: dict[str, list[dict[str, str]]] = {}
    for name, type_ in types.items():
        base, _, rest = str(type_).partition(" ")
        nodes.append({"kind": "question", "name": name, "type": base, "list": rest or None})
        if rest:
            lists[rest] = []
    return {"format": "usga-instrument/1", "nodes": nodes, "choice_lists": lists}


def _insert(nodes: list[dict[str, Any]], after: object) -> bool:
    place = {"kind": "question", "name": PLACE, "type": "calculate"}
    if after is None:
        nodes.append(place)
        return True
    for at, node in enumerate(nodes):
        if node["name"] == after:
            nodes.insert(at + 1, place)
            return True
        if _insert(node["children"], after) if node.get("children") else False:
            return True
    return False


def _scope(interview: Interview, at: Definition, positions: list[int]) -> Scope:
    scope = interview.root
    for place, repeat in enumerate(at.chain):
        position = positions[place] if place < len(positions) else 1
        scope = scope.c[repeat.slot][position - 1]
    return scope


def _value(compiled: Compiled, environment: Environment, scope: Scope, *, truth: bool) -> object:
    wrong = [found for found in compiled.findings if found.severity is Severity.ERROR]
    if wrong:
        return {"error": wrong[0].code}
    source = compiled.truth if truth else compiled.value
    value: object = compiled.function(source)(environment, scope)
    if value == "" and compiled.kind is ValueKind.DATE and compiled.code.number:
        value = math.nan  # the date of no number is none, kept as empty like any NaN
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, float) and value == int(value):
        return int(value)
    return value
