"""One interview in evaluation: the values of the form, and the findings so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from usga_expressions.coercion import stored_text, text_number
from usga_expressions.environment import Environment
from usga_expressions.findings import Severity
from usga_expressions.form import Definition, Kind, Scope
from usga_expressions.instrument.choices import judge
from usga_expressions.instrument.plan import Part, Plan
from usga_expressions.instrument.values import scalar

#: More instances of one repeat than this are not read.
MAX_INSTANCES = 1_000
#: Nor are more instances than this of all repeats together.
MAX_IN_ALL = 10_000
#: Characters of an unknown variable's name that a finding shows.
MAX_NAME = 64
#: Findings of one severity; whoever breaks more rules is told of these.
MAX_FINDINGS = 1_000


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing wrong with one answer; the answer itself is never in it."""

    pointer: str
    code: str
    severity: Severity
    question: str
    params: Mapping[str, Any] = field(default_factory=dict)


def scopes_of(root: Scope, definition: Definition) -> list[Scope]:
    """Return every scope that holds a definition, in order."""
    found = [root]
    for repeat in definition.chain:
        found = [inner for scope in found for inner in scope.c[repeat.slot]]
    return found


def pointer_of(definition: Definition, scope: Scope) -> str:
    """Return the JSON pointer of an answer."""
    parts = [definition.name]
    while scope.p is not None:
        parts += [str(scope.i - 1), scope.d.name]
        scope = scope.p
    return "/" + "/".join(_escaped(part) for part in reversed(parts))


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


class Interview:
    """Values under evaluation, with the environment they are evaluated in."""

    def __init__(self, plan: Plan, environment: Environment, *, adjust: bool = False) -> None:
        self.plan = plan
        self._adjust = adjust  # repeat counts and choice filters change answers, as on a device
        self.environment = environment
        self.root = Scope(plan.form.root, None, 1)
        self.findings: list[CheckFinding] = []
        self._room = dict.fromkeys(Severity, MAX_FINDINGS)
        self._instances = 0

    def note(
        self,
        part: Part,
        scope: Scope,
        code: str,
        severity: Severity = Severity.ERROR,
        **params: object,
    ) -> None:
        """Add a finding about one answer."""
        definition = part.definition
        if self._room[severity] > 0:
            pointer = pointer_of(definition, scope)
            self._add(CheckFinding(pointer, code, severity, definition.name, params))

    def _add(self, finding: CheckFinding) -> None:
        if self._room[finding.severity] > 0:
            self._room[finding.severity] -= 1
            self.findings.append(finding)

    def fill(self, answers: Mapping[str, Any], *, strict: bool = True) -> None:
        """Take the answers in; not strict: any scalar goes into any question."""
        self._fill_scope(answers, self.root, strict=strict)

    def _fill_scope(self, answers: Mapping[str, Any], scope: Scope, *, strict: bool) -> None:
        seen = 0
        for definition in scope.d.inside:
            if definition.name not in answers:
                continue
            value = answers[definition.name]
            part = self.plan.by_definition[definition]
            if definition.kind is Kind.REPEAT:
                seen += 1
                self._fill_repeat(part, value, scope, strict=strict)
            elif definition.kind is Kind.QUESTION:
                seen += 1
                if value is not None and value != "":
                    self._fill_question(part, value, scope, strict=strict)
        if seen != len(answers):
            self._unknown(answers, scope)

    def _fill_question(self, part: Part, value: object, scope: Scope, *, strict: bool) -> None:
        text, number, fits = part.normal(value)
        if not fits and strict:
            self.note(part, scope, "wrong-type", type=part.definition.type)
        slot = part.definition.slot
        if not fits and not text and not strict:
            text, number, _ = scalar(value)
        scope.t[slot] = text
        scope.x[slot] = number

    def _fill_repeat(self, part: Part, value: object, scope: Scope, *, strict: bool) -> None:
        if value is None or value == "":
            return
        if not isinstance(value, list):
            self.note(part, scope, "wrong-type", type="repeat")
            return
        self._instances += len(value)
        if len(value) > MAX_INSTANCES or self._instances > MAX_IN_ALL:
            self.note(part, scope, "too-many-instances", most=MAX_INSTANCES)
            return
        for each in value:
            inner = scope.add(part.definition)
            if isinstance(each, Mapping):
                self._fill_scope(each, inner, strict=strict)
            else:
                self.note(part, scope, "wrong-type", type="repeat")

    def _unknown(self, answers: Mapping[str, Any], scope: Scope) -> None:
        known = {d.name for d in scope.d.inside if d.kind is not Kind.GROUP}
        for name in answers:
            if name not in known:
                shown = str(name)[:MAX_NAME]
                pointer = pointer_of(Definition(Kind.QUESTION, shown), scope)
                self._add(CheckFinding(pointer, "unknown-variable", Severity.ERROR, shown))

    def settle(self) -> None:
        """Evaluate relevance and calculates in the order of what they read."""
        for parts in self.plan.order:
            if len(parts) == 1:
                part = parts[0]
                for scope in scopes_of(self.root, part.definition):
                    self.settle_part(part, scope)
            else:
                for scope in scopes_of(self.root, parts[0].definition):
                    for part in parts:
                        self.settle_part(part, scope)

    def settle_part(self, part: Part, scope: Scope) -> None:
        """Evaluate one part in one scope; an irrelevant one is emptied and noted."""
        definition = part.definition
        relevant = self.above(definition, scope) and (
            part.relevant is None or part.relevant(self.environment, scope)
        )
        scope.r[definition.slot] = relevant
        if definition.kind is Kind.REPEAT:
            if not relevant and scope.c[definition.slot]:
                self.note(part, scope, "irrelevant-answer")
            if self._adjust and part.count is not None and not part.grows:
                self._adjust_count(part, scope)
        elif not relevant:
            self._empty(part, scope)
        elif part.calculation is not None:
            self._calculate(part, scope)
        elif self._adjust and part.select and scope.t[definition.slot]:
            self._adjust_choices(part, scope)

    def _adjust_count(self, part: Part, scope: Scope) -> None:
        assert part.count is not None
        count = part.count(self.environment, scope)
        wanted = int(min(count, MAX_INSTANCES)) if count >= 1 else 0
        instances = scope.c[part.definition.slot]
        del instances[wanted:]
        while len(instances) < wanted:
            scope.add(part.definition)

    def _adjust_choices(self, part: Part, scope: Scope) -> None:
        slot = part.definition.slot
        names = scope.t[slot].split() if part.many else [scope.t[slot]]
        judged = judge(self.environment, part, scope)
        scope.t[slot] = " ".join(name for name in names if judged(name) is None)

    def above(self, definition: Definition, scope: Scope) -> bool:
        """Tell whether what stands around a definition is relevant."""
        parent = definition.parent
        if parent is None or parent is self.plan.form.root:
            return True
        if parent.kind is Kind.REPEAT:
            return bool(scope.p.r[parent.slot])
        return scope.r[parent.slot]

    def _empty(self, part: Part, scope: Scope) -> None:
        slot = part.definition.slot
        if scope.t[slot]:
            calculated = part.calculation is not None or part.fired is not None
            severity = Severity.WARNING if calculated else Severity.ERROR
            self.note(part, scope, "irrelevant-answer", severity)
            scope.t[slot] = ""
        scope.x[slot] = _NAN

    def _calculate(self, part: Part, scope: Scope) -> None:
        slot = part.definition.slot
        sent = scope.t[slot]
        if sent and (part.volatile or (part.spoken and not self._adjust)):
            return
        assert part.calculation is not None
        value = part.calculation(self.environment, scope)
        text = stored_text(value)
        if sent and text != sent and not alike(text, sent):
            self.note(part, scope, "calculate-differs", Severity.WARNING)
        scope.t[slot] = text
        scope.x[slot] = value if type(value) is float else text_number(text)

    def each(self, definition: Definition) -> Iterator[Scope]:
        """Yield the scopes that hold a definition."""
        yield from scopes_of(self.root, definition)


def alike(one: str, other: str) -> bool:
    """Tell whether two texts are one value as engines write it."""
    if {one, other} in ({"true", "1"}, {"false", "0"}):
        return True
    left, right = text_number(one), text_number(other)
    return abs(left - right) <= 1e-9 * max(1.0, abs(left), abs(right))


_NAN = float("nan")
