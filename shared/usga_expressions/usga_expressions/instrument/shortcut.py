"""A whole-form check as one generated Python function, for interviews without any finding.

Most interviews keep every rule. For them one straight function with local variables tells so in
a fraction of the time of the general check; it gives up at the first irregularity, and the general
check then says what is wrong. It must never say yes where the general check has a finding: a
property test compares them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from usga_expressions.compiler.runtime import NAMESPACE
from usga_expressions.environment import Environment, Table
from usga_expressions.form import Scope
from usga_expressions.instrument.blocks import Blocks
from usga_expressions.instrument.lines import Lines, agrees
from usga_expressions.instrument.plan import Plan
from usga_expressions.instrument.quick import QUICK
from usga_expressions.instrument.values import scalar
from usga_expressions.reading import Reading

Shortcut = Callable[[Environment, Mapping[str, Any]], bool]


def make_shortcut(plan: Plan, tables: Mapping[str, Table], reading: Reading) -> Shortcut | None:
    """Generate the function `(environment, answers) -> True when nothing is wrong`.

    None when a form is too deep for it, or a repeat grows with what is answered in it. `tables`
    are the lists that the document brings.
    """
    if any(part.grows for part in plan.parts):
        return None
    lines = Lines(plan, tables, reading)
    source = Blocks(plan, lines).render()
    names = {
        **NAMESPACE, **QUICK, **lines.constants,
        "Scope": Scope, "agrees": agrees, "scalar": scalar,
        "ROOT": plan.form.root, "type": type, "str": str, "int": int, "list": list, "dict": dict,
        "set": set, "None": None,
    }  # fmt: skip
    try:
        exec(compile(source, "<instrument>", "exec"), names)  # noqa: S102 - our own source
    except (SyntaxError, RecursionError, MemoryError):
        return None
    function: Shortcut = names["fast"]

    def shortcut(environment: Environment, answers: Mapping[str, Any]) -> bool:
        try:
            return function(environment, answers)
        except Exception:  # noqa: BLE001 - whatever is irregular is for the general check
            return False

    return shortcut
