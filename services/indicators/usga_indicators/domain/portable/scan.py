"""One pass of an engine over interviews: what they say of many indicators, by PSU, sex and age.

An engine gives back one row for each thing that interviews of a group say of an indicator, with
how many they are and what they weigh; everything else is arithmetic on those few rows. So its
plan has a handful of sums, whatever the number of indicators.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr import types as ir
from usga_expressions.findings import Finding, error

from usga_indicators.domain.codebook import Codebook, Frame
from usga_indicators.domain.codebook.column import Column, IntArray, Kind
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.codebook.skips import SkipRules
from usga_indicators.domain.definition.columns import Unsupported
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.names import variables_of
from usga_indicators.domain.design.codes import compact, first_rows, joint_codes
from usga_indicators.domain.incremental import SufficientStatistics
from usga_indicators.domain.incremental.contributions import Contribution
from usga_indicators.domain.portable.measures import (
    Source,
    evaluated,
    of_row,
    parts_in,
    worked_out,
)
from usga_indicators.domain.portable.repeats import RowSums
from usga_indicators.domain.portable.sums import ADDED, States, added, state_columns, states_of
from usga_indicators.domain.portable.variables import Variables
from usga_indicators.domain.tabulation.breakdowns import AGE_BANDS
from usga_indicators.domain.tabulation.measures import Prepared
from usga_indicators.domain.tabulation.tasks import Task

#: Indicators of one query: of more, engines take longer to compile the plan than to run it.
AT_ONCE = 24
#: AAPOR complete and partial interviews.
_INTERVIEWS = ("1.1", "1.2")
_WEIGHTS = ("#w_person", "#w_household")
_KEPT = ("#stratum", "#psu", "#version", *_WEIGHTS, "sex", "age")
_KEYS = ("stratum", "psu", "sex", "band")
_QUOTED_OR_NUMBER = re.compile(
    r"""('(?:[^'\\]|\\.)*'|`[^`]*`)|\b([0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?)\b"""
)
Run = Callable[[ir.Table], pa.Table]


@dataclass(frozen=True, slots=True)
class PortableScan:
    """Definitions over a table of interviews as the extract has it, wherever that lies.

    The table is an Ibis one, with a schema alone or bound to a backend; `repeats` are those of
    rows, with the `#unit` that the interviews have, too. `unanswered` are columns that name what
    was left open. Breakdowns are the total, strata, areas, sex and age.
    """

    codebook: Codebook
    rules: SkipRules
    unanswered: tuple[str, ...] = ("#unanswered",)
    repeats: Mapping[str, ir.Table] = field(default_factory=dict)

    def portable(self, table: ir.Table, definitions: Sequence[Definition]) -> list[Definition]:
        """Those that an engine can work out on this table, by code."""
        some = sorted(definitions, key=lambda d: d.code)
        return [d for d in some if self.refusal(d, table) is None]

    def refusal(self, definition: Definition, table: ir.Table) -> Finding | None:
        """Why an engine cannot work a definition out on this table; None where it can."""
        if not definition.is_of_survey:
            return error("not-portable", "it is not estimated from a sample of interviews")
        try:
            source = self._source(table, [definition.by_item()[0][1]])
            evaluated(definition.by_item()[0][1], source)
        except Unsupported as lacking:
            return error("not-portable", str(lacking), hint="compute it with arrays, in parts")
        return None

    def statistics(
        self,
        table: ir.Table,
        definitions: Sequence[Definition],
        area_of_stratum: Mapping[str, str],
        run: Run,
    ) -> SufficientStatistics:
        """The sums of all interviews; definitions that are not portable are left out.

        `run` has an engine answer a query.
        """
        portable = self.portable(table, definitions)
        found = SufficientStatistics(portable, area_of_stratum)
        tasks = [
            Task(one, item, _nobody(parts_in(one)))
            for each in portable
            for item, one in each.by_item()
        ]
        sums: dict[tuple[str, str], Contribution] = {}
        groups = Groups()
        answers = []
        for start in range(0, len(tasks), AT_ONCE):
            some = tasks[start : start + AT_ONCE]
            answer = run(self.query(table, [task.definition for task in some]))
            answers.append((some, groups.placed(answer), answer))
        for some, group, answer in answers:
            columns = {n: answer[n].to_numpy() for n in answer.column_names if n not in _KEYS}
            for at, task in enumerate(some):
                own = np.flatnonzero(columns["at"] == at)
                states = States(group[own], {name: c[own] for name, c in columns.items()})
                parts = parts_in(task.definition)
                sums[task.key] = states.contribution(task, parts, len(groups.keys))
                if task is tasks[0]:
                    people = np.bincount(states.group, states.columns["people"])
        if groups.keys:
            frame = _frame(list(groups.keys), table.columns)
            found.add_sums(frame, tasks, sums, people.astype(np.int64))
        return found

    def query(self, table: ir.Table, definitions: Sequence[Definition]) -> ir.Table:
        """One row per stratum, PSU, sex, age band, indicator and what is said of it."""
        source = self._source(table, definitions)
        first = [evaluated(d, source) for d in definitions]
        ready = source.variables.table.mutate(**_numbered(first))
        second = [
            worked_out(d, {name: ready[f"{name} {at}"] for name in each})
            for at, (d, each) in enumerate(zip(definitions, first, strict=True))
        ]
        keys = {
            "stratum": ready["#stratum"],
            "psu": ready["#psu"],
            "sex": ready["sex"] if "sex" in ready.columns else ibis.null("string"),
            "band": _band(ready),
        }
        ready = ready.select(**keys, **{w: ready[w] for w in _WEIGHTS}, **_numbered(second))
        parts = max(parts_in(d) for d in definitions)
        worked = [{name: ready[f"{name} {at}"] for name in each} for at, each in enumerate(second)]
        said = ready.select(*_KEYS, *_WEIGHTS, said=states_of(worked, parts).unnest())
        names = state_columns(parts)
        each = said.select(*_KEYS, *_WEIGHTS, **{name: said["said"][name] for name in names})
        return (
            each.group_by([*_KEYS, *names]).aggregate(**added(each)).select(*_KEYS, *names, *ADDED)
        )

    def _source(self, table: ir.Table, definitions: Sequence[Definition]) -> Source:
        """Interviews that carry a weight; a weight that is not known is zero."""
        usable = table.filter(
            table["#disposition"].isin(_INTERVIEWS),
            table["#w_person"].notnull() | table["#w_household"].notnull(),
        )
        rows = RowSums(
            usable,
            self.repeats,
            self.codebook,
            definitions=definitions,
            unanswered=self.unanswered,
            worked=of_row,
        )
        usable = rows.table
        names = [n for d in definitions for n in (*variables_of(d), *d.union)]
        texts = [
            n for n in table.columns if n in self.codebook and not self.codebook[n].is_numeric
        ]
        usable = usable.mutate(
            **{w: usable[w].fill_null(0.0) for w in _WEIGHTS},
            **{n: usable[n].nullif("") for n in texts},
        )
        variables = Variables(
            usable,
            self.codebook,
            self.rules,
            names=names,
            kept=[*(n for n in _KEPT if n in table.columns), *rows.columns],
            unanswered=[n for n in self.unanswered if n in table.columns],
        )
        rows.now(variables.table)
        return Source(variables, rows)


class Groups:
    """Strata, PSUs, sexes and bands that interviews have, in the order of appearance."""

    def __init__(self) -> None:
        self.keys: dict[tuple[Any, ...], int] = {}

    def placed(self, answer: pa.Table) -> IntArray:
        """The group of each row."""
        if answer.num_rows == 0:
            return np.zeros(0, dtype=np.int64)
        columns = [answer[name].combine_chunks().dictionary_encode("encode") for name in _KEYS]
        codes = [np.asarray(column.indices.to_numpy(), dtype=np.int64) for column in columns]
        joint = compact(joint_codes(codes))
        first = first_rows(joint, int(joint.max()) + 1)
        keys = zip(*(column.take(pa.array(first)).to_pylist() for column in columns), strict=True)
        number = [self.keys.setdefault(key, len(self.keys)) for key in keys]
        return np.array(number, dtype=np.int64)[joint]


def sql_of(query: ir.Table, dialect: str) -> str:
    """A query as an engine reads it, one step inside the other.

    Steps are not folded into one: each would be written out wherever it is used.
    """
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        text = str(ibis.to_sql(query, dialect=dialect))
    finally:
        ibis.options.sql.fuse_selects = before
    return with_doubles(text) if dialect == "pyspark" else text


def with_doubles(text: str) -> str:
    """Numbers as Spark's doubles: it takes 0.25 for a decimal, whose quotients it rounds."""
    return _QUOTED_OR_NUMBER.sub(lambda found: found[1] or f"{found[2]}D", text)


def _numbered(columns: Sequence[Mapping[str, ir.Value]]) -> dict[str, ir.Value]:
    """The columns of several indicators in one table."""
    return {f"{name} {at}": value for at, own in enumerate(columns) for name, value in own.items()}


def _band(table: ir.Table) -> ir.Value:
    """The lowest age of the band; null where the age is not known or below all bands."""
    if "age" not in table.columns:
        return ibis.null("float64")
    age = table["age"]
    return ibis.cases(*(((age >= low) & (age < high), float(low)) for _, low, high in AGE_BANDS))


def _frame(groups: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> Frame:
    """Groups as interviews: where each belongs."""
    size = len(groups)
    ones = np.ones(size)
    strata, psus, sexes, bands = zip(*groups, strict=True)
    sex = RawText.of(sexes)
    band = np.array([np.nan if low is None else low for low in bands], dtype=np.float64)
    nothing: IntArray = np.full(size, -1, dtype=np.int64)
    kinds = np.full(size, Kind.ASKED, dtype=np.int8)
    known = {
        "sex": Column(kinds, sex.codes, sex.levels),
        "age": Column(kinds, nothing, (), band),
    }
    return Frame(
        size=size,
        stratum=RawText.of(strata),
        psu=RawText.of(psus),
        w_person=ones,
        w_household=ones,
        columns={name: column for name, column in known.items() if name in columns},
    )


def _nobody(parts: int) -> Prepared:
    none = np.zeros((0, parts))
    return Prepared(none, none, np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.bool_))
