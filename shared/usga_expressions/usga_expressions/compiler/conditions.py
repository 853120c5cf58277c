"""`${name}` inside `[...]` on form nodes: devices read it from the node under the condition."""

from usga_expressions.compiler.axes import advance
from usga_expressions.compiler.focus import Work
from usga_expressions.compiler.paths import Cursor, Test, refer
from usga_expressions.findings import warning
from usga_expressions.form import Definition
from usga_expressions.syntax import Axis, Reference, Step


def refer_in_condition(
    work: Work, reference: Reference, here: Cursor, test: Test
) -> Cursor | None:
    """Resolve a reference from the node under a condition.

    Where the expression and the question share a repeat, pyxform writes a relative path, and a
    device follows it from the node that is being tested: often it leads nowhere, and `${name}`
    is then no node at all. The author gets a warning; `current()/../name` says what was meant.
    """
    target = work.form.find(reference.name, work.at)
    shared = target is not None and set(target.chain) & set(work.at.chain)
    if target is None or not shared or target in _ancestors(work.at):
        return refer(work, reference)
    work.findings.append(
        warning(
            "reference-in-condition",
            f"inside [...] devices read ${{{reference.name}}} from the node under the condition",
            reference.position,
            hint=f"write current()/../{reference.name}",
        )
    )
    steps = _relative(work.at, target)
    if not _exists(here.definition, steps):
        work.use(target)
        return Cursor(target, "[]", single=False)
    cursor: Cursor | None = here
    for name in steps:
        axis = Axis.CHILD if name else Axis.PARENT
        step = Step(axis, name, (), reference.position)
        cursor = None if cursor is None else advance(work, cursor, step, test)
    return cursor


def _relative(source: Definition, target: Definition) -> list[str]:
    """Return the steps from one definition to another: empty for up, else a name."""
    above = _ancestors(target)
    steps: list[str] = []
    at = source
    while at not in above:
        steps.append("")
        assert at.parent is not None
        at = at.parent
    below = above[: above.index(at)]
    return steps + [each.name for each in reversed(below)]


def _ancestors(definition: Definition) -> list[Definition]:
    found, at = [], definition
    while True:
        found.append(at)
        if at.parent is None:
            return found
        at = at.parent


def _exists(start: Definition, steps: list[str]) -> bool:
    at: Definition | None = start
    for name in steps:
        if at is None:
            return False
        at = at.named.get(name) if name else at.parent
    return at is not None
