"""The analysis frame: every variable of every interview, with skips made explicit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from usga_indicators.domain.codebook.codebook import Codebook, Variable
from usga_indicators.domain.codebook.column import (
    BoolArray,
    Column,
    FloatArray,
    IntArray,
    Kind,
    KindArray,
    column_of,
)
from usga_indicators.domain.codebook.raw import RawInterviews, RawRows
from usga_indicators.domain.codebook.skips import Skip, SkipRules


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """Rows of a repeat; `person` is the row of the interview that each belongs to."""

    person: IntArray
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Interviews as columns. Rows are in the canonical order of units."""

    units: tuple[str, ...]
    stratum: tuple[str, ...]
    psu: tuple[str, ...]
    area: tuple[str | None, ...]
    w_person: FloatArray
    w_household: FloatArray
    columns: Mapping[str, Column]
    repeats: Mapping[str, Repeat] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.units)


def frame_of(
    raw: RawInterviews, codebook: Codebook, names: Sequence[str], rules: SkipRules
) -> Frame:
    """Make the columns that `names` ask for, skips and gates told apart (rules 5.1-5, 5.1-11).

    Screeners and gates must be among `names`. Values of repeats are never skip-implied.
    """
    wanted = [codebook[name] for name in dict.fromkeys(names) if name in codebook]
    plain = {
        v.name: column_of(v, raw.columns.get(v.name), len(raw)) for v in wanted if v.repeat is None
    }
    columns: dict[str, Column] = {}
    for name in plain:
        _explain(name, plain, columns, codebook, rules, raw.versions)
    return Frame(
        units=raw.units,
        stratum=raw.stratum,
        psu=raw.psu,
        area=raw.area,
        w_person=raw.w_person,
        w_household=raw.w_household,
        columns=columns,
        repeats={
            name: _repeat(raw.repeats.get(name), [v for v in wanted if v.repeat == name])
            for name in sorted({v.repeat for v in wanted if v.repeat})
        },
    )


def _repeat(rows: RawRows | None, wanted: Sequence[Variable]) -> Repeat:
    person = np.zeros(0, dtype=np.int64) if rows is None else rows.person
    given = {} if rows is None else rows.columns
    return Repeat(
        person=person,
        columns={v.name: column_of(v, given.get(v.name), len(person)) for v in wanted},
    )


def _explain(
    name: str,
    plain: Mapping[str, Column],
    done: dict[str, Column],
    codebook: Codebook,
    rules: SkipRules,
    versions: Sequence[str],
) -> None:
    """Give every absent value of a variable its reason; screeners first."""
    if name in done:
        return
    column, variable = plain[name], codebook[name]
    absent = column.kinds == Kind.NOT_ASKED
    kinds = column.kinds.copy()
    if variable.versions != frozenset(codebook.versions):
        lacks = np.array([v not in variable.versions for v in versions], dtype=np.bool_)
        kinds[absent & lacks] = Kind.NOT_IN_VERSION
    kinds[(kinds == Kind.NOT_ASKED) & _gate_closed(variable, plain, rules)] = Kind.GATE_FAILED
    skip = rules.skips.get(name)
    if skip is None or skip.screener not in plain:
        done[name] = Column(kinds, column.codes, column.levels, column.numbers)
        return
    _explain(skip.screener, plain, done, codebook, rules, versions)
    done[name] = _implied(column, kinds, done[skip.screener], skip)


def _gate_closed(variable: Variable, plain: Mapping[str, Column], rules: SkipRules) -> BoolArray:
    """Rows in which a gate of the variable was not answered yes."""
    gates = sorted(variable.relevant & rules.gates & plain.keys())
    size = len(next(iter(plain.values())))
    closed = np.zeros(size, dtype=np.bool_)
    if not variable.is_s3:
        return closed
    for gate in gates:
        column = plain[gate]
        yes = np.array([level == "yes" for level in column.levels] + [False], dtype=np.bool_)
        closed |= ~yes[column.codes]
    return closed


def _implied(column: Column, kinds: KindArray, screener: Column, skip: Skip) -> Column:
    open_ = (kinds == Kind.NOT_ASKED) | (kinds == Kind.GATE_FAILED)
    said_no = np.array([level in skip.no for level in screener.levels] + [False])[screener.codes]
    passed_on = open_ & (screener.kinds >= Kind.DK)
    kinds = np.where(passed_on, screener.kinds, kinds)
    implied = open_ & said_no
    kinds = np.where(implied, np.int8(Kind.IMPLIED), kinds).astype(np.int8)
    levels = column.levels if skip.value in column.levels else (*column.levels, skip.value)
    codes = np.where(implied, levels.index(skip.value), column.codes)
    return Column(kinds, codes, levels, column.numbers)
