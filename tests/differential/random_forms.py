"""Random forms: groups, repeats and counted repeats, relevance, constraints, filters, calculates."""

import random
from dataclasses import dataclass, field

_COLUMNS = (
    "type", "name", "label", "relevant", "constraint", "required", "calculation",
    "choice_filter", "repeat_count",
)  # fmt: skip
_REST = """| choices |
| | list_name | name | label | f |
| | yn | yes | Yes | |
| | yn | no | No | |
| | abc | a | A | 1 |
| | abc | b | B | |
| | abc | c | C | 1 |
| settings |
| | form_id | form_title |
| | random | Random |
"""
#: What can be asked of something that an expression sees, by its kind.
_CONDITIONS = {
    "integer": ("{} > 4", "{} = 5", "{} != ''", "{} < 18", "{} mod 2 = 1"),
    "text": ("{} != ''", "string-length({}) > 1", "contains({}, 'a')"),
    "select_one yn": ("{} = 'yes'", "{} != 'no'", "selected({}, 'yes')"),
    "select_multiple abc": ("selected({}, 'a')", "count-selected({}) > 1", "{} = ''"),
    "date": ("{} >= date('2024-01-01')", "{} < today()"),
    "calculate": ("{} > 3", "{} = ''", "{} != ''"),
    "nodes": ("sum({}[. != '']) > 5", "count({}) > 1", "max({}[. > 0]) >= 4"),
    "repeat": ("count({}) > 1", "count({}) = 0"),
}
_VALUES = (
    "concat({0}, '-', string-length({0}))", "coalesce({0}, 'none')", "number({0}) + 1",
    "if({0} = '', 0, 5)", "int({0} * 1.5)", "{0}",
)  # fmt: skip
_OVER_NODES = ("join(',', {0})", "count({0})", "count-non-empty({0})", "sum({0}[. != ''])")
_QUESTIONS = (
    "integer", "integer", "text", "select_one yn", "select_multiple abc", "date", "calculate",
)  # fmt: skip
#: Kind and name of what an expression may refer to.
Seen = list[tuple[str, str]]


def random_form(seed: int) -> str:
    """A form in Markdown that pyxform converts and that has no circle."""
    form = _Form(random.Random(seed))
    form.body([], 0, 0)
    lines = ["| survey |", "| | " + " | ".join(_COLUMNS) + " |"]
    lines += ["| | " + " | ".join(row.get(c, "") for c in _COLUMNS) + " |" for row in form.rows]
    return "\n".join(lines) + "\n" + _REST


@dataclass(slots=True)
class _Form:
    chance: random.Random
    rows: list[dict[str, str]] = field(default_factory=list)
    _names: int = 0

    def body(self, seen: Seen, depth: int, repeats: int) -> Seen:
        """Add some rows; return what stands in them."""
        seen, found = list(seen), Seen()
        for _ in range(self.chance.randint(3, 6)):
            draw = self.chance.random()
            if draw < 0.12 and depth < 3:
                made = self._group(seen, depth, repeats)
            elif draw < 0.26 and depth < 2:
                made = self._repeat(seen, depth, repeats)
            else:
                made = [self._question(seen)]
            seen += made
            found += made
        return found

    def _group(self, seen: Seen, depth: int, repeats: int) -> Seen:
        self._add("begin group", relevant=self._perhaps(seen, 0.7))
        inside = self.body(seen, depth + 1, repeats)
        self.rows.append({"type": "end group"})
        return inside

    def _repeat(self, seen: Seen, depth: int, repeats: int) -> Seen:
        numbers = [name for kind, name in seen if kind == "integer"]
        counted = numbers and self.chance.random() < 0.4
        count = f"${{{self.chance.choice(numbers)}}}" if counted else ""
        relevant = self._perhaps(seen, 0.4)
        name = self._add("begin repeat", relevant=relevant, repeat_count=count)
        inside = self.body(seen, depth + 1, repeats + 1)
        self.rows.append({"type": "end repeat"})
        held = [("nodes", each) for kind, each in inside if kind in ("integer", "nodes")]
        return [("repeat", name), *held]

    def _question(self, seen: Seen) -> tuple[str, str]:
        kind = self.chance.choice(_QUESTIONS)
        if kind == "calculate" and not seen:
            kind = "integer"
        more = {"relevant": self._perhaps(seen, 0.45)}
        if kind == "calculate":
            return kind, self._add(kind, calculation=self._value(seen), **more)
        if self.chance.random() < 0.4:
            more["required"] = self._perhaps(seen, 0.5) or "yes"
        if kind == "integer" and self.chance.random() < 0.5:
            more["constraint"] = self.chance.choice((". >= 0 and . < 120", ". mod 2 = 0"))
        if kind.endswith("abc") and self.chance.random() < 0.5:
            more["choice_filter"] = self._perhaps(seen, 0.5) or "f = '1'"
        return kind, self._add(kind, **more)

    def _add(self, kind: str, **more: str) -> str:
        self._names += 1
        name = f"q{self._names}"
        label = {} if kind == "calculate" else {"label": name}
        self.rows.append({"type": kind, "name": name, **label, **more})
        return name

    def _perhaps(self, seen: Seen, share: float) -> str:
        return self._condition(seen) if seen and self.chance.random() < share else ""

    def _condition(self, seen: Seen) -> str:
        kind, name = self.chance.choice(seen)
        found = self.chance.choice(_CONDITIONS[kind]).format(f"${{{name}}}")
        if self.chance.random() < 0.3:
            found = f"{found} {self.chance.choice(('and', 'or'))} {self._condition(seen)}"
        return found if self.chance.random() < 0.85 else f"not({found})"

    def _value(self, seen: Seen) -> str:
        kind, name = self.chance.choice(seen)
        if kind == "repeat":
            return f"count(${{{name}}})"
        if self.chance.random() < 0.2:
            return f"if({self._condition(seen)}, 1, 2)"
        shapes = _OVER_NODES if kind == "nodes" else _VALUES
        return self.chance.choice(shapes).format(f"${{{name}}}")
