"""One pass of an engine over interviews: sums by PSU, sex and age band for many indicators."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from usga_indicators.domain.codebook import Codebook, Frame
from usga_indicators.domain.codebook.column import Column, IntArray, Kind
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.codebook.skips import SkipRules
from usga_indicators.domain.definition.columns import Unsupported
from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.definition.names import variables_of
from usga_indicators.domain.incremental import SufficientStatistics
from usga_indicators.domain.incremental.contributions import Contribution
from usga_indicators.domain.portable.measures import Worked, evaluated, of_interviews, worked_out
from usga_indicators.domain.portable.sums import columns_of, contribution_from
from usga_indicators.domain.portable.variables import Variables
from usga_indicators.domain.tabulation.breakdowns import AGE_BANDS
from usga_indicators.domain.tabulation.measures import Prepared
from usga_indicators.domain.tabulation.tasks import Task

#: Indicators of one query: of more, engines take longer to compile the plan than to run it.
AT_ONCE = 24
#: AAPOR complete and partial interviews.
_INTERVIEWS = ("1.1", "1.2")
_WEIGHTS = {Weight.PERSON: "#w_person", Weight.HOUSEHOLD: "#w_household"}
_KEPT = ("#stratum", "#psu", "#version", *_WEIGHTS.values(), "sex", "age")
_KEYS = ("stratum", "psu", "sex", "band")
Run = Callable[[ir.Table], pa.Table]


@dataclass(frozen=True, slots=True)
class PortableScan:
    """Definitions over a table of interviews as the extract has it, wherever that lies.

    The table is an Ibis one, with a schema alone or bound to a backend. `unanswered` are columns
    that name what was left open. Breakdowns are the total, strata, areas, sex and age.
    """

    codebook: Codebook
    rules: SkipRules
    unanswered: tuple[str, ...] = ("#unanswered",)

    def portable(self, table: ir.Table, definitions: Sequence[Definition]) -> list[Definition]:
        """Those that an engine can work out on this table, by code."""
        return [
            d for d in sorted(definitions, key=lambda d: d.code) if self._is_portable(d, table)
        ]

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
        tasks = [Task(one, item, _nobody()) for each in portable for item, one in each.by_item()]
        sums: dict[tuple[str, str], Contribution] = {}
        groups: list[Mapping[str, Any]] = []
        for start in range(0, len(tasks), AT_ONCE):
            some = tasks[start : start + AT_ONCE]
            groups, columns = _read(run(self.query(table, [task.definition for task in some])))
            for at, task in enumerate(some):
                own = {n.split()[0]: c for n, c in columns.items() if n.endswith(f" {at}")}
                sums[task.key] = contribution_from(own, len(groups))
        if groups:
            people = np.array([group["people"] for group in groups], dtype=np.int64)
            found.add_sums(_frame(groups, table.columns), tasks, sums, people)
        return found

    def query(self, table: ir.Table, definitions: Sequence[Definition]) -> ir.Table:
        """One row per stratum, PSU, sex and age band that has interviews, with all sums."""
        variables = self._variables(table, definitions)
        first = [evaluated(d, variables) for d in definitions]
        ready = variables.table.mutate(**_numbered([each.columns for each in first]))
        second = [
            worked_out(d, {name: ready[f"{name} {at}"] for name in each.columns})
            for at, (d, each) in enumerate(zip(definitions, first, strict=True))
        ]
        fields = [{n: getattr(each, n) for n in Worked.__slots__} for each in second]
        ready = ready.select(*(n for n in _KEPT if n in ready.columns), **_numbered(fields))
        columns = _numbered(
            [
                columns_of(
                    d,
                    Worked(**{n: ready[f"{n} {at}"] for n in Worked.__slots__}),
                    ready[_WEIGHTS[d.weight]],
                    is_share=each.is_share,
                )
                for at, (d, each) in enumerate(zip(definitions, first, strict=True))
            ]
        )
        keys = {
            "stratum": ready["#stratum"],
            "psu": ready["#psu"],
            "sex": ready["sex"] if "sex" in ready.columns else ibis.null("string"),
            "band": _band(ready),
        }
        keyed = ready.select(**keys, **columns)
        return keyed.group_by(list(_KEYS)).aggregate(
            people=keyed.count(), **{name: keyed[name].sum() for name in columns}
        )

    def _variables(self, table: ir.Table, definitions: Sequence[Definition]) -> Variables:
        """Interviews that carry a weight; a weight that is not known is zero."""
        usable = table.filter(
            table["#disposition"].isin(_INTERVIEWS),
            table["#w_person"].notnull() | table["#w_household"].notnull(),
        )
        names = [n for d in definitions for n in (*variables_of(d), *d.union)]
        texts = [
            n for n in table.columns if n in self.codebook and not self.codebook[n].is_numeric
        ]
        usable = usable.mutate(
            **{w: usable[w].fill_null(0.0) for w in _WEIGHTS.values()},
            **{n: usable[n].nullif("") for n in texts},
        )
        return Variables(
            usable,
            self.codebook,
            self.rules,
            names=names,
            kept=[n for n in _KEPT if n in table.columns],
            unanswered=[n for n in self.unanswered if n in table.columns],
        )

    def _is_portable(self, definition: Definition, table: ir.Table) -> bool:
        if not definition.is_of_survey or not of_interviews(definition):
            return False
        try:
            evaluated(definition.by_item()[0][1], self._variables(table, [definition]))
        except Unsupported:
            return False
        return True


def sql_of(query: ir.Table, dialect: str) -> str:
    """A query as an engine reads it, one step inside the other.

    Steps are not folded into one: each would be written out wherever it is used.
    """
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        return str(ibis.to_sql(query, dialect=dialect))
    finally:
        ibis.options.sql.fuse_selects = before


def _numbered(columns: Sequence[Mapping[str, ir.Value]]) -> dict[str, ir.Value]:
    """The columns of several indicators in one table."""
    return {f"{name} {at}": value for at, own in enumerate(columns) for name, value in own.items()}


def _band(table: ir.Table) -> ir.Value:
    """The lowest age of the band; null where the age is not known or below all bands."""
    if "age" not in table.columns:
        return ibis.null("float64")
    age = table["age"]
    return ibis.cases(*(((age >= low) & (age < high), float(low)) for _, low, high in AGE_BANDS))


def _read(result: pa.Table) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """The groups in an order of their own, and the sums of each."""
    keys = result.select([*_KEYS, "people"]).to_pylist()
    order = sorted(range(len(keys)), key=lambda at: [str(keys[at][name]) for name in _KEYS])
    columns = {
        name: result[name].to_numpy()[order]
        for name in result.column_names
        if name not in {*_KEYS, "people"}
    }
    return [keys[at] for at in order], columns


def _frame(groups: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Frame:
    """Groups as interviews: where each belongs."""
    size = len(groups)
    ones = np.ones(size)
    sex = RawText.of([group["sex"] for group in groups])
    band = np.array([np.nan if g["band"] is None else g["band"] for g in groups], dtype=np.float64)
    nothing: IntArray = np.full(size, -1, dtype=np.int64)
    kinds = np.full(size, Kind.ASKED, dtype=np.int8)
    known = {
        "sex": Column(kinds, sex.codes, sex.levels),
        "age": Column(kinds, nothing, (), band),
    }
    return Frame(
        size=size,
        stratum=RawText.of([group["stratum"] for group in groups]),
        psu=RawText.of([group["psu"] for group in groups]),
        w_person=ones,
        w_household=ones,
        columns={name: column for name, column in known.items() if name in columns},
    )


def _nobody() -> Prepared:
    none = np.zeros((0, 1))
    return Prepared(none, none, np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.bool_))
