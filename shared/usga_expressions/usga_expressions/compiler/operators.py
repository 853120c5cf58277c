"""Code of the operators: arithmetic, comparison by XPath 1.0 section 3.4, logic."""

from usga_expressions.compiler.code import (
    Code,
    ValueKind,
    number_of,
    numbers_of,
    text_of,
    texts_of,
)

_NUMBER, _BOOLEAN, _DATE = ValueKind.NUMBER, ValueKind.BOOLEAN, ValueKind.DATE
_TEXTUAL = (ValueKind.TEXT, ValueKind.NODE)
ARITHMETIC = frozenset({"+", "-", "*", "div", "mod"})
ORDER = frozenset({"<", "<=", ">", ">="})


def truth_of(code: Code, *, javarosa: bool = False) -> str:
    """Source of the value as a condition; a path holds when it exists (letter)."""
    match code.kind:
        case ValueKind.BOOLEAN:
            return code.source
        case ValueKind.NUMBER:
            return f"number_boolean({code.source})"
        case ValueKind.NODE | ValueKind.NODES:
            return _node_truth(code, javarosa=javarosa)
        case ValueKind.VALUE:
            return f"value_boolean({code.source})"
        case _:
            return f"({code.source} != '')"


def _node_truth(code: Code, *, javarosa: bool) -> str:
    if javarosa:
        return f"({text_of(code)} not in ('', '0'))"
    return "True" if code.kind is ValueKind.NODE else f"(len({code.source}) > 0)"


def arithmetic(operator: str, left: Code, right: Code) -> Code:
    """Code of +, -, *, div, mod."""
    a, b = number_of(left), number_of(right)
    if operator == "div":
        return Code(f"divide({a}, {b})", _NUMBER)
    if operator == "mod":
        return Code(f"modulo({a}, {b})", _NUMBER)
    return Code(f"({a} {operator} {b})", _NUMBER)


def logical(operator: str, parts: list[str]) -> Code:
    """Code of and, or over sources of conditions."""
    return Code("(" + f" {operator} ".join(parts) + ")", _BOOLEAN)


def compare(operator: str, left: Code, right: Code, *, javarosa: bool = False) -> Code:
    """Code of =, !=, <, <=, >, >=."""
    if operator in ORDER:
        return _ordered(operator, left, right)
    same = operator == "="
    kinds = (left.kind, right.kind)
    if _BOOLEAN in kinds:
        sign = "is" if same else "is not"
        a, b = (truth_of(code, javarosa=javarosa) for code in (left, right))
        return Code(f"(({a}) {sign} ({b}))", _BOOLEAN)
    if ValueKind.NODES in kinds:
        return _over_nodes(same, left, right)
    return _over_scalars(same=same, left=left, right=right)


def _over_scalars(*, same: bool, left: Code, right: Code) -> Code:
    kinds = (left.kind, right.kind)
    sign = "==" if same else "!="
    if _NUMBER in kinds:
        return Code(f"({number_of(left)} {sign} {number_of(right)})", _BOOLEAN)
    if _DATE not in kinds and ValueKind.VALUE not in kinds:
        return Code(f"({text_of(left)} {sign} {text_of(right)})", _BOOLEAN)
    if _DATE in kinds:
        # the date of no number equals nothing, as no number does
        of_number = any(code.kind is _DATE and code.number for code in (left, right))
        function = "same_known_moment" if of_number else "same_moment"
        source = f"{function}(f, {text_of(left)}, {text_of(right)})"
    else:
        source = f"value_equal(f, {left.source}, {right.source})"
    return Code(source if same else f"(not {source})", _BOOLEAN)


def _ordered(operator: str, left: Code, right: Code) -> Code:
    if ValueKind.NODES not in (left.kind, right.kind):
        return Code(f"({number_of(left)} {operator} {number_of(right)})", _BOOLEAN)
    source = f"any(a {operator} b for a in {numbers_of(left)} for b in {numbers_of(right)})"
    return Code(source, _BOOLEAN)


def _over_nodes(same: bool, left: Code, right: Code) -> Code:
    for one, other in ((left, right), (right, left)):
        if one.optional and other.kind in _TEXTUAL:
            text = text_of(other)
            if same:
                return Code(f"({one.optional} == {text})", _BOOLEAN)
            return Code(f"({one.optional} not in (None, {text}))", _BOOLEAN)
    name = "any_equal" if same else "any_differ"
    if _NUMBER in (left.kind, right.kind):
        return Code(f"{name}({numbers_of(left)}, {numbers_of(right)})", _BOOLEAN)
    return Code(f"{name}({texts_of(left)}, {texts_of(right)})", _BOOLEAN)
