"""One expression, compiled: a function of the environment and the scope where it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from usga_expressions.coercion import stored_text
from usga_expressions.compiler.code import Code, ValueKind, number_of, scalar_of, text_of
from usga_expressions.compiler.emit import Emitter
from usga_expressions.compiler.focus import Focus, Work
from usga_expressions.compiler.itemset import rows_code
from usga_expressions.compiler.runtime import NAMESPACE
from usga_expressions.environment import Environment
from usga_expressions.findings import Finding
from usga_expressions.form import Definition, Form, Kind, Scope
from usga_expressions.parser import parse
from usga_expressions.reading import Reading

NAMESPACE.setdefault("stored_text", stored_text)


@dataclass(frozen=True, slots=True)
class Compiled:
    """Generated source with what it reads.

    `value`, `truth`, `number` and `text` are sources over `f` (environment), `s` (scope) and, in
    a choice filter, `row`. `uses` are the definitions read in place, `across` those read in
    other instances of a repeat.
    """

    code: Code
    truth: str
    kind: ValueKind
    findings: tuple[Finding, ...]
    uses: frozenset[Definition]
    across: frozenset[Definition]
    tables: frozenset[str]
    columns: frozenset[str]
    volatile: bool
    stored: frozenset[Definition]

    @property
    def value(self) -> str:
        """Source of the value: text, float or bool."""
        return scalar_of(self.code)

    @property
    def number(self) -> str:
        """Source of the value as a number."""
        return number_of(self.code)

    @property
    def text(self) -> str:
        """Source of the value as text."""
        return text_of(self.code)

    def function(self, source: str | None = None) -> Callable[[Environment, Scope], Any]:
        """Make the Python function `(environment, scope) -> value`."""
        return _function("f, s", source or self.value)

    def condition(self) -> Callable[[Environment, Scope], bool]:
        """Make the Python function `(environment, scope) -> bool`."""
        return _function("f, s", self.truth)

    def filter(self) -> Callable[[Environment, Scope, dict[str, str]], bool]:
        """Make the Python function `(environment, scope, row) -> bool` of a choice filter."""
        return _function("f, s, row", self.truth)


def evaluator(source: str) -> Callable[[Environment, Scope], Any]:
    """Make a function of generated source over `f` and `s`."""
    return _function("f, s", source)


def _function(parameters: str, source: str) -> Callable[..., Any]:
    # The source holds nothing of the author's but escaped literals and integers.
    made: Callable[..., Any] = eval(f"lambda {parameters}: {source}", NAMESPACE)  # noqa: S307
    return made


#: Python reads no more brackets inside each other than some 200.
_SURE = 100


def _can_be_read(code: Code, truth: str) -> bool:
    sources = (text_of(code), number_of(code), scalar_of(code), truth)
    if all(source.count("(") + source.count("[") < _SURE for source in sources):
        return True
    try:
        for source in sources:
            compile(source, "<expression>", "eval")
    except (SyntaxError, RecursionError, MemoryError):
        return False
    return True


class Compiler:
    """Compiles expressions of one form, in one reading."""

    def __init__(self, form: Form, reading: Reading = Reading.SPECIFICATION) -> None:
        self.form = form
        self.reading = reading

    def compile(
        self, text: str, at: Definition, *, over_rows: bool = False, inline: bool = False
    ) -> Compiled:
        """Compile an expression that stands at a definition.

        Over rows: a choice filter. Inline: as a part of one long function, in which scopes and
        slots are local variables (`s0`, `t0_5`, `x0_5`).
        """
        work = Work(self.form, at, self.reading, inline=inline)
        parsed = parse(text)
        code = Code("''", ValueKind.TEXT)
        truth = "False"
        if parsed.expression is None:
            work.findings.extend(parsed.findings)
        else:
            focus = _over_rows(work) if over_rows else Focus(at, scope=work.scope())
            emitter = Emitter(work, focus)
            code = emitter.emit(parsed.expression)
            truth = emitter.truth(code)
            if not _can_be_read(code, truth):
                code = emitter.fail("too-complex", "too deep to be read", parsed.expression)
                truth = "False"
        return _compiled(work, code, truth)

    def compile_rows(self, select: Definition) -> Compiled:
        """Compile the nodes of the form that a select offers as choices, a list of scopes."""
        work = Work(self.form, select, self.reading)
        code = rows_code(work, select)
        return _compiled(work, code, "False")


def _over_rows(work: Work) -> Focus:
    at = work.at
    if at.rows is None:
        return Focus(None, row="row")
    work.crossing += 1
    position = "row.i" if at.rows.kind is Kind.REPEAT else "1"
    return Focus(at.rows, scope="row", position=position, select=at)


def _compiled(work: Work, code: Code, truth: str) -> Compiled:
    return Compiled(
        code,
        truth,
        code.kind,
        tuple(work.findings),
        frozenset(work.uses),
        frozenset(work.across),
        frozenset(work.tables),
        frozenset(work.columns),
        work.volatile,
        frozenset(work.stored),
    )
