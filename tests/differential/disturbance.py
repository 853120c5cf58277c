"""Answers changed at random, so that rules of a form are broken; each still fits its type."""

import random
from collections.abc import Mapping
from typing import Any

from usga_expressions.environment import Table
from usga_expressions.form import SELECT_MANY, Definition, Kind
from usga_expressions.instrument import Instrument

_TEXTS = ("a", "Two words", "12", "0", "x" * 60, "254712345678")
_DATES = ("2020-01-01", "2026-03-01", "2026-03-02", "2031-12-31")

_WHOLE = (-1, 0, 1, 5, 18, 97, 200, 100_000)
_DRAWN: Mapping[str, tuple[Any, ...]] = {
    "integer": _WHOLE,
    "int": _WHOLE,
    "decimal": (-0.5, 0.0, 0.25, 3.75, 1000.5),
    "date": _DATES,
    "text": _TEXTS,
    "string": _TEXTS,
}
#: What a device would not take in any other way, or would put right by itself.
_LEFT = frozenset({"rank", "range", "acknowledge", "trigger", "geopoint", "geotrace", "geoshape"})


def disturb(
    answers: dict[str, Any],
    form: Instrument,
    lists: Mapping[str, Table],
    chance: random.Random,
) -> None:
    """Change, add or remove one answer anywhere in the form; `lists` are all its lists."""
    scope, holder = answers, form.plan.form.root
    while True:
        places = [d for d in holder.inside if d.kind is not Kind.GROUP]
        definition = chance.choice(places)
        if definition.kind is Kind.QUESTION:
            break
        instances = scope.get(definition.name)
        if not instances:
            return
        scope, holder = chance.choice(instances), definition
    if definition.type in _LEFT or form.plan.by_definition[definition].calculation is not None:
        return
    counted = any(part.count is not None and definition in part.uses for part in form.plan.parts)
    value = chance.randint(0, 4) if counted else _value(definition, lists, chance)
    if value is None or chance.random() < 0.3:
        scope.pop(definition.name, None)
    else:
        scope[definition.name] = value


def _value(definition: Definition, lists: Mapping[str, Table], chance: random.Random) -> Any:
    if definition.choices:
        table = lists.get(definition.choices)
        names = [row[definition.key] for row in table.rows] if table else []
        if not names:
            return None
        if definition.type in SELECT_MANY:
            return " ".join(chance.sample(names, chance.randint(1, min(3, len(names)))))
        return chance.choice(names)
    return chance.choice(_DRAWN.get(definition.type, (None,)))
