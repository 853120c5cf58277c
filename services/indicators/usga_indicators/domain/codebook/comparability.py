"""What changes of the form during fieldwork do to the indicators that rest on it (ADR-0028)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from usga_shared.wire.comparison import Comparability, VersionChange, VersionComparison

_ORDER: tuple[Comparability, ...] = get_args(Comparability)
Changes = Mapping[str, Sequence[VersionChange]]


@dataclass(frozen=True, slots=True)
class Compared:
    """How far the answers to an indicator's questions are of one kind, and why not."""

    effect: Comparability = "full"
    changes: tuple[VersionChange, ...] = ()
    """Of its questions, then of those that its breakdowns are made of."""
    breakdowns: Mapping[str, Comparability] = field(default_factory=dict)
    """The effect on each question by which its cells are broken down."""

    def within(self, names: Iterable[str]) -> Comparability:
        """The gravest effect on a cell that is broken down by these questions."""
        return _worst((self.effect, *(self.breakdowns.get(name, "full") for name in names)))


def changes_in(comparisons: Iterable[VersionComparison], instrument: str) -> Changes:
    """The changes of an instrument that leave a caveat or break a variable, by variable."""
    found: dict[str, list[VersionChange]] = {}
    for comparison in comparisons:
        for change in comparison.changes if comparison.instrument == instrument else ():
            if change.variable is not None and change.effect != "full":
                found.setdefault(change.variable, []).append(change)
    return found


def compared(names: Iterable[str], changes: Changes, breakdowns: Iterable[str] = ()) -> Compared:
    """The gravest effect on any of these variables, with every change that has one.

    `breakdowns` are the questions that put interviews into cells: what changed of them tells of
    the cells that they make, and leaves the total as it is.
    """
    questions = tuple(dict.fromkeys(names))
    making = [name for name in dict.fromkeys(breakdowns) if name not in questions]
    return Compared(
        _worst(change.effect for name in questions for change in changes.get(name, ())),
        tuple(change for name in (*questions, *making) for change in changes.get(name, ())),
        {n: _worst(change.effect for change in changes[n]) for n in making if n in changes},
    )


def _worst(effects: Iterable[Comparability]) -> Comparability:
    return max(effects, key=_ORDER.index, default="full")
