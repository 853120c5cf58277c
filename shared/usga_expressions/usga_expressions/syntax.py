"""The syntax tree: frozen values that know where in the text they stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from usga_expressions.findings import Position


class Axis(StrEnum):
    """The directions a path may take in a form."""

    SELF = "self"
    PARENT = "parent"
    CHILD = "child"
    DEEP = "//"  # children of the nodes here and of all below
    DESCENDANT = "descendant"
    DESCENDANT_OR_SELF = "descendant-or-self"
    ANCESTOR = "ancestor"
    ANCESTOR_OR_SELF = "ancestor-or-self"
    PRECEDING_SIBLING = "preceding-sibling"
    FOLLOWING_SIBLING = "following-sibling"


class Start(StrEnum):
    """Where a path without an expression in front of it begins."""

    ROOT = "root"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class Text:
    """A text between quotes."""

    value: str
    position: Position


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written; expressions know doubles only."""

    value: float
    position: Position


@dataclass(frozen=True, slots=True)
class Reference:
    """`${name}`: a question, group or repeat of the form by its name."""

    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple["Expression", ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Negate:
    """The unary minus."""

    operand: "Expression"
    position: Position


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands: or, and, =, !=, <, <=, >, >=, +, -, *, div, mod."""

    operator: str
    left: "Expression"
    right: "Expression"
    position: Position


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path with its predicates."""

    axis: Axis
    name: str
    predicates: tuple["Expression", ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the root, from here, or from the nodes that an expression gives."""

    origin: "Expression | Start"
    steps: tuple[Step, ...]
    position: Position


Expression = Text | Number | Reference | Call | Negate | Binary | Path


def children(expression: Expression) -> Iterator[Expression]:
    """Yield the expressions directly inside this one."""
    match expression:
        case Call(arguments=arguments):
            yield from arguments
        case Negate(operand=operand):
            yield operand
        case Binary(left=left, right=right):
            yield left
            yield right
        case Path(origin=origin, steps=steps):
            if not isinstance(origin, Start):
                yield origin
            for step in steps:
                yield from step.predicates
        case _:
            return


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield the expression and everything inside it, without recursion."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(children(current))


def references(expression: Expression) -> tuple[str, ...]:
    """Return the names of all `${name}` in order of the text, each once."""
    found = sorted(
        (node for node in walk(expression) if isinstance(node, Reference)),
        key=lambda node: node.position.start,
    )
    return tuple(dict.fromkeys(node.name for node in found))
