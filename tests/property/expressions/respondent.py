"""A respondent that answers what it is offered, at random."""

import random
from collections.abc import Callable
from typing import Any

from usga_expressions.instrument import Ask, RepeatAsk, Walk

_TEXTS = ("Amina", "b", "254712345678", "Dogs", "x" * 30, "Rain and mud")
_DATES = ("2023-01-01", "2024-02-29", "2024-03-05", "2024-07-01", "2022-01-09")


def interview(walk: Walk, chance: random.Random) -> dict[str, Any]:
    """Answer a form; what finds no acceptable answer stays open."""
    for ask in walk:
        if isinstance(ask, RepeatAsk):
            ask.count = chance.randrange(4)
        else:
            _answer(ask, chance)
    return walk.answers()


def _answer(ask: Ask, chance: random.Random) -> None:
    if not ask.required and chance.random() < 0.2:
        return
    for _ in range(60):
        value = _value(ask, chance)
        if value is not None and ask.accepts(value):
            ask.answer(value)
            return


def _value(ask: Ask, chance: random.Random) -> Any:
    if ask.type.startswith("select_one"):
        return chance.choice(ask.choices) if ask.choices else None
    if ask.type.startswith("select_multiple"):
        kept = [name for name in ask.choices if chance.random() < 0.5]
        return " ".join(kept) or None
    if ask.type in ("integer", "decimal"):
        bound = chance.choice(ask.bounds) if ask.bounds else None
        low = max(-5.0, bound.low) if bound else -5.0
        high = min(low + 40, bound.high) if bound else 40.0
        drawn = chance.uniform(low, high)
        return round(drawn) if ask.type == "integer" else round(drawn, 2)
    other = _OTHERS.get(ask.type)
    return chance.choice(_TEXTS) if other is None else other(ask, chance)


def _point(_ask: Ask, chance: random.Random) -> str:
    return f"-1.2{chance.randrange(99)} 36.8{chance.randrange(99)} 1600 {chance.randint(3, 20)}"


_OTHERS: dict[str, Callable[[Ask, random.Random], Any]] = {
    "date": lambda _ask, chance: chance.choice(_DATES),
    "time": lambda _ask, _chance: "08:15:00.000+03:00",
    "geopoint": _point,
    "acknowledge": lambda _ask, _chance: "OK",
    "trigger": lambda _ask, _chance: "OK",
    "rank": lambda ask, chance: " ".join(chance.sample(ask.choices, len(ask.choices))),
    "range": lambda _ask, _chance: None,
}
