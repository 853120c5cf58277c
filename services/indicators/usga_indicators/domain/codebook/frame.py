"""The analysis frame: every variable of every interview, with skips made explicit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from usga_indicators.domain.codebook.codebook import Codebook, Variable
from usga_indicators.domain.codebook.column import (
    BoolArray,
    Column,
    FloatArray,
    IntArray,
    Kind,
    column_of,
)
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


@dataclass(frozen=True, slots=True)
class RawInterview:
    """One interview of the extract."""

    unit: str
    version: str
    stratum: str
    psu: str
    area: str | None
    w_person: float | None
    w_household: float | None
    answers: Mapping[str, Any]


def frame_of(
    interviews: Sequence[RawInterview], codebook: Codebook, names: Sequence[str], rules: SkipRules
) -> Frame:
    """Make the columns that `names` ask for, skips and gates told apart (rules 5.1-5, 5.1-11).

    Screeners and gates must be among `names`. Values of repeats are never skip-implied.
    """
    ordered = sorted(interviews, key=lambda i: i.unit)
    versions = [i.version for i in ordered]
    wanted = [codebook[name] for name in dict.fromkeys(names) if name in codebook]
    plain = {
        v.name: column_of(v, [i.answers.get(v.name) for i in ordered])
        for v in wanted
        if v.repeat is None
    }
    columns: dict[str, Column] = {}
    for variable in wanted:
        if variable.repeat is None:
            _explain(variable.name, plain, columns, codebook, rules, versions)
    return Frame(
        units=tuple(i.unit for i in ordered),
        stratum=tuple(i.stratum for i in ordered),
        psu=tuple(i.psu for i in ordered),
        area=tuple(i.area for i in ordered),
        w_person=_weights(i.w_person for i in ordered),
        w_household=_weights(i.w_household for i in ordered),
        columns=columns,
        repeats={
            name: _repeat(name, ordered, [v for v in wanted if v.repeat == name])
            for name in sorted({v.repeat for v in wanted if v.repeat})
        },
    )


def _weights(values: Any) -> FloatArray:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _repeat(name: str, ordered: Sequence[RawInterview], wanted: Sequence[Variable]) -> Repeat:
    rows = [
        (at, row)
        for at, interview in enumerate(ordered)
        for row in interview.answers.get(name) or ()
        if isinstance(row, Mapping)
    ]
    return Repeat(
        person=np.array([at for at, _ in rows], dtype=np.int64),
        columns={v.name: column_of(v, [row.get(v.name) for _, row in rows]) for v in wanted},
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


def _gate_closed(
    variable: Variable, plain: Mapping[str, Column], rules: SkipRules
) -> BoolArray:
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


def _implied(column: Column, kinds: Any, screener: Column, skip: Skip) -> Column:
    open_ = (kinds == Kind.NOT_ASKED) | (kinds == Kind.GATE_FAILED)
    said_no = np.array([level in skip.no for level in screener.levels] + [False])[screener.codes]
    passed_on = open_ & (screener.kinds >= Kind.DK)
    kinds = np.where(passed_on, screener.kinds, kinds)
    implied = open_ & said_no
    kinds = np.where(implied, np.int8(Kind.IMPLIED), kinds).astype(np.int8)
    levels = column.levels if skip.value in column.levels else (*column.levels, skip.value)
    codes = np.where(implied, levels.index(skip.value), column.codes)
    return Column(kinds, codes, levels, column.numbers)
