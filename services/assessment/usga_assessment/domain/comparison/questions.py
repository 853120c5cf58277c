"""The questions of a document as a comparison sees them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from usga_expressions.parser import parse

from usga_assessment.domain.comparison.normal import normal

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with all that governs its answers."""

    name: str
    type: str
    repeat: str | None
    universe: tuple[str, ...]
    codes: Mapping[str, Texts]
    code_list: str | None
    node: Mapping[str, Any]
    single: frozenset[str] = frozenset()
    """The questions that have one answer where this one stands."""

    def text(self, key: str) -> str | None:
        """A property of its row, None when it is empty."""
        value = self.node.get(key)
        return None if value in (None, "") else str(value)

    def texts(self, key: str) -> Texts:
        """Texts by language."""
        return self.node.get(key) or {}


def questions(document: Mapping[str, Any]) -> dict[str, Question]:
    """The questions of a document by name, in the order of the form."""
    lists = document.get("choice_lists") or {}
    found: dict[str, Question] = {}
    inside: dict[str | None, set[str]] = {}
    _by_repeat(document["nodes"], None, inside)
    outside = inside.get(None, set())
    single = {repeat: frozenset(outside | names) for repeat, names in inside.items()}
    for question in _read(document["nodes"], lists, (), None):
        taken = question.name in found  # names are unique in their repeat alone
        found[f"{question.repeat}.{question.name}" if taken else question.name] = replace(
            question, single=single[question.repeat]
        )
    return found


def _by_repeat(
    nodes: Sequence[Mapping[str, Any]], repeat: str | None, found: dict[str | None, set[str]]
) -> None:
    for node in nodes:
        if node["kind"] == "question":
            found.setdefault(repeat, set()).add(node["name"])
        else:
            inner = node["name"] if node["kind"] == "repeat" else repeat
            _by_repeat(node.get("children") or (), inner, found)


def _read(
    nodes: Sequence[Mapping[str, Any]],
    lists: Mapping[str, Sequence[Mapping[str, Any]]],
    universe: tuple[str, ...],
    repeat: str | None,
) -> Iterator[Question]:
    for node in nodes:
        relevant = node.get("relevant")
        governing = (*universe, relevant) if relevant else universe
        if node["kind"] != "question":
            inner = node["name"] if node["kind"] == "repeat" else repeat
            yield from _read(node.get("children") or (), lists, governing, inner)
            continue
        code_list = node.get("list") or (node.get("attributes") or {}).get("list")
        codes = {str(c["name"]): c.get("label") or {} for c in lists.get(code_list or "", ())}
        distinct = tuple(dict.fromkeys(governing))
        yield Question(node["name"], node["type"], repeat, distinct, codes, code_list, node)


def same_expression(
    one: str | None, other: str | None, *, single: frozenset[str], condition: bool
) -> bool:
    """Whether two expressions always say the same, however they are written."""
    if one == other or not one or not other:
        return one == other
    return meaning(one, single, condition) == meaning(other, single, condition)


@lru_cache(maxsize=8192)
def meaning(expression: str, single: frozenset[str], condition: bool) -> object:
    """The normal form of an expression; the text itself when it cannot be read."""
    tree = parse(expression).expression
    return expression if tree is None else normal(tree, single=single, condition=condition)
