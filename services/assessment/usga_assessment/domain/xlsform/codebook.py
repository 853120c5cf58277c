"""The codebook of an instrument: what each variable is, which codes it has, whom it was asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from usga_assessment.domain.xlsform.repeat_choices import from_answers

ASKS_NOTHING = frozenset({"note", "acknowledge"})
Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable; `universe` is the relevance that governs it, null when it is always asked."""

    name: str
    type: str
    repeat: str | None
    module: str | None
    label: Texts
    codes: tuple[tuple[str, Texts], ...]
    code_list: str | None
    universe: str | None
    calculation: str | None
    sensitivity: int
    field_class: str


def codebook(document: dict[str, Any]) -> list[Variable]:
    """All variables of an instrument document, in the order of the form."""
    nodes = document["nodes"]
    repeats = dict(_repeats(nodes, None))
    return [
        replace(each, code_list=_from_repeat(each.code_list, repeats))
        if from_answers(each.code_list)
        else each
        for each in _variables(nodes, document["choice_lists"], (), None)
    ]


def _repeats(nodes: list[dict[str, Any]], repeat: str | None) -> Iterator[tuple[str, str | None]]:
    for node in nodes:
        inner = node["name"] if node["kind"] == "repeat" else repeat
        yield node["name"], inner
        if node["kind"] != "question":
            yield from _repeats(node["children"], inner)


def _from_repeat(code_list: str | None, repeats: dict[str, str | None]) -> str:
    """Say in which repeat the answers stand that a select offers."""
    name = (code_list or "").strip("${} ").rpartition("/")[2]
    return f"from the repeat {repeats.get(name) or name}"


@dataclass(frozen=True, slots=True)
class Section:
    """A group or repeat of the form; `universe` is the relevance that governs it."""

    name: str
    kind: str
    module: str | None
    label: Texts
    universe: str | None
    within: str | None
    variables: tuple[str, ...]


def sections(document: dict[str, Any]) -> list[Section]:
    """All sections of an instrument document, outer before inner, in the order of the form."""
    return list(_sections(document["nodes"], (), None))


def _sections(
    nodes: list[dict[str, Any]], conditions: tuple[str, ...], within: str | None
) -> Iterator[Section]:
    for node in nodes:
        if node["kind"] == "question":
            continue
        relevant = relevance(node)
        governing = (*conditions, relevant) if relevant else conditions
        asked = [child for child in node["children"] if child["kind"] == "question"]
        yield Section(
            name=node["name"],
            kind=node["kind"],
            module=node["module"],
            label=node["label"],
            universe=_both(governing),
            within=within,
            variables=tuple(c["name"] for c in asked if c["type"] not in ASKS_NOTHING),
        )
        yield from _sections(node["children"], governing, node["name"])


def relevance(node: dict[str, Any]) -> str | None:
    """The relevance of a node, also where only a tablet can work it out."""
    found: str | None = node["relevant"] or node.get("client_only", {}).get("relevant")
    return found


def _variables(
    nodes: list[dict[str, Any]],
    lists: dict[str, list[dict[str, Any]]],
    conditions: tuple[str, ...],
    repeat: str | None,
) -> Iterator[Variable]:
    for node in nodes:
        relevant = relevance(node)
        governing = (*conditions, relevant) if relevant else conditions
        if node["kind"] != "question":
            inner = node["name"] if node["kind"] == "repeat" else repeat
            yield from _variables(node["children"], lists, governing, inner)
        elif node["type"] not in ASKS_NOTHING:
            code_list = node["list"] or node["attributes"].get("list")
            yield Variable(
                name=node["name"],
                type=node["type"],
                repeat=repeat,
                module=node["module"],
                label=node["label"],
                codes=tuple((c["name"], c["label"]) for c in lists.get(code_list or "", [])),
                code_list=code_list,
                universe=_both(governing),
                calculation=node["calculation"],
                sensitivity=node["sensitivity"],
                field_class=node["field_class"],
            )


def _both(conditions: tuple[str, ...]) -> str | None:
    distinct = tuple(dict.fromkeys(conditions))
    if len(distinct) <= 1:
        return distinct[0] if distinct else None
    return " and ".join(f"({condition})" for condition in distinct)
