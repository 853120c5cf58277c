"""What changes of the form during fieldwork do to the indicators that rest on it (ADR-0028)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from usga_shared.wire.comparison import Comparability, VersionChange, VersionComparison

_ORDER: tuple[Comparability, ...] = get_args(Comparability)
Changes = Mapping[str, Sequence[VersionChange]]


@dataclass(frozen=True, slots=True)
class Compared:
    """How far the answers to an indicator's questions are of one kind, and why not."""

    effect: Comparability = "full"
    changes: tuple[VersionChange, ...] = ()


def changes_in(comparisons: Iterable[VersionComparison], instrument: str) -> Changes:
    """The changes of an instrument that leave a caveat or break a variable, by variable."""
    found: dict[str, list[VersionChange]] = {}
    for comparison in comparisons:
        for change in comparison.changes if comparison.instrument == instrument else ():
            if change.variable is not None and change.effect != "full":
                found.setdefault(change.variable, []).append(change)
    return found


def compared(names: Iterable[str], changes: Changes) -> Compared:
    """The gravest effect on any of these variables, with every change that has one."""
    told = tuple(change for name in dict.fromkeys(names) for change in changes.get(name, ()))
    effects: list[Comparability] = ["full", *(change.effect for change in told)]
    return Compared(max(effects, key=_ORDER.index), told)
