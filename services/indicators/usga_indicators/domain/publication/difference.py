"""What differs between two releases, as readers see them: hidden numbers stay hidden."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]
#: What says where a cell belongs.
PLACE = ("indicator", "ref_area", "stratum", "sex", "age", "item", "subgroup")
#: What names the release and not the number.
_OF_RELEASE = frozenset({"release", "method_version", "time_period"})


class Change(StrEnum):
    """What happened to a cell from one release to the other."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class CellDifference:
    """One cell that is not the same in both; `fields` are those that differ."""

    change: Change
    place: Mapping[str, str]
    fields: tuple[str, ...]
    before: Json | None
    after: Json | None

    @property
    def moved(self) -> float | None:
        """The new value minus the old one, where both are shown."""
        if self.before is None or self.after is None:
            return None
        old, new = self.before["obs_value"], self.after["obs_value"]
        return None if old is None or new is None else float(new) - float(old)


def differences(before: Sequence[Json], after: Sequence[Json]) -> Iterator[CellDifference]:
    """Cells that came, went or changed: those of `after` in their order, then what is gone."""
    old = {_key(cell): cell for cell in before}
    new = {_key(cell): cell for cell in after}
    for key, cell in new.items():
        if key not in old:
            yield CellDifference(Change.ADDED, _place(cell), (), None, cell)
            continue
        fields = tuple(
            name
            for name in sorted(cell.keys() | old[key].keys())
            if name not in _OF_RELEASE and cell.get(name) != old[key].get(name)
        )
        if fields:
            yield CellDifference(Change.CHANGED, _place(cell), fields, old[key], cell)
    for key, cell in old.items():
        if key not in new:
            yield CellDifference(Change.REMOVED, _place(cell), (), cell, None)


def _key(cell: Json) -> tuple[str, ...]:
    return tuple(str(cell.get(name, "_T")) for name in PLACE)


def _place(cell: Json) -> dict[str, str]:
    return {name: str(cell.get(name, "_T")) for name in PLACE}
