"""Which field class each question of an instrument belongs to, and answers split by class."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from usga_shared.wire.vocabulary import FieldClass

Answers = dict[str, Any]


@dataclass(slots=True)
class Section:
    """One level of the answers: the form itself or one repeat."""

    classes: dict[str, FieldClass] = field(default_factory=dict)
    repeats: dict[str, "Section"] = field(default_factory=dict)
    open_names: frozenset[str] = frozenset()
    sealed: tuple[tuple[str, FieldClass], ...] = ()

    def __post_init__(self) -> None:
        self.settle()

    def settle(self) -> None:
        """Prepare for splitting; call it again when classes were added."""
        self.open_names = frozenset(n for n, k in self.classes.items() if k is FieldClass.OPEN)
        self.sealed = tuple((n, k) for n, k in self.classes.items() if k is not FieldClass.OPEN)


def sections(nodes: Iterable[Mapping[str, Any]]) -> Section:
    """Read the classes of an instrument document's nodes (groups are flat in answers)."""
    section = Section()
    _read(nodes, section)
    _settle(section)
    return section


def _settle(section: Section) -> None:
    section.settle()
    for inner in section.repeats.values():
        _settle(inner)


def _read(nodes: Iterable[Mapping[str, Any]], section: Section) -> None:
    for node in nodes:
        match node["kind"]:
            case "group":
                _read(node.get("children") or (), section)
            case "repeat":
                inner = section.repeats.setdefault(node["name"], Section())
                _read(node.get("children") or (), inner)
            case _:
                section.classes[node["name"]] = FieldClass(node["field_class"])


def split(answers: Answers, section: Section) -> dict[FieldClass, Answers]:
    """The answers by class; repeats keep their rows, so that parts can be joined again.

    Names that the instrument does not know stand in no part (only in the sealed whole).
    """
    rest = dict(answers)  # most answers are open: take out the others
    parts: dict[FieldClass, Answers] = {}
    for name, kind in section.sealed:
        if name in rest:
            part = parts.get(kind)
            if part is None:
                part = parts[kind] = {}
            part[name] = rest.pop(name)
    rows = [(name, rest.pop(name)) for name in section.repeats if name in rest]
    if not section.open_names.issuperset(rest):
        for name in rest.keys() - section.open_names:
            del rest[name]
    if rest:
        parts[FieldClass.OPEN] = rest
    for name, value in rows:
        if type(value) is list:
            _split_rows(name, value, section.repeats[name], parts)
    return parts


def _split_rows(
    name: str, rows: list[Any], section: Section, parts: dict[FieldClass, Answers]
) -> None:
    split_rows = [split(row, section) if type(row) is dict else {} for row in rows]
    kinds = {kind for row in split_rows for kind in row} | ({FieldClass.OPEN} if rows else set())
    for kind in kinds:
        parts.setdefault(kind, {})[name] = [row.get(kind, {}) for row in split_rows]


def class_at(section: Section, place: Iterable[str | int]) -> FieldClass:
    """The class of the question at a place in the answers; raises KeyError for none."""
    level, kind = section, FieldClass.OPEN
    for step in place:
        if isinstance(step, int):
            continue
        if step in level.repeats:
            level = level.repeats[step]
        else:
            kind = level.classes[step]
    return kind


def join(parts: Iterable[Answers]) -> Answers:
    """Put parts together again, rows of repeats side by side."""
    whole: Answers = {}
    for part in parts:
        for name, value in part.items():
            held = whole.get(name)
            if type(value) is list and type(held) is list:
                whole[name] = [
                    join((held[i], value[i])) for i in range(min(len(held), len(value)))
                ]
            else:
                whole[name] = value
    return whole
