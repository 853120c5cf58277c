"""Definitions as columns of an engine: who is in the base, who counts, who is missing.

Gives what `tabulation.measures` gives on arrays. Quantiles are not portable: no sums give them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import reduce
from operator import and_, or_

import ibis
from ibis.expr import types as ir

from usga_indicators.domain.codebook.column import Kind
from usga_indicators.domain.definition.columns import Unsupported
from usga_indicators.domain.definition.model import (
    Definition,
    MissingPolicy,
    Part,
    StatisticKind,
)
from usga_indicators.domain.definition.names import names_in, variables_of
from usga_indicators.domain.portable.expressions import Evaluation
from usga_indicators.domain.portable.repeats import RowSums
from usga_indicators.domain.portable.variables import Given, Variables
from usga_indicators.domain.tabulation.measures import BEST, NONE

_SILENT = [int(Kind.DK), int(Kind.REF), int(Kind.NA)]
_NOT_ASKED = int(Kind.NOT_ASKED)
Columns = dict[str, ir.Value]


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """One numerator on its universe: y is null outside the base; `missing` is -1 for none."""

    y: ir.NumericValue
    base: ir.BooleanValue
    missing: ir.IntegerValue


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the texts of a numerator and its universe say, and why they say nothing."""

    number: ir.NumericValue
    why: ir.IntegerValue
    told: ir.BooleanValue | None = None
    """Whether one known component of a union makes it an answer."""
    universe: ir.NumericValue | None = None
    universe_why: ir.IntegerValue | None = None

    def named(self, prefix: str) -> Columns:
        """As columns of a table."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {f"{prefix} {name}": value for name, value in found.items() if value is not None}

    @classmethod
    def read(cls, columns: Mapping[str, ir.Value], prefix: str) -> "Told":
        """From the columns of a table."""
        names = {f.name: f"{prefix} {f.name}" for f in fields(cls)}
        return cls(**{name: columns.get(column) for name, column in names.items()})


def based(definition: Definition, said: Told) -> Base:
    """Numerator, base and reasons: as `measures._base`."""
    y = said.number
    if said.told is not None:
        y = ibis.cases((y.isnull() & said.told, 0.0), else_=y)
    missing = ibis.cases((y.notnull(), NONE), (said.why == NONE, _NOT_ASKED), else_=said.why)
    base = y.notnull()
    if definition.missing_policy is MissingPolicy.INCLUDE:
        silent = y.isnull() & missing.isin(_SILENT)
        y, base = ibis.cases((silent, 0.0), else_=y), base | silent
    if said.universe is not None:
        universe = said.universe
        missing = ibis.cases(
            (universe.isnull(), said.universe_why), (universe == 0.0, NONE), else_=missing
        )
        base = base & (universe == 1.0).fill_null(False)  # noqa: FBT003 -- a value
    return Base(y, base, missing)


def of_row(
    definition: Definition, said: Mapping[str, ir.Value]
) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Y of a row, whether it is in the base, and the kind of what is missing."""
    found = based(definition, Told(**said))
    return found.y, found.base, found.missing


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where names lie: variables of interviews, and sums over rows of repeats."""

    variables: Variables
    rows: RowSums

    def evaluation(self) -> Evaluation:
        return Evaluation(self.given, self.rows.call)

    def given(self, name: str) -> Given:
        """A variable; a component that no version asked is there, and unknown (rule 5.1-12)."""
        if name in self.variables:
            return self.variables.given(name)
        return Given(
            ibis.null("string"), ibis.literal(int(Kind.NOT_IN_VERSION), "int32"), is_numeric=False
        )

    def reason(self, text: str) -> ir.Value:
        """The kind that best explains an unknown result, -1 when nothing is missing."""
        names = names_in(text)
        kinds = [self.given(n).kind for n in names if not self.rows.has(n)]
        ranks = [self.rows.rank(n) for n in names if self.rows.is_variable(n)]
        cases = [
            (reduce(or_, [*(k == int(kind) for k in kinds), *(r == at for r in ranks)]), int(kind))
            for at, kind in enumerate(BEST)
            if kinds or ranks
        ]
        return ibis.cases(*cases, else_=NONE) if cases else ibis.literal(NONE, "int32")


def evaluated(definition: Definition, source: Source) -> Columns:
    """The first step: every text of a definition. Raises Unsupported."""
    if definition.statistic is StatisticKind.QUANTILE:
        raise Unsupported("a quantile needs the values themselves")
    _require(definition, source)
    columns: Columns = {
        "implied": _any_kind(variables_of(definition), source, Kind.IMPLIED),
        "lacking": _any_kind(definition.union, source, Kind.NOT_IN_VERSION),
    }
    if definition.is_of_rows:
        return columns | source.rows.of_definition(definition)
    told = _told(definition, source) if definition.union else None
    evaluation = source.evaluation()
    for at, part in enumerate(parts_of(definition)):
        said = Told(
            evaluation.number(part.numerator),
            source.reason(part.numerator),
            told,
            evaluation.number(part.filter) if part.filter else None,
            source.reason(part.filter) if part.filter else None,
        )
        columns |= said.named(str(at))
    times = definition.denominator or definition.count_by
    if times:
        columns |= {"times": evaluation.number(times), "times why": source.reason(times)}
    return columns


def parts_of(definition: Definition) -> tuple[Part, ...]:
    """The shares of a combination, or the one numerator."""
    return definition.parts or (Part(definition.numerator, definition.filter),)


def parts_in(definition: Definition) -> int:
    """How many shares are kept apart: their mean by respondent is one."""
    return 1 if definition.minimum_valid else len(parts_of(definition))


def worked_out(definition: Definition, columns: Mapping[str, ir.Value]) -> Columns:
    """The second step, on the columns of the first: y and x of each part, null outside the base.

    `missing` is a kind, -1 for none; `implied` and `lacking` are flags.
    """
    if definition.is_of_rows:
        found = _of_rows(definition, columns)
    elif definition.parts:
        found = _of_parts(definition, columns)
    else:
        found = _of_one(definition, columns)
    ys = [found[f"y{at}"] for at in range(parts_in(definition))]
    inside = reduce(or_, [y.notnull() for y in ys])
    return found | {"implied": columns["implied"] & inside, "lacking": columns["lacking"]}


def _of_one(definition: Definition, columns: Mapping[str, ir.Value]) -> Columns:
    found = based(definition, Told.read(columns, "0"))
    y, base, missing = found.y, found.base, found.missing
    x: ir.Value = ibis.literal(1.0)
    if definition.denominator or definition.count_by:
        x = columns["times"]
        missing = ibis.cases((base & x.isnull(), columns["times why"]), else_=missing)
        base = base & x.notnull()
        y = y if definition.denominator else y * x
        x = x if definition.denominator else x * 1.0
    return {"y0": ibis.cases((base, y)), "x0": ibis.cases((base, x)), "missing": missing}


def _of_parts(definition: Definition, columns: Mapping[str, ir.Value]) -> Columns:
    found = [based(definition, Told.read(columns, str(at))) for at in range(len(definition.parts))]
    missing = ibis.cases(*((f.missing != NONE, f.missing) for f in found), else_=NONE)
    inside = [f.base for f in found]
    if definition.minimum_valid:
        valid = reduce(lambda a, b: a + b, [i.cast("int32") for i in inside])
        total = reduce(lambda a, b: a + b, [ibis.cases((f.base, f.y), else_=0.0) for f in found])
        enough = valid >= definition.minimum_valid
        return {
            "y0": ibis.cases((enough, total / valid.cast("float64"))),
            "x0": ibis.cases((enough, 1.0)),
            "missing": ibis.cases((enough, NONE), else_=missing),
        }
    if definition.statistic is StatisticKind.DIFFERENCE:  # both shares on the same people
        inside = [reduce(and_, inside)] * len(found)
    columns_: Columns = {"missing": missing}
    for at, (each, base) in enumerate(zip(found, inside, strict=True)):
        columns_ |= {f"y{at}": ibis.cases((base, each.y)), f"x{at}": ibis.cases((base, 1.0))}
    return columns_


def _of_rows(definition: Definition, columns: Mapping[str, ir.Value]) -> Columns:
    """Sums of rows by interview; one without rows in the base is outside it."""
    inside = columns["rows"] > 0
    size = columns["counted"] if definition.denominator else columns["rows"]
    worst = columns["worst"]
    cases = [(worst == at, int(kind)) for at, kind in enumerate(BEST)]
    return {
        "y0": ibis.cases((inside, columns["total"])),
        "x0": ibis.cases((inside, size)),
        "missing": ibis.cases(*cases, else_=NONE),
    }


def _require(definition: Definition, source: Source) -> None:
    """Raise Unsupported where the table lacks a variable."""
    for name in dict.fromkeys((*variables_of(definition), *definition.union)):
        here = name in source.variables or source.rows.has(name)
        if not here and name not in definition.union:
            raise Unsupported(f"no variable {name}")
    if definition.union and not any(name in source.variables for name in definition.union):
        raise Unsupported(f"no variable of {', '.join(definition.union)}")


def _told(definition: Definition, source: Source) -> ir.BooleanValue:
    """One known component of a union is an answer (see `tabulation.measures`)."""
    told = ibis.literal(value=False)
    for name in definition.union:
        kind = source.given(name).kind
        told |= kind < int(Kind.DK)
        if definition.missing_policy is MissingPolicy.INCLUDE:
            told |= kind.isin(_SILENT)
    return told


def _any_kind(names: tuple[str, ...], source: Source, kind: Kind) -> ir.BooleanValue:
    """Whether a variable of the interview is of this kind."""
    found = ibis.literal(value=False)
    for name in names:
        if not source.rows.has(name):
            found |= source.given(name).kind == int(kind)
    return found
