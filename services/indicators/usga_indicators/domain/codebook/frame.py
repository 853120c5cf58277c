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
    column_of,
)
from usga_indicators.domain.codebook.raw import RawInterviews, RawRows, RawText
from usga_indicators.domain.codebook.skips import Skip, SkipRules


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """Rows of a repeat; `person` is the row of the interview that each belongs to."""

    person: IntArray
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Interviews as columns. Rows are in the canonical order of units."""

    size: int
    stratum: RawText
    psu: RawText
    w_person: FloatArray
    w_household: FloatArray
    columns: Mapping[str, Column]
    repeats: Mapping[str, Repeat] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.size

    def part(self, start: int, stop: int) -> "Frame":
        """The interviews from `start` to before `stop`, with their rows of repeats."""
        some = slice(start, min(stop, self.size))
        repeats: dict[str, Repeat] = {}
        for name, repeat in self.repeats.items():
            rows = np.flatnonzero((repeat.person >= some.start) & (repeat.person < some.stop))
            repeats[name] = Repeat(
                repeat.person[rows] - some.start,
                {n: column.take(rows) for n, column in repeat.columns.items()},
            )
        return Frame(
            size=some.stop - some.start,
            stratum=RawText(self.stratum.codes[some], self.stratum.levels),
            psu=RawText(self.psu.codes[some], self.psu.levels),
            w_person=self.w_person[some],
            w_household=self.w_household[some],
            columns={name: column.take(some) for name, column in self.columns.items()},
            repeats=repeats,
        )


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
    explainer = _Explainer(plain, codebook, rules, raw.version, raw.left_open(), {})
    return Frame(
        size=len(raw),
        stratum=raw.stratum,
        psu=raw.psu,
        w_person=raw.w_person,
        w_household=raw.w_household,
        columns={name: explainer.explain(name) for name in plain},
        repeats={
            name: _repeat(raw, name, [v for v in wanted if v.repeat == name], codebook)
            for name in sorted({v.repeat for v in wanted if v.repeat})
        },
    )


def _repeat(
    raw: RawInterviews, name: str, wanted: Sequence[Variable], codebook: Codebook
) -> Repeat:
    rows = raw.repeats.get(name) or RawRows(np.zeros(0, dtype=np.int64), {})
    left_open = rows.left_open()
    columns: dict[str, Column] = {}
    for variable in wanted:
        column = column_of(variable, rows.columns.get(variable.name), len(rows.person))
        kinds = column.kinds.copy()
        lacks = _lacks(variable, codebook, raw.version)
        kinds[(kinds == Kind.NOT_ASKED) & lacks[rows.person]] = Kind.NOT_IN_VERSION
        if variable.name in left_open:
            kinds[(kinds == Kind.NOT_ASKED) & left_open[variable.name]] = Kind.NO_ANSWER
        columns[variable.name] = Column(kinds, column.codes, column.levels, column.numbers)
    return Repeat(rows.person, columns)


def _lacks(variable: Variable, codebook: Codebook, version: RawText) -> BoolArray:
    """The interviews whose version of the form has no such question."""
    if variable.versions == frozenset(codebook.versions):
        return np.zeros(len(version.codes), dtype=np.bool_)
    lacks = np.array([v not in variable.versions for v in version.levels] + [False])
    return np.asarray(lacks[version.codes], dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class _Explainer:
    """Gives every absent value its reason, screeners before what they skip."""

    plain: Mapping[str, Column]
    codebook: Codebook
    rules: SkipRules
    version: RawText
    left_open: Mapping[str, BoolArray]
    done: dict[str, Column]

    def explain(self, name: str) -> Column:
        """The column with reasons instead of `NOT_ASKED` where there is a better one."""
        if name in self.done:
            return self.done[name]
        column, variable = self.plain[name], self.codebook[name]
        kinds = column.kinds.copy()
        lacks = _lacks(variable, self.codebook, self.version)
        kinds[(kinds == Kind.NOT_ASKED) & lacks] = Kind.NOT_IN_VERSION
        if name in self.left_open:
            kinds[(kinds == Kind.NOT_ASKED) & self.left_open[name]] = Kind.NO_ANSWER
        if variable.is_s3:
            closed = self._gate_closed(variable, len(kinds))
            kinds[(kinds == Kind.NOT_ASKED) & closed] = Kind.GATE_FAILED
        result = Column(kinds, column.codes, column.levels, column.numbers)
        skip = self.rules.skips.get(name)
        if skip is not None and skip.screener in self.plain:
            result = _implied(result, self.explain(skip.screener), skip)
        self.done[name] = result
        return result

    def _gate_closed(self, variable: Variable, size: int) -> BoolArray:
        """Rows in which a gate of the variable was not answered yes, or shut by somebody."""
        closed = np.zeros(size, dtype=np.bool_)
        for gate in sorted(variable.relevant & self.rules.gates & self.plain.keys()):
            closed |= ~_is(self.plain[gate], "yes")
        again = self.rules.interruption
        if again is not None and again.question in variable.relevant & self.plain.keys():
            asked = self.plain[again.question]
            reopened = np.zeros(size, dtype=np.bool_)
            if again.check in self.plain:
                reopened = _is(self.plain[again.check], "yes")
            closed |= _is(asked, again.now) | (_is(asked, again.over) & ~reopened)
        return closed


def _is(column: Column, value: str) -> BoolArray:
    matches = np.array([level == value for level in column.levels] + [False], dtype=np.bool_)
    return matches[column.codes]


def _implied(column: Column, screener: Column, skip: Skip) -> Column:
    """Take the screener's no for the answer, and its silence for the reason."""
    kinds = column.kinds
    open_ = (kinds == Kind.NOT_ASKED) | (kinds == Kind.GATE_FAILED)
    said_no = np.array([level in skip.no for level in screener.levels] + [False])[screener.codes]
    kinds = np.where(open_ & (screener.kinds >= Kind.DK), screener.kinds, kinds)
    implied = open_ & said_no
    kinds = np.where(implied, np.int8(Kind.IMPLIED), kinds).astype(np.int8)
    levels = column.levels if skip.value in column.levels else (*column.levels, skip.value)
    codes = np.where(implied, levels.index(skip.value), column.codes)
    return Column(kinds, codes, levels, column.numbers)
