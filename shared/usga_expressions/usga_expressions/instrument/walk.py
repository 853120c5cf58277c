"""Answering a form question by question, as a tablet does: valid by construction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from usga_expressions.coercion import stored_text
from usga_expressions.environment import Row
from usga_expressions.form import Definition, Kind, Scope
from usga_expressions.instrument.bounds import Bound, bounds
from usga_expressions.instrument.check import expected_count
from usga_expressions.instrument.choices import judge, offered
from usga_expressions.instrument.interview import MAX_INSTANCES, Interview, pointer_of
from usga_expressions.instrument.plan import Part

#: A form whose later answers reopen earlier questions is walked again, at most this often.
_PASSES = 5
MOST_GROWN, MOST_GROWN_IN_ALL = 60, 600
"""Entries that a respondent makes who always says that there is another one."""


class Ask:
    """A relevant question, offered to the respondent with all that restricts its answer."""

    __slots__ = ("_interview", "_part", "_scope", "answered")

    def __init__(self, interview: Interview, part: Part, scope: Scope) -> None:
        self._interview = interview
        self._part = part
        self._scope = scope
        self.answered = False

    @property
    def name(self) -> str:
        return self._part.definition.name

    @property
    def type(self) -> str:
        return self._part.definition.type

    @property
    def node(self) -> Any:
        """The node of the instrument document: labels, sensitivity, module, parameters."""
        return self._part.source.node

    @property
    def pointer(self) -> str:
        return pointer_of(self._part.definition, self._scope)

    @property
    def required(self) -> bool:
        required = self._part.required
        return required is not None and required(self._interview.environment, self._scope)

    @property
    def choices(self) -> tuple[str, ...]:
        """The names on offer after the choice filter, in order; empty when it is no select."""
        key = self._part.definition.key
        return tuple(row[key] for row in self.rows if key in row)

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of the choice list on offer, with their columns, in the order of a seed."""
        if not self._part.select:
            return ()
        return offered(self._interview.environment, self._part, self._scope)

    @property
    def default(self) -> str | None:
        return self._part.source.default

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """Alternative ranges of numbers that the constraint names; empty when it names none."""
        return bounds(self._part.limits, self._interview.environment, self._scope)

    def accepts(self, value: Any) -> bool:
        """Tell whether a value fits the type, the choices and the constraint."""
        part, scope, slot = self._part, self._scope, self._part.definition.slot
        text, number, fits = part.normal(value)
        if not fits or not text:
            return False
        before = scope.t[slot], scope.x[slot]
        scope.t[slot], scope.x[slot] = text, number
        try:
            return self._holds(text)
        finally:
            scope.t[slot], scope.x[slot] = before

    def _holds(self, text: str) -> bool:
        part, scope, environment = self._part, self._scope, self._interview.environment
        if part.select:
            judged = judge(environment, part, scope)
            names = text.split() if part.many else (text,)
            if any(judged(name) is not None for name in names):
                return False
        return part.constraint is None or part.constraint(environment, scope)

    def answer(self, value: Any) -> None:
        """Give an answer; raises ValueError when it is not acceptable. None leaves it open."""
        slot = self._part.definition.slot
        self.answered = True
        if value is None:
            self._scope.t[slot], self._scope.x[slot] = "", _NAN
            return
        if not self.accepts(value):
            raise ValueError(f"the answer to {self.name} breaks a rule of the form")
        text, number, _ = self._part.normal(value)
        self._scope.t[slot], self._scope.x[slot] = text, number


@dataclass(slots=True)
class RepeatAsk:
    """A repeat whose number of instances is the respondent's to say: set `count`."""

    name: str
    pointer: str
    node: Any
    count: int = 1


class Walk:
    """An interview under way. Iterate, answer each Ask (or not), then take `answers()`."""

    def __init__(self, interview: Interview) -> None:
        self.interview = interview
        self._asked: set[tuple[int, Definition]] = set()
        self._grown = 0
        self._parts = interview.plan.by_definition

    def __iter__(self) -> Iterator[Ask | RepeatAsk]:
        """Offer each relevant question once, in form order; calculates are computed between."""
        for _ in range(_PASSES):
            before = len(self._asked)
            yield from self._children(self.interview.plan.form.root, self.interview.root)
            self.interview.findings.clear()
            if len(self._asked) == before:
                return

    def _children(self, above: Definition, scope: Scope) -> Iterator[Ask | RepeatAsk]:
        for definition in above.children:
            part = self._parts[definition]
            self._prepare(part, scope)
            self.interview.settle_part(part, scope)
            if not scope.r[definition.slot]:
                continue
            if definition.kind is Kind.GROUP:
                yield from self._children(definition, scope)
            elif definition.kind is Kind.REPEAT:
                yield from self._repeat(part, scope)
            elif part.fired is not None:
                self._fire(part, scope)
            elif part.calculation is None and self._first(definition, scope):
                yield Ask(self.interview, part, scope)

    def _fire(self, part: Part, scope: Scope) -> None:
        """Write what a trigger writes, as if it was answered just before, where that fits."""
        assert part.fired is not None
        ask = Ask(self.interview, part, scope)
        fired = part.fired(self.interview.environment, scope)
        is_whole = type(fired) is float and fired.is_integer()
        value = int(fired) if is_whole and part.definition.numeric else stored_text(fired)
        if ask.accepts(value):
            ask.answer(value)

    def _first(self, definition: Definition, scope: Scope) -> bool:
        key = (id(scope), definition)
        if key in self._asked:
            return False
        self._asked.add(key)
        return True

    def _prepare(self, part: Part, scope: Scope) -> None:
        """Compute the calculates further down that this part reads."""
        for use in part.uses:
            other = self._parts.get(use)
            if other is None or other.calculation is None:
                continue
            if other.definition.repeat is part.definition.repeat:
                self.interview.settle_part(other, scope)

    def _repeat(self, part: Part, scope: Scope) -> Iterator[Ask | RepeatAsk]:
        definition = part.definition
        instances = scope.c[definition.slot]
        count = expected_count(self.interview.environment, part, scope)
        if count is None and self._first(definition, scope):
            ask = RepeatAsk(definition.name, pointer_of(definition, scope), part.source.node)
            yield ask
            count = ask.count
        if part.grows:
            yield from self._growing(part, scope)
            return
        if count is not None:
            del instances[count:]
            while len(instances) < min(count, MAX_INSTANCES):
                scope.add(definition)
        for inner in list(instances):
            yield from self._children(definition, inner)

    def _growing(self, part: Part, scope: Scope) -> Iterator[Ask | RepeatAsk]:
        """Add entries one by one, as the answers in those before ask for more."""
        definition, instances = part.definition, scope.c[part.definition.slot]
        asked = 0
        while asked < MOST_GROWN and self._grown < MOST_GROWN_IN_ALL:
            self._prepare(part, scope)
            wanted = expected_count(self.interview.environment, part, scope)
            if asked == len(instances):
                if wanted is None or wanted <= asked:
                    return
                scope.add(definition)
                self._grown += 1
            yield from self._children(definition, instances[asked])
            asked += 1

    def answers(self) -> dict[str, Any]:
        """Return the answers so far as an envelope carries them: only what is relevant."""
        self.interview.settle()
        self.interview.findings.clear()
        return self._answers(self.interview.root)

    def _answers(self, scope: Scope) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for definition in scope.d.inside:
            slot = definition.slot
            if not scope.r[slot] or definition.kind is Kind.GROUP:
                continue
            if definition.kind is Kind.REPEAT:
                if scope.c[slot]:
                    found[definition.name] = [self._answers(inner) for inner in scope.c[slot]]
            elif scope.t[slot]:
                found[definition.name] = _json(definition, scope)
        return found


def _json(definition: Definition, scope: Scope) -> str | int | float:
    text, number = scope.t[definition.slot], scope.x[definition.slot]
    if definition.numeric and number == number:  # noqa: PLR0124
        return int(number) if number == int(number) and abs(number) < 1e15 else number  # noqa: PLR2004
    return text


_NAN = float("nan")
