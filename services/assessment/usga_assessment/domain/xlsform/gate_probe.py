"""A seeded respondent tries to reach S3 questions with the gate closed (domain rule E-01).

The lint sees what a relevance depends on; only answering shows whether it really closes: "consent
or privacy" depends on both and closes on neither.
"""

import random
from datetime import UTC, datetime
from typing import Any

from usga_expressions.instrument import Ask, Instrument, RepeatAsk, Walk
from usga_shared.wire.vocabulary import Sensitivity

INTERVIEWS = 24
MOST_QUESTIONS = 2_000
AT = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
YES, NO = "yes", "no"
EAGER = 0.85  # how often a question that can be answered "yes" is: that opens most of a form


def reached_when_closed(
    document: dict[str, Any], *, consents: set[str], checks: set[str], seed: int
) -> set[str]:
    """Names of S3 questions that were offered although consent or privacy had been denied."""
    instrument = Instrument.load(document)
    found: set[str] = set()
    for number in range(INTERVIEWS):
        draw = random.Random(f"{seed}/{number}")  # noqa: S311 - no secret, only variety
        denied = consents if number % 2 else checks
        found |= _interview(instrument.walk(now=AT, draw=draw.random), draw, denied)
    return found


def _interview(walk: Walk, draw: random.Random, denied: set[str]) -> set[str]:
    found: set[str] = set()
    for count, ask in enumerate(walk):
        if count > MOST_QUESTIONS:
            break
        if isinstance(ask, RepeatAsk):
            ask.count = draw.randint(0, 2)
        elif ask.name in denied:
            ask.answer(NO if ask.accepts(NO) else None)
        else:
            if ask.node["sensitivity"] == Sensitivity.S3:
                found.add(ask.name)
            _answer(ask, draw)
    return found


def _answer(ask: Ask, draw: random.Random) -> None:
    for candidate in _candidates(ask, draw):
        if ask.accepts(candidate):
            ask.answer(candidate)
            return


def _candidates(ask: Ask, draw: random.Random) -> list[Any]:
    choices = list(ask.choices)
    if choices:
        draw.shuffle(choices)
        if YES in choices and draw.random() < EAGER:
            choices.insert(0, YES)
        return choices
    if ask.type in {"integer", "decimal", "range"}:
        whole = [draw.randint(0, 110) for _ in range(6)]
        return [*whole, 1, 2, 18, 30, 0]
    if ask.type == "date":
        return [AT.date().isoformat()]
    if ask.type in {"dateTime", "today", "start", "end"}:
        return [AT.isoformat(), AT.date().isoformat()]
    return ["x"] if ask.type == "text" else []
