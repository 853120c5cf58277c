"""Rows of repeats added up to their interviews by the engine, before anything else is asked.

`count(${rep}[condition])` and `sum(${rep}[condition]/name)` become columns of interviews, and so
do definitions whose unit is a row. As `definition.columns` and `tabulation.measures` on arrays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import ibis
from ibis.expr import types as ir
from usga_expressions.syntax import Call, Path, Reference, walk

from usga_indicators.domain.codebook import Codebook
from usga_indicators.domain.codebook.skips import SkipRules
from usga_indicators.domain.definition.columns import Unsupported
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.names import names_in, variables_of
from usga_indicators.domain.definition.parsing import parsed
from usga_indicators.domain.portable.expressions import Evaluation, number_of
from usga_indicators.domain.portable.variables import Variables
from usga_indicators.domain.tabulation.measures import BEST

UNIT, VERSION = "#unit", "#version"
_NO_RULES = SkipRules({}, frozenset())
#: Sums of a definition whose unit is a row.
_OF_DEFINITION = ("rows", "total", "counted", "worst")
#: How what a row says becomes its y, whether it is in the base, and the kind of what is missing.
Worked = Callable[[Definition, Mapping[str, ir.Value]], tuple[ir.Value, ir.Value, ir.Value]]


class RowSums:
    """Interviews (`table`) with a column for each sum over rows that definitions ask for.

    `columns` are to be kept by later steps; after them tell where they lie by `now`.
    """

    def __init__(
        self,
        table: ir.Table,
        repeats: Mapping[str, ir.Table],
        codebook: Codebook,
        *,
        definitions: Sequence[Definition],
        unanswered: Sequence[str],
        worked: Worked,
    ) -> None:
        self.table, self.columns = table, list[str]()
        self._repeats, self._codebook, self._worked = repeats, codebook, worked
        self._calls: dict[Call, str] = {}
        self._places = {_key(d): at for at, d in enumerate(definitions) if d.is_of_rows}
        self._now = table
        for name in sorted(repeats):
            self._add(name, definitions, unanswered)
        self._now = self.table

    def now(self, table: ir.Table) -> None:
        """Later steps have the columns in this table."""
        self._now = table

    def has(self, name: str) -> bool:
        """Whether it is a repeat of a table that is here, or a variable of its rows."""
        return name in self._repeats or self.is_variable(name)

    def is_variable(self, name: str) -> bool:
        """Whether it is a variable of rows."""
        return name in self._codebook and self._codebook[name].repeat in self._repeats

    def rank(self, name: str) -> ir.IntegerValue:
        """The place in BEST of what best explains a variable of an interview's rows."""
        return self._now[f"rank {name}"]

    def call(self, call: Call) -> ir.NumericValue:
        """Its sum. Raises Unsupported."""
        key = self._calls.get(call)
        if key is None:
            raise Unsupported(f"{call.name}() takes rows of a repeat whose table is here")
        total, unknown = self._now[f"total {key}"], self._now[f"unknown {key}"]
        return ibis.cases(((unknown == 1) & (total == 0.0), ibis.null("float64")), else_=total)

    def of_definition(self, definition: Definition) -> dict[str, ir.Value]:
        """The sums of a definition whose unit is a row. Raises Unsupported."""
        at = self._places.get(_key(definition))
        if at is None or definition.unit not in self._repeats:
            raise Unsupported(f"no table of {definition.unit}")
        return {name: self._now[f"{name} {at}"] for name in _OF_DEFINITION}

    def _add(
        self, repeat: str, definitions: Sequence[Definition], unanswered: Sequence[str]
    ) -> None:
        calls = [c for d in definitions for c in _calls_of(d) if _repeat_of(c) == repeat]
        mine = [d for d in definitions if d.unit == repeat]
        used = dict.fromkeys(n for d in definitions for n in variables_of(d))
        names = [n for n in used if n in self._codebook and self._codebook[n].repeat == repeat]
        if not calls and not mine:
            return
        rows = self._rows(repeat, names, unanswered)
        aggregates: dict[str, ir.Value] = {
            f"rank {name}": _rank(rows.given(name).kind).min() for name in names if name in rows
        }
        for call in calls:
            key = self._calls.setdefault(call, f"{repeat} {len(self._calls)}")
            condition, amount = self._of_call(call, rows)
            here = condition & amount.notnull()
            doubt = condition.isnull() | (condition & amount.isnull())
            aggregates |= {
                f"total {key}": ibis.cases((here, amount), else_=0.0).sum(),
                f"unknown {key}": doubt.cast("int32").max(),
            }
        for definition in mine:
            aggregates |= self._of_rows(definition, rows)
        summed = rows.table.group_by(UNIT).aggregate(**aggregates).rename({"row unit": UNIT})
        joined = self.table.left_join(summed, self.table[UNIT] == summed["row unit"])
        nothing = {n: float(len(BEST)) if n.split()[0] in _RANKS else 0.0 for n in aggregates}
        self.table = joined.drop("row unit").mutate(
            **{n: joined[n].cast("float64").fill_null(none) for n, none in nothing.items()}
        )
        self.columns += list(aggregates)

    def _rows(self, repeat: str, names: Sequence[str], unanswered: Sequence[str]) -> Variables:
        table = self._repeats[repeat]
        known = [self._codebook[n] for n in names]
        kept = [UNIT]
        if any(v.versions != frozenset(self._codebook.versions) for v in known):
            of_unit = self.table.select(**{"unit": self.table[UNIT], VERSION: self.table[VERSION]})
            table = table.join(of_unit, table[UNIT] == of_unit["unit"]).drop("unit")
            kept.append(VERSION)
        texts = {v.name: table[v.name].nullif("") for v in known if not v.is_numeric}
        return Variables(
            table.mutate(**{n: v for n, v in texts.items() if n in table.columns}),
            self._codebook,
            _NO_RULES,
            names=names,
            kept=kept,
            unanswered=[n for n in unanswered if n in table.columns],
        )

    def _of_call(self, call: Call, rows: Variables) -> tuple[ir.BooleanValue, ir.NumericValue]:
        (path,) = call.arguments
        assert isinstance(path, Path)
        evaluation = Evaluation(rows.given)
        condition: ir.BooleanValue = ibis.literal(value=True)
        amount: ir.NumericValue = ibis.literal(1.0)
        for step in path.steps:
            if step.name:
                amount = number_of(rows.given(step.name))
            for predicate in step.predicates:
                condition = condition & evaluation.truth_of(predicate)
        return condition, amount

    def _of_rows(self, definition: Definition, rows: Variables) -> dict[str, ir.Value]:
        if definition.union or definition.population or definition.count_by:
            raise Unsupported("rows with a union or a population are not portable")
        evaluation, at = Evaluation(rows.given), self._places[_key(definition)]
        columns = {
            "number": evaluation.number(definition.numerator),
            "why": _worst(definition.numerator, rows),
        }
        if definition.filter:
            columns["universe"] = evaluation.number(definition.filter)
            columns["universe_why"] = _worst(definition.filter, rows)
        y, base, missing = self._worked(definition, columns)
        x: ir.Value = ibis.literal(1.0)
        if definition.denominator:
            x = evaluation.number(definition.denominator)
        here = base & x.notnull()
        return {
            f"rows {at}": here.cast("int32").sum(),
            f"total {at}": ibis.cases((here, y), else_=0.0).sum(),
            f"counted {at}": ibis.cases((here, x), else_=0.0).sum(),
            f"worst {at}": _rank(missing).min(),
        }


_RANKS = frozenset({"rank", "worst"})


def _key(definition: Definition) -> tuple[str, str]:
    return definition.code, definition.numerator


def _calls_of(definition: Definition) -> Iterator[Call]:
    """Sums over rows in the texts of a definition."""
    for _, text in definition.expressions():
        tree = parsed(text).expression
        for node in walk(tree) if tree is not None else ():
            if isinstance(node, Call) and node.name in {"count", "sum"}:
                yield node


def _repeat_of(call: Call) -> str:
    match call.arguments:
        case (Path(origin=Reference(name=name)),):
            return name
    raise Unsupported(f"{call.name}() takes rows of a repeat: ${{rep}}[condition]")


def _rank(kind: ir.IntegerValue) -> ir.IntegerValue:
    cases = [(kind == int(best), at) for at, best in enumerate(BEST)]
    return ibis.cases(*cases, else_=len(BEST))


def _worst(text: str, rows: Variables) -> ir.Value:
    """The kind that best explains an unknown result of a row, -1 when nothing is missing."""
    kinds = [rows.given(name).kind for name in names_in(text) if name in rows]
    found: ir.Value = ibis.literal(-1, "int32")
    for best in reversed(BEST):
        for kind in kinds:
            found = ibis.cases((kind == int(best), int(best)), else_=found)
    return found
