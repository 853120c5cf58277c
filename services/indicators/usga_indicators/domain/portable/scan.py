"""One pass of an engine over interviews: what they say of many indicators, by PSU and group.

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
from usga_indicators.domain.codebook.column import IntArray
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.codebook.skips import SkipRules
from usga_indicators.domain.definition.columns import Unsupported
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.names import variables_of
from usga_indicators.domain.design.codes import compact, first_rows, joint_codes
from usga_indicators.domain.incremental import SufficientStatistics
from usga_indicators.domain.portable.grouping import Grouping, SexAndAge
from usga_indicators.domain.portable.measures import (
    Source,
    evaluated,
    of_row,
    parts_in,
    worked_out,
)
from usga_indicators.domain.portable.repeats import RowSums
from usga_indicators.domain.portable.sums import States, added, state_columns, states_of
from usga_indicators.domain.portable.variables import Variables
from usga_indicators.domain.tabulation.measures import Prepared
from usga_indicators.domain.tabulation.tasks import Task

#: Indicators of one query: of more, engines take longer to compile the plan than to run it.
AT_ONCE = 24
#: AAPOR complete and partial interviews.
_INTERVIEWS = ("1.1", "1.2")
_WEIGHTS = ("#w_person", "#w_household")
_KEPT = ("#stratum", "#psu", "#version", *_WEIGHTS, "sex", "age")
_PLACE = ("stratum", "psu")
_SEX_AND_AGE = SexAndAge()
_QUOTED_OR_NUMBER = re.compile(
    r"""('(?:[^'\\]|\\.)*'|`[^`]*`)|\b([0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?)\b"""
)
Run = Callable[[ir.Table], pa.Table]


@dataclass(frozen=True, slots=True)
class PortableScan:
    """Definitions over a table of interviews as the extract has it, wherever that lies.

    The table is an Ibis one, with a schema alone or bound to a backend; `repeats` are those of
    rows, with the `#unit` that the interviews have, too. `unanswered` are columns that name what
    was left open. A scan gives the total, strata, areas, sex and age, or one further group.
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
        by: Grouping = _SEX_AND_AGE,
    ) -> SufficientStatistics:
        """The sums of all interviews; definitions that are not portable are left out.

        `run` has an engine answer a query.
        """
        portable = self.portable(table, definitions)
        found = SufficientStatistics(portable, area_of_stratum, partitions_of=by.partitions)
        said = self.said(table, portable, run, by)
        if said.groups.keys:
            sums = {
                task.key: states.contribution(task, parts_in(task.definition), len(said.groups))
                for task, states in said.of_tasks
            }
            frame = said.groups.frame(by, table.columns)
            found.add_sums(frame, [task for task, _ in said.of_tasks], sums, said.people())
        return found

    def said(
        self,
        table: ir.Table,
        portable: Sequence[Definition],
        run: Run,
        by: Grouping = _SEX_AND_AGE,
        *,
        more: Sequence[str] = (),
        psus: bool = True,
    ) -> "Said":
        """What interviews say of each indicator, by group; `more` are columns to add up, too.

        Without `psus` strata are not taken apart.
        """
        tasks = [
            Task(one, item, _nobody(parts_in(one)))
            for each in sorted(portable, key=lambda d: d.code)
            for item, one in each.by_item()
        ]
        groups = Groups((*_PLACE, *by.keys))
        answers = []
        for start in range(0, len(tasks), AT_ONCE):
            some = tasks[start : start + AT_ONCE]
            query = self.query(table, [t.definition for t in some], by, more=more, psus=psus)
            answer = run(query)
            answers.append((some, groups.placed(answer), answer))
        found = []
        for some, group, answer in answers:
            columns = {
                n: answer[n].to_numpy() for n in answer.column_names if n not in groups.names
            }
            for at, task in enumerate(some):
                own = np.flatnonzero(columns["at"] == at)
                states = States(group[own], {name: c[own] for name, c in columns.items()})
                found.append((task, states))
        return Said(groups, found)

    def query(
        self,
        table: ir.Table,
        definitions: Sequence[Definition],
        by: Grouping = _SEX_AND_AGE,
        *,
        more: Sequence[str] = (),
        psus: bool = True,
    ) -> ir.Table:
        """One row per stratum, PSU, group, indicator and what is said of it."""
        source = self._source(table, definitions, by, more)
        first = [evaluated(d, source) for d in definitions]
        people = source.variables.table
        keys = by.columns(people, source.given)
        ready = people.mutate(
            **_numbered(first), **{f"key {name}": value for name, value in keys.items()}
        )
        second = [
            worked_out(d, {name: ready[f"{name} {at}"] for name in each})
            for at, (d, each) in enumerate(zip(definitions, first, strict=True))
        ]
        told = {
            "stratum": ready["#stratum"],
            "psu": ready["#psu"] if psus else ibis.literal(""),
            **{name: ready[f"key {name}"] for name in keys},
        }
        added_up = (*_WEIGHTS, *more)
        ready = ready.select(**told, **{w: ready[w] for w in added_up}, **_numbered(second))
        parts = max(parts_in(d) for d in definitions)
        worked = [{name: ready[f"{name} {at}"] for name in each} for at, each in enumerate(second)]
        said = ready.select(*told, *added_up, said=states_of(worked, parts).unnest())
        names = state_columns(parts)
        each = said.select(*told, *added_up, **{name: said["said"][name] for name in names})
        sums = {**added(each), **{name: each[name].sum() for name in more}}
        return each.group_by([*told, *names]).aggregate(**sums).select(*told, *names, *sums)

    def _source(
        self,
        table: ir.Table,
        definitions: Sequence[Definition],
        by: Grouping = _SEX_AND_AGE,
        more: Sequence[str] = (),
    ) -> Source:
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
        names += by.variables
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
            kept=[*(n for n in _KEPT if n in table.columns), *rows.columns, *more],
            unanswered=[n for n in self.unanswered if n in table.columns],
        )
        rows.now(variables.table)
        return Source(variables, rows)


class Groups:
    """Strata, PSUs and further keys that interviews have, in the order of appearance."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.keys: dict[tuple[Any, ...], int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def placed(self, answer: pa.Table) -> IntArray:
        """The group of each row."""
        if answer.num_rows == 0:
            return np.zeros(0, dtype=np.int64)
        columns = [
            answer[name].combine_chunks().dictionary_encode("encode") for name in self.names
        ]
        codes = [np.asarray(column.indices.to_numpy(), dtype=np.int64) for column in columns]
        joint = compact(joint_codes(codes))
        first = first_rows(joint, int(joint.max()) + 1)
        keys = zip(*(column.take(pa.array(first)).to_pylist() for column in columns), strict=True)
        number = [self.keys.setdefault(key, len(self.keys)) for key in keys]
        return np.array(number, dtype=np.int64)[joint]

    def frame(self, by: Grouping, known: Sequence[str]) -> Frame:
        """Groups as interviews: where each belongs."""
        ones = np.ones(len(self))
        return Frame(
            size=len(self),
            stratum=RawText.of([key[0] for key in self.keys]),
            psu=RawText.of([key[1] for key in self.keys]),
            w_person=ones,
            w_household=ones,
            columns=by.answers([key[len(_PLACE) :] for key in self.keys], known),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What groups of interviews say of each indicator."""

    groups: Groups
    of_tasks: list[tuple[Task, States]]

    def people(self) -> IntArray:
        """How many interviews each group has: every one says something of every indicator."""
        states = self.of_tasks[0][1]
        found = np.bincount(states.group, states.columns["people"], minlength=len(self.groups))
        return found.astype(np.int64)


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


def _nobody(parts: int) -> Prepared:
    none = np.zeros((0, parts))
    return Prepared(none, none, np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.bool_))
