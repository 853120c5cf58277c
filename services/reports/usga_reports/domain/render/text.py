"""Characters of other people's texts that no reader should meet, taken out before composing."""

import re
from collections.abc import Callable
from typing import Any

_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


def clean(text: str) -> str:
    """One line without control characters (C0, C1) and without bidirectional overrides.

    The latter make a text read differently from what it says (Unicode TR 36, section 3.3).
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", _BREAKS.sub(" ", text))


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every text in it changed, keys of objects not."""
    match value:
        case str():
            return change(value)
        case dict():
            return {key: mapped(item, change) for key, item in value.items()}
        case list() | tuple():
            return [mapped(item, change) for item in value]
    return value
