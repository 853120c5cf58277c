"""One tree for expressions that always say the same (ADR-0037).

Only what holds for every answer is taken for a rewriting: the order of `and` and `or` and how
they nest, what stands twice, the side on which a comparison is written, double negation, De
Morgan's rules, and `not(a = b)` for `a != b` where each side is one value. Of several answers of a
repeat `=` and `!=` can both be true, and an empty number is neither below nor above another, so
`not(a < b)` stays what it is.
"""

from typing import Any

from usga_expressions.syntax import (
    Axis,
    Binary,
    Call,
    Expression,
    Path,
    Reference,
    Start,
)

Shape = tuple[Any, ...]
_TURNED = {">": "<", ">=": "<="}
_OPPOSITE = {"=": "!=", "!=": "="}
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_OTHER = {"and": "or", "or": "and"}
_TRUTHS = frozenset({"not", "boolean", "true", "false"})
_NODES = frozenset({"randomize", "instance", "current"})
"""Functions that give nodes; the others give one value."""
TRUE, FALSE = ("true",), ("false",)


def normal(tree: Expression, *, single: frozenset[str], condition: bool = False) -> Shape:
    """The tree as a value that is equal for expressions that say the same.

    `single` are the questions that have one answer where the expression stands; a `condition` is
    read as true or false, whatever it is.
    """
    made = _Normal(single)
    return made.truth(tree) if condition else made.value(tree)


class _Normal:
    def __init__(self, single: frozenset[str]) -> None:
        self._single = single

    def value(self, part: Any) -> Any:
        """What it gives; what is true or false anyway is put into its one form."""
        if _is_truth(part):
            return self.truth(part)
        if isinstance(part, Call) and part.name == "if":
            condition, *rest = part.arguments
            return ("if", self.truth(condition), *map(self.value, rest))
        if isinstance(part, tuple):
            return tuple(map(self.value, part))
        fields = getattr(part, "__dataclass_fields__", None)
        if fields is None:
            return part
        kept = (self.value(getattr(part, name)) for name in fields if name != "position")
        return (type(part).__name__, *kept)

    def truth(self, part: Expression, *, denied: bool = False) -> Shape:
        """Whether it holds (denied: does not), with every negation as far inside as it goes."""
        match part:
            case Binary(operator="and" | "or" as operator, left=left, right=right):
                joined = _OTHER[operator] if denied else operator
                return _joined(joined, [self.truth(each, denied=denied) for each in (left, right)])
            case Call(name="not", arguments=(inner,)):
                return self.truth(inner, denied=not denied)
            case Call(name="boolean", arguments=(inner,)):
                return self.truth(inner, denied=denied)
            case Call(name="true" | "false" as name, arguments=()):
                return FALSE if (name == "true") is denied else TRUE
            case Binary(operator=operator, left=left, right=right) if operator in _COMPARISONS:
                return self._comparison(operator, left, right, denied=denied)
        found = ("truth", self.value(part))
        return ("not", found) if denied else found

    def _comparison(
        self, operator: str, left: Expression, right: Expression, *, denied: bool
    ) -> Shape:
        turned = denied and operator in _OPPOSITE and self._is_one(left) and self._is_one(right)
        if turned:
            operator = _OPPOSITE[operator]
        sides = [self.value(left), self.value(right)]
        if operator in _TURNED:
            operator = _TURNED[operator]
            sides.reverse()
        elif operator in _OPPOSITE:
            sides.sort(key=repr)
        found = ("compare", operator, *sides)
        return ("not", found) if denied and not turned else found

    def _is_one(self, part: Expression) -> bool:
        """Whether it is one value and never several nodes."""
        match part:
            case Reference(name=name):
                return name in self._single
            case Call(name=name):
                return name not in _NODES
            case Path(origin=Start.HERE, steps=steps):
                return all(s.axis is Axis.SELF and not s.predicates for s in steps)
            case Path():
                return False
        return True


def _is_truth(part: Any) -> bool:
    """Whether it gives true or false by its kind."""
    if isinstance(part, Call):
        return part.name in _TRUTHS
    return isinstance(part, Binary) and part.operator in _COMPARISONS | _OTHER.keys()


def _joined(operator: str, operands: list[Shape]) -> Shape:
    """Operands in one order, each once; those of the same operator inside count as its own."""
    nothing, decided = (TRUE, FALSE) if operator == "and" else (FALSE, TRUE)
    found: set[Shape] = set()
    for each in operands:
        found |= set(each[1:]) if each[0] == operator else {each}
    found.discard(nothing)
    if decided in found:
        return decided
    if len(found) <= 1:
        return found.pop() if found else nothing
    return (operator, *sorted(found, key=repr))
