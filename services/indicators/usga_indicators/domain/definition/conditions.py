"""Which expressions are conditions: true or false of each person, and nothing in between.

Of a condition the counts of people say everything. Any other expression gives numbers that can
carry an answer in disguise, such as `if(${q} = 'yes', 101, 100) * 1000`; what its cells may show
is judged by the numbers themselves (rule D-01).
"""

from functools import lru_cache

from usga_expressions.syntax import Binary, Call, Expression, Number, Text

from usga_indicators.domain.definition.model import (
    Definition,
    Method,
    Source,
    StatisticKind,
    UnitMeasure,
)
from usga_indicators.domain.definition.parsing import parsed

_TRUTHS = frozenset({"and", "or", "=", "!=", "<", "<=", ">", ">="})
_ANSWERS = frozenset({"not", "selected", "starts-with", "true", "false"})
#: True or false where all their arguments are.
_OF_TRUTHS = frozenset({"coalesce", "min", "max"})


@lru_cache(maxsize=4096)
def is_condition(text: str) -> bool:
    """Whether an expression is 0 or 1 (or unknown) whatever people answer."""
    tree = parsed(text).expression if text else None
    return tree is not None and _is_truth(tree)


def _is_truth(tree: Expression) -> bool:
    match tree:
        case Number(value=value):
            return value in {0.0, 1.0}
        case Binary(operator="*", left=left, right=right):
            return _is_truth(left) and _is_truth(right)
        case Binary(operator=operator):
            return operator in _TRUTHS
        case Call():
            return _is_true_or_false(tree)
        case _:
            return False


def _is_true_or_false(call: Call) -> bool:
    match call:
        case Call(name="if", arguments=(_, yes, no)):
            return _is_truth(yes) and _is_truth(no)
        case Call(name="number", arguments=(Text(value=""),)):
            return True  # nobody knows
        case Call(name=name, arguments=arguments) if name in _OF_TRUTHS:
            return all(_is_truth(each) for each in arguments)
        case _:
            return call.name in _ANSWERS


def is_of_conditions(definition: Definition) -> bool:
    """Whether numerators, and a denominator where there is one, are conditions."""
    tops = [p.numerator for p in definition.parts] or [definition.numerator]
    return all(map(is_condition, [*tops, definition.denominator or "1"]))


def needs_values(definition: Definition) -> bool:
    """Whether counts of people do not say all that its cells tell of them.

    Percentages of people who count once each, as yes or no, are judged by numerator and
    complement. Rates of records and what methods of their own count are of events.
    """
    if definition.method is not Method.EXPRESSION:
        return False
    events = definition.source is Source.ADMINISTRATIVE
    if events and definition.statistic is StatisticKind.RATE:
        return False
    if definition.statistic in {StatisticKind.QUANTILE, StatisticKind.DIFFERENCE}:
        return True
    several = (
        definition.unit_measure is not UnitMeasure.PERCENT
        or definition.is_of_rows
        or definition.count_by
        or definition.weigh_by
        or definition.minimum_valid
        or definition.denominator
    )
    return bool(several) or not is_of_conditions(definition)
