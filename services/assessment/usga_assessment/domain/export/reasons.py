"""Why an interview has no answer to a question, from its form and the answers that may be read.

Relevance is evaluated only where an answer is absent. What depends on answers outside the classes
that a reader may see is `unspecified`: a reason must not tell of an answer that is not shown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from usga_expressions.environment import Environment, Table
from usga_expressions.form import Definition, Kind, Scope
from usga_expressions.instrument import Instrument, Interview
from usga_expressions.parser import parse
from usga_expressions.syntax import references
from usga_shared.wire.implied import Implied, implied_by
from usga_shared.wire.vocabulary import FieldClass, Missing, Sensitivity

from usga_assessment.domain.export.codes import NUMBERS, said
from usga_assessment.domain.submission.ethics import Watch, gate_is_open, watch

_MANY = ("select_multiple", "rank")


class Cell(NamedTuple):
    """A value to be written with the reason that it is missing or not its own."""

    value: Any = None
    missing: Missing | None = None


_WITHOUT = {reason: Cell(None, reason) for reason in Missing}
"""The cells without a value: most of a long form's."""


@dataclass(slots=True)
class _Question:
    definition: Definition
    relevant: tuple[Callable[[Environment, Scope], bool], ...]
    readable: bool
    number: bool
    many: bool
    is_sensitive: bool
    implied: Implied | None


@dataclass(slots=True)
class Reasons:
    """One version of a form, ready to explain its interviews to readers of some classes."""

    instrument: Instrument
    lists: Mapping[str, Table]
    watch: Watch
    levels: Mapping[str | None, Mapping[str, _Question]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        document: Mapping[str, Any],
        instrument: Instrument,
        *,
        classes: frozenset[FieldClass],
        lists: Mapping[str, Table] | None = None,
    ) -> "Reasons":
        """Prepare a version for readers of these classes."""
        sealed = frozenset(_sealed(document["nodes"], classes))
        levels: dict[str | None, dict[str, _Question]] = {}
        for part in instrument.plan.parts:
            definition = part.definition
            if definition.kind is Kind.QUESTION:
                repeat = definition.repeat.name if definition.repeat else None
                above = list(_above(instrument, definition))
                conditions = [p for p in above if p.relevant is not None]
                levels.setdefault(repeat, {})[definition.name] = _Question(
                    definition,
                    tuple(p.relevant for p in conditions if p.relevant is not None),
                    definition.name not in sealed
                    and not any(_names(p.source.relevant) & sealed for p in conditions),
                    definition.type in NUMBERS,
                    definition.type.startswith(_MANY),
                    part.source.node.get("sensitivity") == Sensitivity.S3,
                    implied_by(part.source.node),
                )
        return cls(instrument, lists or {}, watch(document["nodes"]), levels)

    def in_repeats(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Those of these questions that stand in repeats, by the repeat."""
        wanted = set(names)
        return {
            repeat: inside
            for repeat, known in self.levels.items()
            if repeat is not None and (inside := [name for name in known if name in wanted])
        }

    def explain(
        self, answers: Mapping[str, Any], names: Iterable[str], *, at: datetime
    ) -> dict[str, Cell]:
        """The cells of these questions outside repeats."""
        return self._level(self._filled(answers, at), None, answers, answers, names)

    def explain_rows(
        self, answers: Mapping[str, Any], repeat: str, names: Iterable[str], *, at: datetime
    ) -> list[dict[str, Cell]]:
        """The cells of these questions in each entry of a repeat outside others."""
        rows = answers.get(repeat)
        given = [row if type(row) is dict else {} for row in rows] if type(rows) is list else []
        interview, environment = self._filled(answers, at)
        root = interview.root
        found = next((d for d in root.d.inside if d.name == repeat), None)
        scopes = root.c[found.slot] if found is not None else []
        names = list(names)
        return [
            self._level((interview, environment), repeat, row, answers, names, scope=scope)
            for row, scope in zip(given, scopes, strict=False)
        ]

    def _filled(self, answers: Mapping[str, Any], at: datetime) -> tuple[Interview, Environment]:
        environment = self.instrument.environment(now=at, lists=self.lists, draw=lambda: 0.5)
        interview = Interview(self.instrument.plan, environment)
        interview.fill(answers, strict=False)
        return interview, environment

    def _level(
        self,
        filled: tuple[Interview, Environment],
        repeat: str | None,
        values: Mapping[str, Any],
        answers: Mapping[str, Any],
        names: Iterable[str],
        *,
        scope: Scope | None = None,
    ) -> dict[str, Cell]:
        interview, environment = filled
        known = self.levels.get(repeat, {})
        at = scope or interview.root
        cells: dict[str, Cell] = {}
        for name in names:
            question = known.get(name)
            if question is None:
                cells[name] = _WITHOUT[Missing.NOT_IN_VERSION]
                continue
            value = values.get(name)
            if value is not None and value != "":
                reason = said(value, number=question.number, many=question.many)
                cells[name] = Cell(value, reason)
            else:
                cells[name] = self._absent(question, environment, at, values, answers)
        return cells

    def _absent(
        self,
        question: _Question,
        environment: Environment,
        scope: Scope,
        values: Mapping[str, Any],
        answers: Mapping[str, Any],
    ) -> Cell:
        rule = question.implied
        if rule is not None:
            screened = values.get(rule.screener, answers.get(rule.screener))
            if screened in rule.when:
                return Cell(rule.value, Missing.IMPLIED)
            passed = said(screened, number=False, many=False)
            if passed is not None:
                return _WITHOUT[passed]
        if not question.readable:
            return _WITHOUT[Missing.UNSPECIFIED]
        if all(condition(environment, scope) for condition in question.relevant):
            return _WITHOUT[Missing.NO_ANSWER]
        if question.is_sensitive:
            name = question.definition.name
            repeat = question.definition.repeat
            inside = (repeat.name,) if repeat else ()
            if not gate_is_open(answers, values, self.watch, (*inside, name)):
                return _WITHOUT[Missing.GATE_FAILED]
        return _WITHOUT[Missing.NOT_ASKED]


def _above(instrument: Instrument, definition: Definition) -> Iterable[Any]:
    """The parts whose relevance decides in the scope of a question: its own and its groups'."""
    at: Definition | None = definition
    while at is not None and at in instrument.plan.by_definition:
        yield instrument.plan.by_definition[at]
        if at.kind is Kind.REPEAT:
            return
        at = at.parent
        if at is not None and at.kind is Kind.REPEAT:
            return  # an entry that is there stands in a repeat that was asked


def _names(expression: str | None) -> frozenset[str]:
    tree = parse(expression).expression if expression else None
    return frozenset(references(tree)) if tree is not None else frozenset()


def _sealed(nodes: Iterable[Mapping[str, Any]], classes: frozenset[FieldClass]) -> Iterable[str]:
    for node in nodes:
        if node["kind"] == "question" and FieldClass(node["field_class"]) not in classes:
            yield node["name"]
        yield from _sealed(node.get("children") or (), classes)
