"""Pieces of generated Python, with the kind of value that they give."""

from ast import literal_eval
from dataclasses import dataclass
from enum import StrEnum

from usga_expressions.coercion import value_text


class ValueKind(StrEnum):
    """What a piece of code gives at run time."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"  # ISO 8601 text that compares as a moment
    VALUE = "value"  # text, number or boolean, known only at run time
    NODE = "node"  # exactly one question: its text, and its number
    NODES = "nodes"  # any number of questions, repeat instances or rows


_NAMED = {"NAN": "NaN", "INFINITY": "Infinity", "MINUS_INFINITY": "-Infinity"}


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression and its kind.

    Of a NODE `source` is its text and `number` its number (of a DATE too, where it was one);
    of NODES `source` is a list of scopes or rows, `texts` and `numbers` the lists of their
    values. `constant` code is folded.
    """

    source: str
    kind: ValueKind
    number: str = ""
    texts: str = ""
    numbers: str = ""
    constant: bool = False
    words: str = ""  # of a NODE: source of the list of its words, where it is at hand
    optional: str = ""  # of a row's cell: source of the text or None when it is absent


def text_of(code: Code) -> str:
    """Source of the value as text (XPath string())."""
    match code.kind:
        case ValueKind.TEXT | ValueKind.DATE | ValueKind.NODE:
            return code.source
        case ValueKind.NUMBER:
            return f"number_text({code.source})"
        case ValueKind.BOOLEAN:
            return f"boolean_text({code.source})"
        case ValueKind.NODES if code.optional:
            return f"({code.optional} or '')"
        case ValueKind.NODES:
            return f"first({code.texts})"
        case _:
            return f"value_text({code.source})"


def words_of(code: Code) -> str:
    """Source of the list of words of the value as text."""
    return code.words or f"{text_of(code)}.split()"


def number_of(code: Code) -> str:  # noqa: PLR0911 - one return for each kind
    """Source of the value as a number (XPath number(), with dates as days)."""
    match code.kind:
        case ValueKind.NUMBER:
            return code.source
        case ValueKind.BOOLEAN:
            return f"(1.0 if {code.source} else 0.0)"
        case ValueKind.NODE:
            return code.number
        case ValueKind.TEXT:
            return f"number(f, {code.source})"
        case ValueKind.DATE:
            return code.number or f"f.days({code.source})"
        case ValueKind.NODES:
            return f"first_number({code.numbers})"
        case _:
            return f"value_number(f, {code.source})"


def scalar_of(code: Code) -> str:
    """Source of the value as it is, nodes as text."""
    if code.kind is ValueKind.NODES:
        return text_of(code)
    return code.source


def texts_of(code: Code) -> str:
    """Source of a list with the text of every node, or of the one value."""
    return code.texts if code.kind is ValueKind.NODES else f"[{text_of(code)}]"


def numbers_of(code: Code) -> str:
    """Source of a list with the number of every node, or of the one value."""
    return code.numbers if code.kind is ValueKind.NODES else f"[{number_of(code)}]"


def known_text(code: Code) -> str | None:
    """Return the text of a constant; None for what depends on an interview."""
    if not code.constant:
        return None
    return _NAMED.get(code.source) or value_text(literal_eval(code.source))


def constant(value: object) -> Code:
    """Code of a known value."""
    if isinstance(value, bool):
        return Code(repr(value), ValueKind.BOOLEAN, constant=True)
    if isinstance(value, float):
        source = repr(value)
        if source in ("inf", "-inf", "nan"):
            source = {"inf": "INFINITY", "-inf": "MINUS_INFINITY", "nan": "NAN"}[source]
        return Code(source, ValueKind.NUMBER, constant=True)
    return Code(repr(value_text(value)), ValueKind.TEXT, constant=True)
