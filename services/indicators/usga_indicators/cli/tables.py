"""Suppression cases: a two-way table with totals, or any system of cells and sums."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from usga_indicators.cli.inputs import (
    InputError,
    integer,
    integers,
    listed,
    member,
    number,
    numbers,
    optional,
    reject_unless,
    word,
)
from usga_indicators.domain.disclosure.suppression import (
    AdditiveSystem,
    Need,
    NotAdditive,
    Sum,
    dominance,
    frequency,
    p_percent,
    two_way,
)

#: Cells of one case, totals among them.
MAX_CELLS = 20_000
_PERCENT = 100.0
Place = Callable[[Any, str], int]


@dataclass(frozen=True, slots=True)
class Task:
    """What to protect; `columns` is the width of a table, None for a system of cells."""

    system: AdditiveSystem
    needs: tuple[Need, ...]
    singletons: frozenset[int]
    columns: int | None

    def address(self, cell: int) -> list[int] | int:
        """A cell as the case file speaks of it."""
        return cell if self.columns is None else list(divmod(cell, self.columns))

    def cell(self, cell: int) -> str:
        """The path of a cell's value."""
        if self.columns is None:
            return f"values[{cell}]"
        row, column = divmod(cell, self.columns)
        return f"table[{row}][{column}]"


def task_of(case: Mapping[str, Any]) -> Task:
    """Read a case. Raises InputError."""
    return _of_table(case) if "table" in case or "sums" not in case else _of_system(case)


def _of_table(case: Mapping[str, Any]) -> Task:
    table = _table(case)
    height, width = len(table), len(table[0])
    by_value = word(optional(case, "cost", "count"), "cost", {"count", "value"}) == "value"
    costs = [[max(v, 1.0) for v in row] for row in table] if by_value else None
    try:
        system = two_way(table, costs)
    except NotAdditive as error:
        row = error.place < height
        line = f"table[{error.place}]" if row else f"table[*][{error.place - height}]"
        raise InputError(line, str(error), code=error.code) from None

    def place(value: Any, where: str) -> int:
        row, column = listed(value, where, least=2, most=2)
        return width * integer(row, f"{where}[0]", least=0, most=height - 1) + integer(
            column, f"{where}[1]", least=0, most=width - 1
        )

    needs = (
        _needs(case, place)
        if case.get("primary") is not None
        else _needs_of_rule(case, height - 1, width - 1)
    )
    singletons = _places(case, "singletons", place)
    return Task(system, needs, singletons, width)


def _table(case: Mapping[str, Any]) -> list[list[float]]:
    rows = listed(member(case, "table"), "table", least=2, most=MAX_CELLS)
    found = [
        numbers(row, f"table[{at}]", least=0, most_entries=MAX_CELLS)
        for at, row in enumerate(rows)
    ]
    width = len(found[0])
    for at, row in enumerate(found):
        reject_unless(
            len(row) == width, f"table[{at}]", f"has {len(row)} cells, not {width}", code="ragged"
        )
    reject_unless(width > 1, "table[0]", "has no column beside the totals")
    reject_unless(len(found) * width <= MAX_CELLS, "table", f"has more than {MAX_CELLS} cells")
    for name, size in (("rows", len(found) - 1), ("cols", width - 1)):
        said = optional(case, name, size)
        reject_unless(said == size, name, f"is {said}, but the table has {size} and totals")
    return found


def _of_system(case: Mapping[str, Any]) -> Task:
    values = numbers(member(case, "values"), "values", least=0, most_entries=MAX_CELLS)
    last = len(values) - 1
    sums = []
    for at, each in enumerate(listed(case["sums"], "sums", least=1, most=MAX_CELLS)):
        here = f"sums[{at}]"
        total = integer(member(each, "total", place=here), f"{here}.total", least=0, most=last)
        parts = integers(
            member(each, "parts", place=here), f"{here}.parts", least=0, most=last,
            most_entries=MAX_CELLS,
        )  # fmt: skip
        distinct = len({total, *parts}) == len(parts) + 1
        reject_unless(distinct, f"{here}.parts", "names a cell twice", code="duplicate")
        sums.append(Sum(total, tuple(parts)))
    costs = numbers(
        optional(case, "costs", [1.0] * len(values)), "costs", least=0, most_entries=len(values)
    )
    reject_unless(len(costs) == len(values), "costs", f"has not {len(values)} entries")

    def place(value: Any, where: str) -> int:
        return integer(value, where, least=0, most=last)

    shown = _places(case, "shown", place)
    try:
        system = AdditiveSystem(np.array(values), tuple(sums), np.array(costs), shown)
    except NotAdditive as error:
        raise InputError(f"sums[{error.place}]", str(error), code=error.code) from None
    return Task(system, _needs(case, place), _places(case, "singletons", place), None)


def _places(case: Mapping[str, Any], name: str, place: Place) -> frozenset[int]:
    found = listed(optional(case, name, []), name, most=MAX_CELLS)
    return frozenset(place(value, f"{name}[{at}]") for at, value in enumerate(found))


def _needs(case: Mapping[str, Any], place: Place) -> tuple[Need, ...]:
    found: dict[int, Need] = {}
    for at, each in enumerate(listed(member(case, "primary"), "primary", most=MAX_CELLS)):
        here = f"primary[{at}]"
        cell = place(member(each, "cell", place=here), f"{here}.cell")
        reject_unless(cell not in found, f"{here}.cell", "is there twice", code="duplicate")
        above = number(member(each, "upl", place=here), f"{here}.upl", least=0)
        below = number(member(each, "lpl", place=here), f"{here}.lpl", least=0)
        found[cell] = Need(cell, above, below)
    return tuple(found.values())


def _needs_of_rule(case: Mapping[str, Any], rows: int, columns: int) -> tuple[Need, ...]:
    """The unsafe inner cells by the rule of the case, with the protection that each needs."""
    rule = member(case, "rule")
    kinds = {"freq", "dominance", "p_percent"}
    kind = word(member(rule, "kind", place="rule"), "rule.kind", kinds)
    name = "counts" if kind == "freq" else "contributions"
    lines = listed(member(case, name), name, least=rows, most=rows)
    needs = []
    for row, line in enumerate(lines):
        entries = listed(line, f"{name}[{row}]", least=columns, most=columns)
        for column, entry in enumerate(entries):
            needed = _needed(rule, kind, entry, f"{name}[{row}][{column}]")
            if needed is not None:
                needs.append(Need(row * (columns + 1) + column, needed, needed))
    return tuple(needs)


def _needed(rule: Mapping[str, Any], kind: str, entry: Any, place: str) -> float | None:
    def limit(name: str, most: float) -> float:
        return number(member(rule, name, place="rule"), f"rule.{name}", least=0, most=most)

    if kind == "freq":
        return frequency(number(entry, place, least=0), k=limit("k", MAX_CELLS))
    values = numbers(entry, place, least=0, most_entries=MAX_CELLS)
    if kind == "p_percent":
        return p_percent(values, p=limit("p", _PERCENT))
    largest = integer(member(rule, "n", place="rule"), "rule.n", least=1, most=MAX_CELLS)
    share = limit("k", _PERCENT)
    reject_unless(share > 0, "rule.k", "must be above zero", code="out-of-range")
    return dominance(values, n=largest, k=share)
