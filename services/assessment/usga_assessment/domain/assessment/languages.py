"""In which languages an instrument is complete."""

from collections.abc import Iterator, Mapping
from typing import Any


def complete_languages(document: Mapping[str, Any]) -> list[str]:
    """The instrument's languages that have every label and hint that any language has."""
    texts = list(_texts(document))
    return [
        language
        for language in document.get("languages", ())
        if all(text.get(language) for text in texts)
    ]


def _texts(document: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    for choices in document.get("choice_lists", {}).values():
        for choice in choices:
            yield from _given(choice.get("label"))
    stack = list(document.get("nodes", ()))
    while stack:
        node = stack.pop()
        for name in ("label", "hint", "constraint_message"):
            yield from _given(node.get(name))
        stack.extend(node.get("children", ()))


def _given(text: Any) -> Iterator[Mapping[str, str]]:
    """The text, if it is said in any language."""
    if isinstance(text, Mapping) and any(text.values()):
        yield text
