"""The shape of a form: what is where, and which repeat each thing stands in."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: Question types that hold blank-separated names of choices.
SELECT_MANY = frozenset({"select_multiple", "select_multiple_from_file", "rank"})


class Kind(StrEnum):
    """What a definition is: only questions hold values."""

    GROUP = "group"
    REPEAT = "repeat"
    QUESTION = "question"


@dataclass(eq=False, slots=True)
class Definition:
    """One group, repeat or question of a form.

    `repeat` is the repeat around it (None: the form itself); `slot` is its place in the
    lists of a scope; `numeric` says that its value is kept as a number too.
    """

    kind: Kind
    name: str
    type: str = ""
    parent: "Definition | None" = None
    repeat: "Definition | None" = None
    slot: int = 0
    numeric: bool = False
    choices: str | None = None
    key: str = "name"  # of a select: the column of its list that is the answer
    label: str = "label"
    rows: "Definition | None" = None  # of a select whose choices are answers: what holds them
    value: "Definition | None" = None
    shown: "Definition | None" = None
    children: list["Definition"] = field(default_factory=list)
    named: dict[str, "Definition"] = field(default_factory=dict)
    width: int = 0  # of a repeat and of the root: how many slots a scope has
    repeats: list[int] = field(default_factory=list)  # of the same: slots of repeats in it
    inside: list["Definition"] = field(default_factory=list)  # of a repeat: all in its scope

    def __repr__(self) -> str:
        return f"<{self.kind} {self.path}>"

    @property
    def path(self) -> str:
        """The absolute path without positions."""
        before = self.parent.path if self.parent else ""
        return f"{before}/{self.name}"

    @property
    def chain(self) -> tuple["Definition", ...]:
        """The repeats around it, outermost first."""
        found = []
        at = self.repeat
        while at is not None:
            found.append(at)
            at = at.repeat
        return tuple(reversed(found))


MOST_HINTS = 25
"""Misspelt names of one form that are compared with the others: a slow thing for hostile forms."""


class Form:
    """All definitions of a form, by path and by name."""

    def __init__(self, name: str = "data") -> None:
        self.root = Definition(Kind.GROUP, name)
        self.by_name: dict[str, list[Definition]] = {}
        self.definitions: list[Definition] = []
        self._hints_left = MOST_HINTS

    def add(
        self,
        kind: Kind,
        name: str,
        *,
        parent: Definition | None = None,
        type_: str = "",
        numeric: bool = False,
        choices: str | None = None,
    ) -> Definition:
        """Add a definition at the end of its parent (None: of the form)."""
        above = parent or self.root
        around = above if above.kind is Kind.REPEAT else above.repeat
        holder = around or self.root
        made = Definition(kind, name, type_, above, around, holder.width, numeric, choices)
        holder.width += 1
        holder.inside.append(made)
        if kind is Kind.REPEAT:
            holder.repeats.append(made.slot)
        above.children.append(made)
        above.named.setdefault(name, made)
        self.by_name.setdefault(name, []).append(made)
        self.definitions.append(made)
        return made

    def nearest(self, name: str) -> str | None:
        """Return the name that was probably meant, for the first `MOST_HINTS` misspelt ones."""
        import difflib  # noqa: PLC0415 - needed for mistakes only

        if self._hints_left == 0:
            return None
        self._hints_left -= 1
        return next(iter(difflib.get_close_matches(name, list(self.by_name), n=1)), None)

    def find(self, name: str, near: Definition) -> Definition | None:
        """Return what `${name}` means at a definition: the one that shares most ancestors."""
        candidates = self.by_name.get(name)
        if not candidates:
            return None
        if len(candidates) == 1:
            return candidates[0]
        chain = near.chain
        return max(candidates, key=lambda found: _shared(found.chain, chain))


def _shared(one: tuple[Definition, ...], other: tuple[Definition, ...]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left is not right:
            break
        count += 1
    return count


class Scope:
    """The values of the form, or of one instance of a repeat.

    Attributes are short because generated code reads them: `t` texts, `x` numbers (NaN when
    empty), `r` relevance, all by slot; `c` instances by the slot of their repeat; `p` the scope
    around; `i` the position from 1; `d` the repeat; `a` its
    answers as they came.
    """

    __slots__ = ("a", "c", "d", "i", "p", "r", "t", "x")

    def __init__(self, definition: Definition, parent: "Scope | None", position: int) -> None:
        width = definition.width
        self.a: Any = None
        self.d = definition
        self.p: Any = parent
        self.i = position
        self.t: list[str] = [""] * width
        self.x: list[float] = [_NAN] * width
        self.r: list[bool] = [True] * width
        self.c: dict[int, list[Scope]] = (
            {slot: [] for slot in definition.repeats} if definition.repeats else {}
        )

    def add(self, repeat: Definition) -> "Scope":
        """Append an instance of a repeat."""
        instances = self.c[repeat.slot]
        made = Scope(repeat, self, len(instances) + 1)
        instances.append(made)
        return made


_NAN = float("nan")
