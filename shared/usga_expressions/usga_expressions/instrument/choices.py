"""Which choices are on offer, and whether a chosen name is among them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from usga_expressions.environment import Environment, Row
from usga_expressions.form import Scope
from usga_expressions.functions.chance import shuffled
from usga_expressions.instrument.plan import Part


def offered(environment: Environment, part: Part, scope: Scope) -> Sequence[Row]:
    """Return the rows of choices on offer, in the order in which a device shows them."""
    rows: Sequence[Row]
    if part.rows is not None:
        rows = [_row(part, each) for each in _answers(environment, part, scope) if
                part.filter is None or part.filter(environment, scope, each)]  # fmt: skip
    else:
        rows = environment.table(part.definition.choices or "").rows
        if part.filter is not None:
            rows = [row for row in rows if part.filter(environment, scope, row)]
    if part.seed is None:
        return rows
    return shuffled(rows, part.seed(environment, scope))


def judge(environment: Environment, part: Part, scope: Scope) -> Callable[[str], str | None]:
    """Return what gives the code of what is wrong with a chosen name, None when it is on offer.

    Answers of a repeat are indexed once, for a respondent may choose a thousand of them.
    """
    find = _finder(environment, part, scope)
    if find is None:
        return lambda _name: "list-missing"

    def judged(name: str) -> str | None:
        rows = find(name)
        if not rows:
            return "unknown-choice"
        fits = part.filter is None or any(part.filter(environment, scope, row) for row in rows)
        return None if fits else "choice-not-offered"

    return judged


def _finder(
    environment: Environment, part: Part, scope: Scope
) -> Callable[[str], Sequence[object]] | None:
    if part.rows is not None:
        slot = _slot(part)
        index: dict[str, list[Scope]] = {}
        for each in _answers(environment, part, scope):
            index.setdefault(each.t[slot], []).append(each)
        return lambda name: index.get(name, ())
    table = environment.tables.get(part.definition.choices or "")
    return None if table is None else partial(table.find, part.definition.key)


def _answers(environment: Environment, part: Part, scope: Scope) -> Iterator[Scope]:
    """Yield what holds the answers that are choices; an empty answer is none."""
    assert part.rows is not None
    slot = _slot(part)
    return (each for each in part.rows(environment, scope) if each.t[slot])


def _slot(part: Part) -> int:
    assert part.definition.value is not None
    return part.definition.value.slot


def _row(part: Part, each: Scope) -> Row:
    definition = part.definition
    assert definition.shown is not None
    return {definition.key: each.t[_slot(part)], definition.label: each.t[definition.shown.slot]}
