"""What an author sees of a form before it is published: sections, languages, a trial interview."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from usga_expressions.environment import Table
from usga_expressions.instrument import Ask, Instrument, RepeatAsk

AT = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
"""When the trial interview takes place."""
MOST_ASKED = 2_000
"""Longer forms, and repeats without end, are walked this far."""
_NUMBERS = frozenset({"integer", "decimal", "range"})
_FILES = frozenset({"note", "image", "audio", "video", "file", "audit", "background-audio"})
_POINT = "0 36.8 0 5"
_SHAPES = {
    "geopoint": _POINT,
    "geotrace": f"{_POINT};0 36.9 0 5",
    "geoshape": f"{_POINT};0 36.9 0 5;0.1 36.9 0 5;{_POINT}",
}
_MOMENTS = {
    "date": AT.date().isoformat(), "today": AT.date().isoformat(), "time": "09:00:00",
    "start": AT.isoformat(), "end": AT.isoformat(), "dateTime": AT.isoformat(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SectionSummary:
    """A group or repeat at the top of the form, or the questions that stand in none."""

    name: str | None
    kind: str
    module: str | None
    label: Mapping[str, str]
    questions: int
    types: Mapping[str, int]
    sensitivity: int


@dataclass(frozen=True, slots=True)
class LanguageSummary:
    """How much of a form's texts a language has."""

    language: str
    texts: int
    translated: int


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the trial interview, with the answer that it got; None leaves it open."""

    pointer: str
    name: str
    type: str
    answer: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial interview: what was asked in order, and the answers with their calculations."""

    steps: tuple[Step, ...]
    answers: Mapping[str, Any]
    complete: bool


def summarise_sections(document: Mapping[str, Any]) -> list[SectionSummary]:
    """The form from above, in its order."""
    sections: list[SectionSummary] = []
    loose: list[Mapping[str, Any]] = []
    for node in document["nodes"]:
        if node["kind"] == "question":
            loose.append(node)
            continue
        if loose:
            sections.append(_section(None, loose))
            loose = []
        sections.append(_section(node, node["children"]))
    return [*sections, _section(None, loose)] if loose else sections


def _section(node: Mapping[str, Any] | None, nodes: Sequence[Mapping[str, Any]]) -> SectionSummary:
    inside = [n for n in _walk(nodes) if n["kind"] == "question"]
    return SectionSummary(
        name=node["name"] if node else None,
        kind=node["kind"] if node else "question",
        module=node.get("module") if node else None,
        label=(node.get("label") or {}) if node else {},
        questions=len(inside),
        types=dict(Counter(n["type"] for n in inside).most_common()),
        sensitivity=max((int(n["sensitivity"]) for n in inside), default=0),
    )


def summarise_languages(document: Mapping[str, Any]) -> list[LanguageSummary]:
    """Labels, hints, messages and choices of each language against those of any."""
    texts = [text for text in _texts(document) if text]
    return [
        LanguageSummary(language, len(texts), sum(bool(text.get(language)) for text in texts))
        for language in document["languages"]
    ]


def _texts(document: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    for node in _walk(document["nodes"]):
        for key in ("label", "hint", "constraint_message"):
            yield node.get(key) or {}
    for choices in document["choice_lists"].values():
        for choice in choices:
            yield choice.get("label") or {}


def _walk(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for node in nodes:
        yield node
        yield from _walk(node.get("children") or ())


def trial_interview(
    document: Mapping[str, Any], *, seed: int, lists: Mapping[str, Table] | None = None
) -> Trial:
    """Answer the form as an invented respondent; one seed gives one interview, of nobody."""
    return try_instrument(Instrument.load(document), seed=seed, lists=lists)


def try_instrument(
    instrument: Instrument,
    *,
    seed: int,
    lists: Mapping[str, Table] | None = None,
    known: Mapping[str, Any] | None = None,
) -> Trial:
    """The same with a form that was compiled before; `known` answers are given where they fit."""
    draw = random.Random(seed)  # noqa: S311 - invented answers
    walk = instrument.walk(now=AT, lists=lists, draw=draw.random)
    steps: list[Step] = []
    complete = True
    for asked, ask in enumerate(walk):
        if asked >= MOST_ASKED:
            complete = False
            break
        if isinstance(ask, RepeatAsk):
            ask.count = draw.randint(1, 2)
            continue
        answer = (known or {}).get(ask.name)
        if answer is None or not ask.accepts(answer):
            answer = _answer(ask, draw)
        ask.answer(answer)
        if ask.type != "note":
            steps.append(Step(ask.pointer, ask.name, ask.type, answer, ask.required))
    return Trial(tuple(steps), walk.answers(), complete)


def _answer(ask: Ask, draw: random.Random) -> Any:
    return next((value for value in _candidates(ask, draw) if ask.accepts(value)), None)


def _candidates(ask: Ask, draw: random.Random) -> list[Any]:
    if ask.type in _FILES:
        return []
    choices = list(ask.choices)
    if choices:
        draw.shuffle(choices)
        return [" ".join(choices), *choices[:40]] if ask.type == "rank" else choices[:40]
    if ask.type in _NUMBERS:
        return _numbers(ask, draw)
    fixed = _MOMENTS.get(ask.type) or _SHAPES.get(ask.type)
    if fixed is not None:
        return [fixed]
    return ["OK"] if ask.type == "acknowledge" else [f"sample {draw.randrange(1000)}"]


def _numbers(ask: Ask, draw: random.Random) -> list[int]:
    found = []
    for bound in ask.bounds:
        low, high = max(bound.low, -1e6), min(bound.high, max(bound.low, 0) + 60)
        if low <= high:
            found.append(draw.randint(int(low), int(high)))
    return [*found, *(draw.randint(0, 110) for _ in range(8)), 18, 30, 1, 0]
