"""Generated lines that settle and check one part of a form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from usga_expressions.coercion import stored_text
from usga_expressions.compiler import Compiled, Compiler
from usga_expressions.compiler.code import ValueKind
from usga_expressions.environment import Table
from usga_expressions.form import Definition, Kind
from usga_expressions.instrument.interview import MAX_IN_ALL, MAX_INSTANCES, alike
from usga_expressions.instrument.plan import Part, Plan
from usga_expressions.instrument.values import LARGEST, MAX_TEXT, scalar, text
from usga_expressions.reading import Reading

FAIL = "return False"
_INDENT = "    "


def agrees(value: object, sent: object) -> bool:
    """Tell whether a calculate's value is the one that was sent."""
    found = stored_text(value)
    given, _, fits = scalar(sent)
    return fits and (found == given or alike(found, given))


@dataclass(slots=True)
class Line:
    """One line of a block; `sets` is the variable that it gives a value.

    One that `makes_scope` is left out where nothing reads the scopes of repeats.
    """

    indent: int
    source: str
    sets: str = ""
    makes_scope: bool = False


@dataclass(slots=True)
class Lines:
    """Writes the lines of parts; collects the constants that they use."""

    plan: Plan
    tables: Mapping[str, Table]
    reading: Reading
    constants: dict[str, Any] = field(default_factory=dict)
    compiled: dict[tuple[Definition, str], Compiled] = field(default_factory=dict)
    relevance: dict[Definition, str] = field(default_factory=dict)
    passed_over: frozenset[Definition] = frozenset()
    """Notes that nothing reads: who answers one all the same is checked in general."""

    def __post_init__(self) -> None:
        compiler = Compiler(self.plan.form, self.reading)
        for part in self.plan.parts:
            for name in part.compiled:
                if name == "rows":
                    continue
                self.compiled[part.definition, name] = compiler.compile(
                    str(getattr(part.source, name)), part.definition,
                    over_rows=name == "choice_filter", inline=True,
                )  # fmt: skip

        read = {
            d for each in self.compiled.values() for d in each.uses | each.across | each.stored
        }
        self.passed_over = frozenset(
            part.definition
            for part in self.plan.parts
            if part.definition.type == "note" and not part.compiled.keys() - {"relevant"}
            and part.definition not in read
        )  # fmt: skip

    def known(self, holder: Definition) -> set[str]:
        """The names that answers at a place may have."""
        return {
            d.name for d in holder.inside if d.kind is not Kind.GROUP and d not in self.passed_over
        }

    def get(self, part: Part, name: str) -> Compiled | None:
        """The inlined expression of a part, if it has one."""
        return self.compiled.get((part.definition, name))

    def settle(self, part: Part, *, checks: bool) -> list[Line]:
        """Lines that give a part its value, and check it when that can be done at once."""
        definition = part.definition
        if definition.kind is Kind.GROUP:
            return self._group(part)
        if definition in self.passed_over:
            return []
        depth = len(definition.chain)
        read = Line(0, f"v = a{depth}.get({definition.name!r})")
        if definition.kind is Kind.REPEAT:
            return [read, *self._repeat(part, depth)]
        if part.calculation is not None:
            return [read, *self._calculate(part)]
        return [read, *self._question(part, checks=checks)]

    def late(self, part: Part) -> list[Line]:
        """Lines that check a part after everything is settled."""
        definition = part.definition
        value = variable("t", definition)
        lines = []
        constraint, required = self.get(part, "constraint"), self.get(part, "required")
        if constraint is not None:
            lines.append(Line(0, f"if {value} and not ({constraint.truth}): {FAIL}"))
        if required is not None:
            test = f"{self.condition(part)} and {required.truth}"
            lines.append(Line(0, f"if not {value} and {test}: {FAIL}"))
        return lines

    def condition(self, part: Part) -> str:
        """Source of a part's relevance."""
        own = self.get(part, "relevant")
        above = self._above(part.definition)
        if own is None or own.truth == "True":
            return above
        return own.truth if above == "True" else f"({above} and {own.truth})"

    def _above(self, definition: Definition) -> str:
        parent = definition.parent
        if parent is None or parent.kind is not Kind.GROUP:
            return "True"  # an instance stands only where its repeat is relevant
        return self.relevance.get(parent, "True")

    def _group(self, part: Part) -> list[Line]:
        condition = self.condition(part)
        if self.get(part, "relevant") is None:
            self.relevance[part.definition] = condition
            return []
        name = variable("r", part.definition)
        self.relevance[part.definition] = name
        return [Line(0, f"{name} = {condition}", name)]

    def _repeat(self, part: Part, depth: int) -> list[Line]:
        definition = part.definition
        condition, count = self.condition(part), self.get(part, "repeat_count")
        known = self.constant(self.known(definition))
        repeat = self.constant(definition)
        lines = [
            Line(0, "n = 0"),
            Line(0, "if v is not None:"),
            Line(1, f"if type(v) is not list or len(v) > {MAX_INSTANCES}: {FAIL}"),
            Line(1, "n = len(v)"),
            Line(1, "size += n"),
            Line(1, f"if size > {MAX_IN_ALL}: {FAIL}"),
            Line(1, "for b in v:"),
            Line(2, f"if type(b) is not dict or not {known}.issuperset(b): {FAIL}"),
            Line(2, f"s{depth}.add({repeat}).a = b", makes_scope=True),
        ]
        if condition != "True":
            lines.insert(2, Line(1, f"if v and not {condition}: {FAIL}"))
        if count is not None:
            lines += [
                Line(0, f"if {condition}:"),
                Line(1, f"m = {count.number}"),
                Line(1, f"if n != (int(m) if m >= 1 else 0): {FAIL}"),
            ]
        return lines

    def _question(self, part: Part, *, checks: bool) -> list[Line]:
        condition = self.condition(part)
        lines = [Line(0, "if v is not None:")]
        if condition != "True":
            lines.append(Line(1, f"if not {condition}: {FAIL}"))
        lines += self._take(part)
        lines += self._offered(part)
        if checks:
            constraint, required = self.get(part, "constraint"), self.get(part, "required")
            if constraint is not None and constraint.truth != "True":
                lines.append(Line(1, f"if not {constraint.truth}: {FAIL}"))
            if required is not None:
                tests = [test for test in (condition, required.truth) if test != "True"]
                test = " and ".join(tests)
                lines.append(Line(0, f"elif {test}: {FAIL}" if test else f"else: {FAIL}"))
        return lines

    def _take(self, part: Part) -> list[Line]:
        definition = part.definition
        t, x = variable("t", definition), variable("x", definition)
        if part.select:
            return [*self._choices(part), Line(1, f"{t} = v", t)]
        if definition.type in ("integer", "int"):
            return [
                Line(1, f"if type(v) is not int or not -{LARGEST} <= v <= {LARGEST}: {FAIL}"),
                Line(1, f"{x} = v + 0.0", x),
                Line(1, f"{t} = str(v)", t),
            ]
        if part.normal is text:
            test = f"type(v) is not str or not v or len(v) > {MAX_TEXT}"
            return [Line(1, f"if {test}: {FAIL}"), Line(1, f"{t} = v", t)]
        if part.normal is scalar:  # its number is never asked for
            return [
                Line(1, f"if type(v) is not str or not v or len(v) > {MAX_TEXT}:"),
                Line(2, "v, _, ok = scalar(v)"),
                Line(2, f"if not ok or not v: {FAIL}"),
                Line(1, f"{t} = v", t),
            ]
        normal = self.constant(part.normal)
        return [
            Line(1, f"p, q, ok = {normal}(v)"),
            Line(1, f"if not ok or not p: {FAIL}"),
            Line(1, f"{t} = p", t),
            Line(1, f"{x} = q", x),
        ]

    def _choices(self, part: Part) -> list[Line]:
        if part.rows is not None:
            return self._answers(part)
        table = part.definition.choices or ""
        known: frozenset[str] | None = None
        if table in self.tables:
            known = self.tables[table].values(part.definition.key)
            names = self.constant(known)
        else:
            names = f"f.tables[{table!r}].values({part.definition.key!r})"
        if not part.many:
            return [Line(1, f"if v not in {names}: {FAIL}")]
        words = variable("w", part.definition)
        if known is not None and all(name.split() == [name] for name in known):
            return [  # what is split at single blanks are the words, or no names
                Line(1, "p = v.split(' ')"),
                Line(1, f"if len({names}.intersection(p)) != len(p): {FAIL}"),  # known, once each
                Line(1, f"{words} = p", words),
            ]
        return [
            Line(1, f"names = {names}"),
            Line(1, "if v not in names or ' ' in v:"),
            Line(2, "p = v.split(' ')"),
            Line(2, f"if len(set(p)) != len(p) or not names.issuperset(p): {FAIL}"),
            Line(1, f"{words} = v.split()", words),
        ]

    def _answers(self, part: Part) -> list[Line]:
        """Choices that are answers: all texts of one question of a repeat are known as they came.

        What a filter leaves of them is checked in general, and so is a select in a repeat.
        """
        value, source = part.definition.value, part.definition.choices or ""
        plain = value is not None and value.type == "text" and len(value.chain) == 1
        if value is None or not plain or part.definition.chain or "[" in source or (
            part.filter is not None or self.plan.by_definition[value].calculation is not None
        ):  # fmt: skip
            return [Line(1, FAIL)]
        lines = [
            Line(1, f"p = a0.get({value.chain[0].name!r}) or ()"),
            Line(1, f"if type(p) is not list: {FAIL}"),
            Line(1, f"p = [b.get({value.name!r}) for b in p if type(b) is dict]"),
            Line(1, "names = {b for b in p if type(b) is str}"),
        ]
        if not part.many:
            return [*lines, Line(1, f"if v not in names: {FAIL}")]
        words = variable("w", part.definition)
        return [
            *lines,
            Line(1, "p = v.split(' ')"),
            Line(1, f"if len(set(p)) != len(p) or not names.issuperset(p): {FAIL}"),
            Line(1, f"{words} = p", words),
        ]

    def _offered(self, part: Part) -> list[Line]:
        compiled = self.get(part, "choice_filter")
        if compiled is None or not part.select or part.rows is not None:
            return []
        table = part.definition.choices or ""
        rows = f"f.tables[{table!r}].unique({part.definition.key!r})"
        if table in self.tables:
            rows = self.constant(self.tables[table].unique(part.definition.key))
        values = "v.split()" if part.many else "(v,)"
        return [
            Line(1, f"for w in {values}:"),
            Line(2, f"row = {rows}[w]"),
            Line(2, f"if not {compiled.truth}: {FAIL}"),
        ]

    def _calculate(self, part: Part) -> list[Line]:
        definition, compiled = part.definition, self.compiled[part.definition, "calculation"]
        condition = self.condition(part)
        t, x = variable("t", definition), variable("x", definition)
        lines = [Line(0, f"if {condition}:")]
        value = f"value = {compiled.value}"
        as_sent = part.volatile or part.spoken
        if as_sent:
            lines += [
                Line(1, "if v is None:"), Line(2, f"value = stored_text({compiled.value})"),
                Line(1, f"elif type(v) is str and 0 < len(v) <= {MAX_TEXT}:"),
                Line(2, "value = v"),
                Line(1, "else:"), Line(2, "value, _, ok = scalar(v)"),
                Line(2, f"if not ok or not value: {FAIL}"),
            ]  # fmt: skip
        else:
            test = "v is not None and value != v and not agrees(value, v)"
            lines += [Line(1, value), Line(1, f"if {test}: {FAIL}")]
        kept = compiled.kind in (ValueKind.TEXT, ValueKind.DATE, ValueKind.NODE, ValueKind.NODES)
        text_source = "value" if kept or as_sent else "stored_text(value)"
        lines.append(Line(1, f"{t} = {text_source}", t))
        if definition.numeric:
            number = (
                "value"
                if compiled.kind is ValueKind.NUMBER and not as_sent
                else ("value_number(f, value)")
            )
            lines.append(Line(1, f"{x} = {number}", x))
        if condition != "True":
            lines.append(Line(0, f"elif v is not None: {FAIL}"))
        return lines

    def constant(self, value: object) -> str:
        """Give a value a name in the generated code."""
        for name, known in self.constants.items():
            if known is value:
                return name
        name = f"C{len(self.constants)}"
        self.constants[name] = value
        return name


def variable(letter: str, definition: Definition) -> str:
    """The local variable of a definition's text, number or relevance."""
    return f"{letter}{len(definition.chain)}_{definition.slot}"
