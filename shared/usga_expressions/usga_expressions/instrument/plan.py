"""A form, compiled: what each definition does, and in which order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from usga_expressions.compiler import Compiled, Compiler
from usga_expressions.compiler.code import ValueKind
from usga_expressions.compiler.itemset import resolve
from usga_expressions.compiler.operators import ARITHMETIC
from usga_expressions.environment import Environment
from usga_expressions.findings import Finding, Position, error, warning
from usga_expressions.form import SELECT_MANY, Definition, Form, Scope
from usga_expressions.instrument.bounds import Limits, limits
from usga_expressions.instrument.document import Document, Source
from usga_expressions.instrument.graph import Reads, evaluation_order, way_round
from usga_expressions.instrument.values import Normal, normaliser
from usga_expressions.parser import parse
from usga_expressions.reading import Reading
from usga_expressions.syntax import Binary, Call, Negate, Number, Path, Reference, Text, walk

_WORDS = frozenset({"jr:choice-name", "jr:itext"})
Condition = Callable[[Environment, Scope], bool]
SELECTS = SELECT_MANY | {"select_one", "select_one_from_file"}
_EXPRESSIONS = ("relevant", "constraint", "required", "calculation", "repeat_count")
#: What settles in order; a constraint may look anywhere.
_READING = ("relevant", "calculation", "repeat_count", "choice_filter", "rows")


@dataclass(frozen=True, slots=True)
class NodeFinding:
    """A finding in one expression of one node of the instrument."""

    node: str
    property: str
    finding: Finding


@dataclass(eq=False, slots=True)
class Part:
    """One definition with its compiled expressions; None where there is none."""

    definition: Definition
    source: Source
    normal: Callable[[object], Normal]
    many: bool
    select: bool
    relevant: Condition | None = None
    seed: Callable[[Environment, Scope], int] | None = None
    constraint: Condition | None = None
    required: Condition | None = None
    calculation: Callable[[Environment, Scope], Any] | None = None
    calculates_number: bool = False
    volatile: bool = False
    spoken: bool = False
    """Whether it gives words in the language of the screen."""
    fired: Callable[[Environment, Scope], Any] | None = None
    """What a tablet writes here when the trigger is answered; afterwards it is an answer."""
    filter: Callable[[Environment, Scope, Any], bool] | None = None
    rows: Callable[[Environment, Scope], list[Scope]] | None = None  # choices that are answers
    count: Callable[[Environment, Scope], float] | None = None
    uses: frozenset[Definition] = frozenset()
    across: frozenset[Definition] = frozenset()
    compiled: dict[str, Compiled] = field(default_factory=dict)
    limits: Limits = ()
    grows: bool = False
    """Whether the number of instances follows from what is answered in them: "add another?"."""

    def settles_by(self) -> Reads:
        """What is read before the instances are looked at: all but for their number."""
        return _read_by(self.reading(without="repeat_count"))

    def reading(self, without: str = "") -> Iterator[Compiled]:
        """The expressions by which it settles; what a trigger wrote once is none of them."""
        for name in _READING:
            is_fired = name == "calculation" and self.fired is not None
            if name in self.compiled and name != without and not is_fired:
                yield self.compiled[name]


@dataclass(slots=True)
class _Read:
    uses: frozenset[Definition]
    across: frozenset[Definition]


def _read_by(expressions: Iterable[Compiled]) -> _Read:
    read = list(expressions)
    return _Read(
        frozenset().union(*(each.uses for each in read)),
        frozenset().union(*(each.across for each in read)),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """All parts in form order, and the order in which values are settled."""

    form: Form
    parts: tuple[Part, ...]
    by_definition: dict[Definition, Part]
    order: tuple[tuple[Part, ...], ...]
    findings: tuple[NodeFinding, ...]


def make_plan(document: Document, reading: Reading) -> Plan:
    """Compile every expression and order the parts by what they read."""
    for source in document.sources:
        if source.calculation and not source.trigger and _gives_number(source.calculation):
            source.definition.numeric = True
        if source.definition.type in SELECTS and (source.definition.choices or "")[:1] in "$/":
            resolve(document.form, source.definition)
    compiler = Compiler(document.form, reading)
    findings: list[NodeFinding] = []
    parts = tuple(_part(compiler, source, document, findings) for source in document.sources)
    by_definition = {part.definition: part for part in parts}
    order, circles = _ordered(document.form.definitions, by_definition)
    findings.extend(_circle(circle, by_definition) for circle in circles)
    steps = tuple(tuple(by_definition[each] for each in group) for group in order)
    return Plan(document.form, parts, by_definition, steps, tuple(findings))


def _ordered(
    definitions: Sequence[Definition], parts: Mapping[Definition, Part]
) -> tuple[list[list[Definition]], list[list[Definition]]]:
    """Order the parts; a circle through a repeat's count is a repeat that grows, and no mistake.

    Such a count is compared with the instances after all has settled, so nothing waits for it.
    """
    order, circles = evaluation_order(definitions, parts)
    growing = [
        each for circle in circles for each in circle if "repeat_count" in parts[each].compiled
    ]
    if not growing:
        return order, circles
    for each in growing:
        parts[each].grows = True
    settled: dict[Definition, Reads] = {
        each: part.settles_by() if part.grows else part for each, part in parts.items()
    }
    return evaluation_order(definitions, settled)


def _circle(members: list[Definition], parts: dict[Definition, Part]) -> NodeFinding:
    """Say how a circle goes round, at the reference that leads into it."""

    def reads(definition: Definition) -> list[Definition]:
        part, above = parts[definition], definition.parent
        around = [above] if above in parts else []
        return [*around, *sorted(part.uses | part.across, key=lambda each: each.path)]

    inside = set(members)
    way = way_round([each for each in parts if each in inside], reads)
    start, following = parts[way[0]], way[1]
    name, position = next(
        (
            (name, _place(start, name, following))
            for name, compiled in start.compiled.items()
            if name in _READING and following in compiled.uses | compiled.across
        ),
        ("relevant", None),
    )
    names = " \u2192 ".join(definition.name for definition in way)
    found = error(
        "circular-reference",
        f"these depend on each other: {names}",
        position,
        hint="break the circle: one of them must not refer to the next",
    )
    return NodeFinding(way[0].path, name, found)


def _place(part: Part, name: str, following: Definition) -> Position | None:
    expression = parse(str(getattr(part.source, name))).expression
    for node in () if expression is None else walk(expression):
        if isinstance(node, Reference) and node.name == following.name:
            return node.position
    return None


def _tells_words(text: str) -> bool:
    """Tell whether a calculation gives the label of a choice."""
    expression = parse(text).expression
    calls = () if expression is None else walk(expression)
    return any(isinstance(each, Call) and each.name in _WORDS for each in calls)


def _gives_number(text: str) -> bool:
    """Tell from the text alone whether a calculate always gives a number."""
    match parse(text).expression:
        case None | Text() | Reference() | Path():
            return False
        case Number() | Negate():
            return True
        case Binary(operator=operator):
            return operator in ARITHMETIC
    lone = Compiler(Form())
    return lone.compile(text, lone.form.root).kind is ValueKind.NUMBER


def _part(
    compiler: Compiler, source: Source, document: Document, findings: list[NodeFinding]
) -> Part:
    definition = source.definition
    part = Part(
        definition,
        source,
        normaliser(definition.type),
        definition.type in SELECT_MANY,
        definition.type in SELECTS,
    )
    for name in (*_EXPRESSIONS, "choice_filter"):
        text = getattr(source, name)
        if text is None:
            continue
        compiled = compiler.compile(text, definition, over_rows=name == "choice_filter")
        part.compiled[name] = compiled
        findings.extend(NodeFinding(definition.path, name, each) for each in compiled.findings)
        findings.extend(_unknown_tables(definition, name, compiled, document))
    if part.select and definition.value is not None:
        part.compiled["rows"] = compiler.compile_rows(definition)
    elif part.select and definition.choices and not _is_known(definition.choices, document):
        missing = error("unknown-list", f"there is no list {definition.choices}")
        findings.append(NodeFinding(definition.path, "list", missing))
    _seed(compiler, part, findings)
    _functions(part)
    if document.speaks_several and part.calculation is not None:
        # words are in the language of the screen, which nobody tells: they stay as they came
        part.spoken = _tells_words(str(source.calculation))
    part.limits = limits(source.constraint, definition, document.form)
    read = _read_by(part.reading())
    part.uses, part.across = read.uses, read.across
    return part


def _seed(compiler: Compiler, part: Part, findings: list[NodeFinding]) -> None:
    """Compile the seed with which every device puts the choices into the same order."""
    parameters = part.source.parameters
    seed = parameters.get("seed")
    if seed is None or str(parameters.get("randomize", "")).lower() not in ("true", "yes"):
        return
    compiled = compiler.compile(str(seed), part.definition)
    findings.extend(
        NodeFinding(part.definition.path, "parameters", each) for each in compiled.findings
    )
    part.seed = compiled.function(f"seed_of({compiled.number}, {compiled.text})")


def _functions(part: Part) -> None:
    compiled = part.compiled
    part.relevant = compiled["relevant"].condition() if "relevant" in compiled else None
    part.constraint = compiled["constraint"].condition() if "constraint" in compiled else None
    part.required = compiled["required"].condition() if "required" in compiled else None
    part.filter = compiled["choice_filter"].filter() if "choice_filter" in compiled else None
    if "calculation" in compiled and part.source.trigger is not None:
        part.fired = compiled["calculation"].function()
    elif "calculation" in compiled:
        part.calculation = compiled["calculation"].function()
        part.calculates_number = compiled["calculation"].kind is ValueKind.NUMBER
        part.volatile = compiled["calculation"].volatile
    if "rows" in compiled:
        part.rows = compiled["rows"].function(compiled["rows"].code.source)
    if "repeat_count" in compiled:
        count = compiled["repeat_count"]
        part.count = count.function(count.number)


def _is_known(table: str, document: Document) -> bool:
    return table in document.tables or table in document.external


def _unknown_tables(
    definition: Definition, name: str, compiled: Compiled, document: Document
) -> Iterable[NodeFinding]:
    for table in sorted(compiled.tables):
        if not _is_known(table, document):
            message = f"there is no list {table}"
            yield NodeFinding(definition.path, name, error("unknown-list", message))


def path_conditions(part: Part) -> Iterable[NodeFinding]:
    """Warn where a bare path is a condition: engines disagree on what it means."""
    for name in ("relevant", "constraint"):
        compiled = part.compiled.get(name)
        if compiled is not None and compiled.kind in (ValueKind.NODE, ValueKind.NODES):
            message = "a question alone is a condition that engines read differently"
            yield NodeFinding(
                part.definition.path,
                name,
                warning("path-as-condition", message, hint="compare it, as in ${x} != ''"),
            )
