"""Whether a chosen name is on offer."""

from usga_expressions.environment import Environment
from usga_expressions.form import Scope
from usga_expressions.instrument.plan import Part


def judge_choice(environment: Environment, part: Part, scope: Scope, name: str) -> str | None:
    """Return the code of what is wrong with a chosen name, None when it is on offer."""
    table = part.definition.choices or ""
    if table not in environment.tables:
        return "list-missing"
    rows = environment.tables[table].find(part.definition.key, name)
    if not rows:
        return "unknown-choice"
    offered = part.filter is None or any(part.filter(environment, scope, row) for row in rows)
    return None if offered else "choice-not-offered"
