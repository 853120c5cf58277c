"""From the syntax tree to code."""

from dataclasses import replace

from usga_expressions.compiler import itemset, operators, paths, rows
from usga_expressions.compiler.axes import advance
from usga_expressions.compiler.code import Code, ValueKind, constant, number_of, scalar_of, text_of
from usga_expressions.compiler.conditions import refer_in_condition
from usga_expressions.compiler.focus import Focus, Work
from usga_expressions.compiler.library import PLAIN, Plain
from usga_expressions.compiler.paths import Cursor
from usga_expressions.compiler.runtime import NAMESPACE
from usga_expressions.compiler.special import SPECIAL
from usga_expressions.findings import error
from usga_expressions.form import Definition, Kind
from usga_expressions.functions import strings
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
    Text,
)

#: Characters of generated code; some functions write an argument more than once.
MAX_CODE = 200_000
_FAILED = Code("''", ValueKind.TEXT)


class Emitter:
    """Emits code for expressions that stand at one focus."""

    def __init__(self, work: Work, focus: Focus) -> None:
        self.work = work
        self.focus = focus

    def emit(self, expression: Expression) -> Code:
        """Return the code of an expression; what cannot be compiled becomes a finding."""
        code = self._emit(expression)
        if len(code.source) + len(code.texts) + len(code.numbers) > MAX_CODE:
            message = "the expression is too large when it is written out"
            return self.fail("too-complex", message, expression)
        return code

    def _emit(self, expression: Expression) -> Code:  # noqa: PLR0911 - one for each node
        match expression:
            case Text(value=text):
                return constant(text)
            case Number(value=number):
                return constant(number)
            case Reference():
                cursor = self._refer(expression)
                return _FAILED if cursor is None else paths.code_of(self.work, cursor)
            case Negate(operand=operand):
                return self._negate(self.emit(operand))
            case Binary():
                return self._binary(expression)
            case Call():
                return self._call(expression)
            case Path():
                return self._path(expression)

    def truth(self, code: Code) -> str:
        """Source of a value as a condition."""
        return operators.truth_of(code, javarosa=self.work.javarosa)

    def nodes(self, expression: Expression) -> Code:
        """Code of an argument that must be nodes; one node is a list of one."""
        code = self.emit(expression)
        if code.kind is ValueKind.NODES:
            return code
        if code.kind is ValueKind.NODE:
            return Code(
                f"[{code.source}]",
                ValueKind.NODES,
                texts=f"[{code.source}]",
                numbers=f"[{code.number}]",
            )
        if code is not _FAILED:
            self.fail("not-nodes", "questions or repeats belong here", expression)
        return Code("[]", ValueKind.NODES, texts="[]", numbers="[]")

    def here(self, call: Call) -> Code:
        """Code of the node where the expression stands."""
        if self.focus.definition is None:
            return self.fail("missing-argument", f"{call.name}() needs an argument here", call)
        return paths.code_of(self.work, self._here())

    def fail(self, code: str, message: str, at: Expression) -> Code:
        """Note a finding and go on."""
        self.work.findings.append(error(code, message, at.position))
        return _FAILED

    def definition(self, expression: Expression) -> Definition | None:
        """The question, group or repeat that a reference or path names."""
        cursor = self.cursor(expression)
        return None if cursor is None or cursor.empty else cursor.definition

    def cursor(self, expression: Expression) -> Cursor | None:
        """The place in the form that a reference or path names."""
        if isinstance(expression, Reference):
            return self._refer(expression)
        if isinstance(expression, Path):
            return self._form_path(expression)
        self.fail("not-nodes", "a question or repeat belongs here", expression)
        return None

    def check_pattern(self, source: str, at: Expression) -> None:
        """Note a pattern that cannot be read, or that a long answer could choke."""
        if strings.pattern(source) is None:
            self.fail("invalid-pattern", "the pattern of regex() has an error", at)
        elif not strings.is_linear(source):
            message = "what is repeated may be read in many ways, and looks around"
            self.fail("risky-pattern", message, at)

    def _here(self) -> Cursor:
        assert self.focus.definition is not None
        return Cursor(self.focus.definition, self.focus.scope, single=True)

    def _test(self, predicate: Expression, focus: Focus) -> str:
        inner = Emitter(self.work, focus)
        code = inner.emit(predicate)
        if code.kind is ValueKind.NUMBER:
            self.work.sized = True
            return f"({focus.position} == {code.source})"
        return inner.truth(code)

    def _path(self, path: Path) -> Code:
        origin = path.origin
        if isinstance(origin, Call) and origin.name == "instance":
            found = rows.instance_path(self.work, origin, path.steps, self._test, self.emit)
            return found or _FAILED
        if origin is Start.HERE and self.focus.row:
            column = rows.column_name(path)
            if column is None:
                message = "only a column of the list can stand here"
                return self.fail("unsupported-path", message, path)
            return rows.column_code(self.work, self.focus.row, column)
        cursor = self._form_path(path)
        return _FAILED if cursor is None else paths.code_of(self.work, cursor)

    def _form_path(self, path: Path) -> Cursor | None:
        cursor, steps = self._origin(path), path.steps
        if path.origin is Start.ROOT and steps[0].axis is not Axis.DEEP:
            steps = steps[1:]  # the first step names the root, whatever a form calls it
        for step in steps:
            if cursor is None:
                return None
            cursor = advance(self.work, cursor, step, self._test)
        return cursor

    def _origin(self, path: Path) -> Cursor | None:
        match path.origin:
            case Start.ROOT:
                return paths.root_cursor(self.work)
            case Start.HERE:
                if self.focus.definition is not None:
                    return self._here()
            case Reference() as reference:
                return self._refer(reference)
            case Call(name="current"):
                return Cursor(self.work.at, self.work.scope(), single=True)
            case Path() as inner:
                return self._form_path(inner)
            case _:
                pass
        self.fail("unsupported-path", "a path cannot start here", path)
        return None

    def _refer(self, reference: Reference) -> Cursor | None:
        select = self.focus.select
        target = self.work.form.find(reference.name, self.work.at) if select else None
        if select is not None and target is not None:
            return self._from_row(select, target)
        if self.focus.position and self.focus.definition is not None:
            return refer_in_condition(self.work, reference, self._here(), self._test)
        return paths.refer(self.work, reference)

    def _from_row(self, select: Definition, target: Definition) -> Cursor:
        if not itemset.row_holds(select, target):
            return itemset.nodes(self.work, select, target)
        way = [target]
        while way[0].parent is not self.focus.definition and way[0].parent is not None:
            way.insert(0, way[0].parent)
        cursor = self._here()
        for each in way:
            if each.kind is Kind.REPEAT:
                cursor = paths.descend(self.work, cursor, each)
            cursor = replace(cursor, definition=each)
        return cursor

    def _negate(self, code: Code) -> Code:
        return _fold(Code(f"(-{number_of(code)})", ValueKind.NUMBER), [code])

    def _binary(self, expression: Binary) -> Code:
        operator = expression.operator
        if operator in ("and", "or"):
            return self._logical(expression)
        left, right = self.emit(expression.left), self.emit(expression.right)
        if operator in operators.ARITHMETIC:
            return _fold(operators.arithmetic(operator, left, right), [left, right])
        code = operators.compare(operator, left, right, javarosa=self.work.javarosa)
        return _fold(code, [left, right])

    def _logical(self, expression: Binary) -> Code:
        parts: list[Expression] = [expression]
        while isinstance(parts[0], Binary) and parts[0].operator == expression.operator:
            parts[:1] = [parts[0].left, parts[0].right]
        codes = [self.emit(part) for part in parts]
        code = operators.logical(expression.operator, [self.truth(part) for part in codes])
        return _fold(code, codes)

    def _call(self, call: Call) -> Code:
        special = SPECIAL.get(call.name)
        if special is not None:
            least, most, build = special
            return self._count_wrong(call, least, most) or build(self, call)
        plain = PLAIN.get(call.name)
        if plain is None:
            return self.fail("unknown-function", f"there is no function {call.name}()", call)
        wrong = self._count_wrong(call, plain.least, len(plain.letters))
        return wrong or self._plain(call, plain)

    def _plain(self, call: Call, plain: Plain) -> Code:
        codes = [self.emit(argument) for argument in call.arguments]
        sources = ["f"] if plain.environment else []
        for letter, code in zip(plain.letters, codes, strict=False):
            convert = {"t": text_of, "n": number_of, "v": scalar_of}[letter]
            sources.append(convert(code))
        self.work.volatile |= plain.volatile
        code = Code(f"{plain.call}({', '.join(sources)})", plain.gives)
        return code if plain.environment else _fold(code, codes)

    def _count_wrong(self, call: Call, least: int, most: int) -> Code | None:
        if least <= len(call.arguments) <= most:
            return None
        expected = str(least) if least == most else f"{least} to {most}"
        message = f"{call.name}() takes {expected} arguments, here are {len(call.arguments)}"
        return self.fail("wrong-argument-count", message, call)


def _fold(code: Code, parts: list[Code]) -> Code:
    """Compute once what depends on nothing."""
    if not all(part.constant for part in parts) or "(f" in code.source or "f." in code.source:
        return code
    try:
        value = eval(code.source, NAMESPACE)  # noqa: S307 - generated from constants only
    except (ValueError, OverflowError, ArithmeticError):
        return code
    return constant(value)
