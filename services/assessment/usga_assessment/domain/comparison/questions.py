"""The questions of a document as a comparison sees them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from usga_expressions.parser import parse

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
    for question in _read(document["nodes"], lists, (), None):
        taken = question.name in found  # names are unique in their repeat alone
        found[f"{question.repeat}.{question.name}" if taken else question.name] = question
    return found


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


def same_expression(one: str | None, other: str | None) -> bool:
    """Whether two expressions are one, however they are spaced and quoted."""
    return one == other or (bool(one) and bool(other) and meaning(one) == meaning(other))


@lru_cache(maxsize=8192)
def meaning(expression: str | None) -> object:
    """The syntax tree without positions; the text itself when it cannot be read."""
    if not expression:
        return None
    tree = parse(expression).expression
    return expression if tree is None else _shape(tree)


def _shape(part: Any) -> object:
    if isinstance(part, tuple):
        return tuple(_shape(each) for each in part)
    fields = getattr(part, "__dataclass_fields__", None)
    if fields is None:
        return part
    kept = (_shape(getattr(part, name)) for name in fields if name != "position")
    return (type(part).__name__, *kept)
