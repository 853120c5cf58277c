"""What an engine adds interviews up by beside stratum and PSU, and the cells that it makes.

Sex and age band go together, because each may have cells; every further group goes alone, for
no cell crosses two (rule D-04). So keys stay few, and the rows that come back do too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any, Protocol

import ibis
import numpy as np
from ibis.expr import types as ir

from usga_indicators.domain.codebook.column import Column, IntArray, Kind
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.definition.model import Breakdown
from usga_indicators.domain.portable.variables import Given
from usga_indicators.domain.tabulation.breakdowns import (
    AGE_BANDS,
    Cell,
    Partition,
    partitions,
)
from usga_indicators.domain.tabulation.groups import DISABLED, Group

Finder = Callable[[str], Given]
_PLACE = "#group"


class Grouping(Protocol):
    """Keys of a scan, and how its groups become cells."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Their names."""
        ...

    @property
    def variables(self) -> tuple[str, ...]:
        """Questions that they read."""
        ...

    def columns(self, table: ir.Table, given: Finder, /) -> dict[str, ir.Value]:
        """The keys on a table of interviews."""
        ...

    def answers(
        self, keys: Sequence[tuple[Any, ...]], known: Sequence[str], /
    ) -> dict[str, Column]:
        """Keys of groups as columns of answers; `known` are the columns of the table."""
        ...

    def partitions(self, frame: Frame, areas: Mapping[str, str], /) -> list[Partition]:
        """The cells of groups."""
        ...


@dataclass(frozen=True, slots=True)
class SexAndAge:
    """Total, strata, areas, sexes and age bands."""

    keys: tuple[str, ...] = ("sex", "band")
    variables: tuple[str, ...] = ()

    def columns(self, table: ir.Table, _given: Finder, /) -> dict[str, ir.Value]:
        """Sex, and the lowest age of the band; null where the age is not known or in none."""
        sex = table["sex"] if "sex" in table.columns else ibis.null("string")
        if "age" not in table.columns:
            return {"sex": sex, "band": ibis.null("float64")}
        age = table["age"]
        bands = (((age >= low) & (age < high), float(low)) for _, low, high in AGE_BANDS)
        return {"sex": sex, "band": ibis.cases(*bands)}

    def answers(
        self, keys: Sequence[tuple[Any, ...]], known: Sequence[str], /
    ) -> dict[str, Column]:
        """Where each belongs."""
        sexes, bands = zip(*keys, strict=True)
        sex, kinds = RawText.of(sexes), np.full(len(keys), Kind.ASKED, dtype=np.int8)
        found = {"sex": Column(kinds, sex.codes, sex.levels), "age": _numbers(bands)}
        return {name: column for name, column in found.items() if name in known}

    def partitions(self, frame: Frame, areas: Mapping[str, str], /) -> list[Partition]:
        """All that arrays make of sex and age."""
        return partitions(frame, areas)


@dataclass(frozen=True, slots=True)
class OneGroup:
    """The categories of one group."""

    group: Group
    keys: tuple[str, ...] = (_PLACE,)

    @property
    def variables(self) -> tuple[str, ...]:
        return self.group.columns

    def columns(self, _table: ir.Table, given: Finder, /) -> dict[str, ir.Value]:
        """The place of the category; null for none."""
        return {_PLACE: place_of(self.group, given).cast("float64")}

    def answers(
        self, keys: Sequence[tuple[Any, ...]], _known: Sequence[str], /
    ) -> dict[str, Column]:
        """The place as a number."""
        return {_PLACE: _numbers([place for (place,) in keys])}

    def partitions(self, frame: Frame, _areas: Mapping[str, str], /) -> list[Partition]:
        """One, of this group."""
        told = frame.columns[_PLACE].numbers
        assert told is not None
        place = np.where(np.isnan(told), -1.0, told).astype(np.int64)
        cells = tuple(Cell(subgroup=code) for code in self.group.codes())
        return [Partition(self.group.breakdown, cells, place)]


def place_of(group: Group, given: Finder) -> ir.NumericValue:
    """The category of each interview as `Group.place` gives it, null for none."""
    answers = {name: given(name).value for name in group.columns}
    if group.breakdown is Breakdown.DISABILITY:
        much = reduce(or_, [_is_one(v, DISABLED) for v in answers.values()])
        told = reduce(and_, [v.notnull() for v in answers.values()])
        return ibis.cases((much, 0), (told, 1))
    (answer,) = answers.values()
    said = [(_is_one(answer, some), at) for at, some in enumerate(group.answers) if some]
    rest = [at for at, some in enumerate(group.answers) if not some]
    return ibis.cases(*said, *((answer.notnull(), at) for at in rest))


def _is_one(value: ir.Value, some: Sequence[str] | frozenset[str]) -> ir.BooleanValue:
    return value.isin(sorted(some)).fill_null(False)  # noqa: FBT003 -- a value


def _numbers(values: Sequence[float | None]) -> Column:
    size = len(values)
    nothing: IntArray = np.full(size, -1, dtype=np.int64)
    numbers = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    return Column(np.full(size, Kind.ASKED, dtype=np.int8), nothing, (), numbers)
