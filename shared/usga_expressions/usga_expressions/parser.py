"""From tokens to the syntax tree: precedence climbing over the grammar of XPath 1.0."""

from dataclasses import dataclass, replace
from functools import lru_cache

from usga_expressions.findings import Finding, Position, error
from usga_expressions.lexer import Token, TokenKind, tokenize
from usga_expressions.syntax import (
    Axis,
    Binary,
    Call,
    Expression,
    Negate,
    Number,
    Path,
    Reference,
    Start,
    Step,
    Text,
)

#: Deeper nesting, and longer chains of one operator, are refused; a sum of 80 items is enough.
MAX_DEPTH = 80

#: The last texts with their trees: a compiler asks for the same one several times in a row.
REMEMBERED = 64

_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
}
_UNARY = 7
_AXES = frozenset(axis.value for axis in Axis if axis is not Axis.DEEP)
_NAME_THEM = "name the questions: a device has more nodes than the form shows"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree, or the findings that say why there is none."""

    expression: Expression | None
    findings: tuple[Finding, ...]


class _SyntaxError(Exception):
    """Carries one finding out of the parser; never leaves this module."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@lru_cache(maxsize=REMEMBERED)
def parse(text: str) -> Parsed:
    """Parse one expression; never raises for what its author wrote."""
    tokens, findings = tokenize(text)
    if findings:
        return Parsed(None, tuple(findings))
    if len(tokens) == 1:
        return Parsed(None, (error("empty-expression", "there is no expression"),))
    parser = _Parser(tokens)
    try:
        expression = parser.expression(0)
        parser.expect_end()
    except _SyntaxError as problem:
        return Parsed(None, (problem.finding,))
    return Parsed(expression, ())


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _has(self, value: str) -> bool:
        token = self._token
        return token.value == value and token.kind in (TokenKind.SYMBOL, TokenKind.OPERATOR)

    def _take(self, value: str) -> bool:
        if self._has(value):
            self._at += 1
            return True
        return False

    def _fail(self, code: str, message: str, *, hint: str | None = None) -> _SyntaxError:
        return _SyntaxError(error(code, message, self._token.position, hint=hint))

    def _unexpected(self, expected: str) -> _SyntaxError:
        token = self._token
        found = f"{token.value!r}" if token.kind is not TokenKind.END else "the end"
        hint = "write a single = to compare" if token.value == "=" else None
        return _SyntaxError(
            error(
                "syntax",
                f"{found} stands where {expected} belongs",
                token.position,
                expected=expected,
                hint=hint,
            )
        )

    def _require(self, value: str) -> Token:
        if not self._has(value):
            raise self._unexpected(value)
        return self._next()

    def expect_end(self) -> None:
        if self._token.kind is not TokenKind.END:
            raise self._unexpected("an operator or the end")

    def _deeper(self, levels: int = 1) -> None:
        self._depth += levels
        if self._depth > MAX_DEPTH:
            raise self._fail(
                "too-complex",
                f"more than {MAX_DEPTH} levels or terms",
                hint="split the expression over several calculates",
            )

    def expression(self, floor: int) -> Expression:
        """Parse operators that bind tighter than `floor`."""
        self._deeper()
        left = self._unary()
        chain = 0
        while True:
            token = self._token
            if token.kind is not TokenKind.OPERATOR:
                break
            if token.value == "|":
                hint = "no device unites paths: write one expression for each, or `or`"
                raise self._fail("unsupported-union", "paths cannot be united", hint=hint)
            precedence = _PRECEDENCE[token.value]
            if precedence <= floor:
                break
            self._at += 1
            chain += 1
            self._deeper()
            right = self.expression(precedence)
            left = Binary(token.value, left, right, _span(left, right))
        self._depth -= chain + 1
        return left

    def _unary(self) -> Expression:
        if self._token.kind is TokenKind.OPERATOR and self._token.value == "-":
            start = self._next().position.start
            self._deeper()
            operand = self._unary()
            self._depth -= 1
            return Negate(operand, Position(start, operand.position.end))
        return self._path()

    def _path(self) -> Expression:
        token = self._token
        primary = self._primary()
        if primary is None:
            return self._location(token)
        steps: list[Step] = []
        if self._has("["):
            steps.append(self._step_end(Axis.SELF, "", primary.position.start))
        steps += self._further()
        if not steps:
            return primary
        end = steps[-1].position.end
        return Path(primary, tuple(steps), Position(primary.position.start, end))

    def _primary(self) -> Expression | None:
        token = self._token
        match token.kind:
            case TokenKind.TEXT:
                self._at += 1
                return Text(token.value, token.position)
            case TokenKind.NUMBER:
                self._at += 1
                return Number(float(token.value), token.position)
            case TokenKind.REFERENCE:
                self._at += 1
                return Reference(token.value, token.position)
            case TokenKind.NAME if self._tokens[self._at + 1].value == "(" and (
                self._tokens[self._at + 1].kind is TokenKind.SYMBOL
            ):
                return self._call()
            case TokenKind.SYMBOL if token.value == "(":
                self._at += 1
                inner = self.expression(0)
                self._require(")")
                return inner
            case _:
                return None

    def _call(self) -> Call:
        name = self._next()
        self._require("(")
        arguments: list[Expression] = []
        if not self._has(")"):
            arguments.append(self.expression(0))
            while self._take(","):
                arguments.append(self.expression(0))
        end = self._require(")").position.end
        return Call(name.value, tuple(arguments), Position(name.position.start, end))

    def _location(self, token: Token) -> Path:
        start = token.position.start
        if self._take("/"):
            steps = [self._step()]
            origin = Start.ROOT
        elif self._has("//"):
            steps = []
            origin = Start.ROOT
        else:
            steps = [self._step()]
            origin = Start.HERE
        steps += self._further()
        return Path(origin, tuple(steps), Position(start, steps[-1].position.end))

    def _further(self) -> list[Step]:
        steps = []
        while self._has("/") or self._has("//"):
            deep = self._next().value == "//"
            step = self._step()
            if deep and step.axis is not Axis.CHILD:
                raise self._fail(
                    "unsupported-path", "only a name can follow `//`", hint="write the whole path"
                )
            steps.append(replace(step, axis=Axis.DEEP) if deep else step)
        return steps

    def _step(self) -> Step:
        token = self._token
        if token.kind is TokenKind.NAME:
            self._at += 1
            if self._has("::"):
                return self._named_axis(token)
            if self._has("("):
                raise self._fail("unsupported-axis", f"{token.value} is not supported in a path")
            return self._step_end(Axis.CHILD, token.value, token.position.start)
        if self._take(".."):
            return self._step_end(Axis.PARENT, "", token.position.start)
        if self._take("."):
            return self._step_end(Axis.SELF, "", token.position.start)
        if token.value in ("*", "@") and token.kind is TokenKind.SYMBOL:
            raise self._fail(
                "unsupported-path", f"`{token.value}` is not supported in a path", hint=_NAME_THEM
            )
        raise self._unexpected("a value, a function or a path")

    def _named_axis(self, axis: Token) -> Step:
        """Read `axis::name`, `self::node()` or `parent::node()`."""
        self._require("::")
        if axis.value not in _AXES:
            message = f"the axis {axis.value} is not supported"
            raise self._fail("unsupported-axis", message, hint="write the whole path")
        if self._token.kind is not TokenKind.NAME:
            message = f"a name must follow {axis.value}::"
            raise self._fail("unsupported-axis", message, hint=_NAME_THEM)
        name, start = self._next().value, axis.position.start
        if not self._has("("):
            return self._step_end(Axis(axis.value), name, start)
        if name == "node" and axis.value in ("self", "parent"):
            self._require("(")
            self._require(")")
            return self._step_end(Axis(axis.value), "", start)
        raise self._fail("unsupported-axis", f"{name}() is not supported here", hint=_NAME_THEM)

    def _step_end(self, axis: Axis, name: str, start: int) -> Step:
        predicates: list[Expression] = []
        while self._take("["):
            predicates.append(self.expression(0))
            self._require("]")
        end = self._tokens[self._at - 1].position.end
        return Step(axis, name, tuple(predicates), Position(start, end))


def _span(left: Expression, right: Expression) -> Position:
    return Position(left.position.start, right.position.end)
