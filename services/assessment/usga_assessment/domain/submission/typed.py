"""Finding the answers to questions of certain types, in the form and in its repeats."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from usga_assessment.domain.submission.unconsented import Place


@dataclass(slots=True)
class Level:
    """The questions of those types in one level of the answers, by name."""

    types: dict[str, str] = field(default_factory=dict)
    repeats: dict[str, "Level"] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.types or self.repeats)


def level_of(nodes: Iterable[Mapping[str, Any]], types: Collection[str]) -> Level:
    """The questions of these types in the nodes of an instrument document."""
    level = Level()
    _read(nodes, types, level)
    return level


def _read(nodes: Iterable[Mapping[str, Any]], types: Collection[str], level: Level) -> None:
    for node in nodes:
        children = node.get("children") or ()
        match node["kind"]:
            case "group":
                _read(children, types, level)
            case "repeat":
                inner = level_of(children, types)
                if inner:
                    level.repeats[node["name"]] = inner
            case _ if node["type"] in types:
                level.types[node["name"]] = node["type"]


@dataclass(frozen=True, slots=True)
class Typed:
    """One answer that is a text, with its place and the type of its question."""

    place: Place
    type: str
    value: str


def answers_of(answers: Mapping[str, Any], level: Level, place: Place = ()) -> Iterator[Typed]:
    """The answers to the questions of a level and of the repeats below it."""
    for name, type_ in level.types.items():
        value = answers.get(name)
        if type(value) is str and value:
            yield Typed((*place, name), type_, value)
    for name, inner in level.repeats.items():
        rows = answers.get(name)
        for index, row in enumerate(rows if type(rows) is list else ()):
            if type(row) is dict:
                yield from answers_of(row, inner, (*place, name, index))
