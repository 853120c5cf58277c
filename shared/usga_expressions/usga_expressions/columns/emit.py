"""From the syntax tree to pieces of an Ibis expression."""

import operator as op
from collections.abc import Mapping
from typing import Any

from usga_expressions.columns.functions import FUNCTIONS
from usga_expressions.columns.operators import arithmetic, equality, order
from usga_expressions.columns.piece import Piece, Variable, as_number, as_truth, known
from usga_expressions.compiler.code import ValueKind
from usga_expressions.findings import Finding, error
from usga_expressions.syntax import Binary, Call, Expression, Negate, Number, Reference, Text


class Emitter:
    """Emits one expression over a codebook; collects what it reads and what it cannot do."""

    def __init__(self, variables: Mapping[str, Variable]) -> None:
        self._variables = variables
        self.findings: list[Finding] = []
        self.uses: set[str] = set()

    def emit(self, expression: Expression) -> Piece:  # noqa: PLR0911 - one for each node
        """Return the piece of an expression."""
        match expression:
            case Text(value=text):
                return known(text)
            case Number(value=number):
                return known(number)
            case Reference(name=name):
                return self._reference(name, expression)
            case Negate(operand=operand):
                return self._negate(operand)
            case Binary():
                return self._binary(expression)
            case Call():
                return self._call(expression)
            case _:
                return self._fail("a path has no column", expression)

    def _fail(self, message: str, at: Expression, code: str = "unsupported-in-columns") -> Piece:
        self.findings.append(error(code, message, at.position))
        return known("")

    def _reference(self, name: str, at: Expression) -> Piece:
        variable = self._variables.get(name)
        if variable is None:
            return self._fail(f"there is no variable named {name}", at, "unknown-name")
        self.uses.add(name)
        column = variable.column
        return Piece(ValueKind.NODE, lambda table: table[column], numeric=variable.numeric)

    def _negate(self, operand: Expression) -> Piece:
        number = as_number(self.emit(operand))
        if isinstance(number.constant, float):
            return known(-number.constant)
        return Piece(ValueKind.NUMBER, lambda table: -number.build(table))

    def _binary(self, expression: Binary) -> Piece:
        operator = expression.operator
        left, right = self.emit(expression.left), self.emit(expression.right)
        if operator in ("and", "or"):
            return self._logical(operator, as_truth(left), as_truth(right))
        if operator in ("=", "!="):
            found = equality(left, right, same=operator == "=")
            if found is None:
                message = "a number of each row cannot be compared as text"
                return self._fail(message, expression)
            return found
        if operator in ("<", "<=", ">", ">="):
            return order(operator, left, right)
        return arithmetic(operator, left, right)

    @staticmethod
    def _logical(operator: str, left: Piece, right: Piece) -> Piece:
        combine: Any = op.and_ if operator == "and" else op.or_
        return Piece(
            ValueKind.BOOLEAN, lambda table: combine(left.build(table), right.build(table))
        )

    def _call(self, call: Call) -> Piece:
        known_function = FUNCTIONS.get(call.name)
        if known_function is None:
            return self._fail(f"{call.name}() is not available over columns", call)
        least, most, build = known_function
        if not least <= len(call.arguments) <= most:
            return self._fail(
                f"{call.name}() has a wrong number of arguments", call, "wrong-argument-count"
            )
        found = build([self.emit(argument) for argument in call.arguments])
        if found is None:
            return self._fail(f"{call.name}() cannot take these arguments over columns", call)
        return found
