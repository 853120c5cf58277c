"""Definitions as columns of an engine: who is in the base, who counts, who is missing.

Gives what `tabulation.measures` gives on arrays. Rows of repeats, combinations of parts and
quantiles are not portable: they stay with the arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
from ibis.expr import types as ir

from usga_indicators.domain.codebook.column import Kind
from usga_indicators.domain.definition.columns import Unsupported
from usga_indicators.domain.definition.model import Definition, MissingPolicy, StatisticKind
from usga_indicators.domain.definition.names import names_in, variables_of
from usga_indicators.domain.portable.expressions import Evaluation
from usga_indicators.domain.portable.variables import Given, Variables
from usga_indicators.domain.tabulation.measures import BEST, NONE

_SILENT = [int(Kind.DK), int(Kind.REF), int(Kind.NA)]
_NOT_ASKED = int(Kind.NOT_ASKED)


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """Columns of an indicator: y and x are null outside the base; `missing` is -1 for none."""

    y: ir.NumericValue
    x: ir.NumericValue
    missing: ir.IntegerValue
    implied: ir.BooleanValue
    lacking: ir.BooleanValue
    based: ir.BooleanValue


def of_interviews(definition: Definition) -> bool:
    """Whether a definition is one numerator and one denominator per interview."""
    return (
        not definition.is_of_rows
        and not definition.parts
        and definition.statistic is not StatisticKind.QUANTILE
    )


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """The texts of a definition as columns: what they say, and why they say nothing.

    `is_share` tells that y is 0 or 1 and x is 1, so that many sums are the same.
    """

    columns: Mapping[str, ir.Value]
    is_share: bool


def evaluated(definition: Definition, variables: Variables) -> Evaluated:
    """The first step: every text of a definition. Raises Unsupported."""
    for name in dict.fromkeys((*variables_of(definition), *definition.union)):
        if name not in variables and name not in definition.union:
            raise Unsupported(f"no variable {name}")
    if definition.union and not any(name in variables for name in definition.union):
        raise Unsupported(f"no variable of {', '.join(definition.union)}")
    evaluation = Evaluation(lambda name: _given(name, variables))
    times = definition.denominator or definition.count_by
    columns = {
        "numerator": evaluation.number(definition.numerator),
        "numerator why": _reason(definition.numerator, variables),
        "told": _told(definition, variables),
        "implied": _implied(definition, variables),
        "lacking": _lacking(definition, variables),
    }
    for place, text in (("universe", definition.filter), ("times", times)):
        if text:
            columns[place] = evaluation.number(text)
            columns[f"{place} why"] = _reason(text, variables)
    return Evaluated(columns, evaluation.is_truth(definition.numerator) and not times)


def worked_out(definition: Definition, columns: Mapping[str, ir.Value]) -> Worked:
    """The second step, on the columns of the first: who is in the base, and who is missing."""
    number = columns["numerator"]
    y = ibis.cases((number.isnull() & columns["told"], 0.0), else_=number)
    why = columns["numerator why"]
    missing = ibis.cases((y.notnull(), NONE), (why == NONE, _NOT_ASKED), else_=why)
    base = y.notnull()
    if definition.missing_policy is MissingPolicy.INCLUDE:
        silent = y.isnull() & missing.isin(_SILENT)
        y, base = ibis.cases((silent, 0.0), else_=y), base | silent
    if definition.filter:
        universe = columns["universe"]
        missing = ibis.cases(
            (universe.isnull(), columns["universe why"]), (universe == 0.0, NONE), else_=missing
        )
        base = base & (universe == 1.0).fill_null(False)  # noqa: FBT003 -- a value
    x: ir.Value = ibis.literal(1.0)
    if definition.denominator or definition.count_by:
        x = columns["times"]
        missing = ibis.cases((base & x.isnull(), columns["times why"]), else_=missing)
        base = base & x.notnull()
        y = y if definition.denominator else y * x
    return Worked(
        ibis.cases((base, y)),
        ibis.cases((base, x)),
        missing,
        columns["implied"] & base,
        columns["lacking"],
        base,
    )


def _given(name: str, variables: Variables) -> Given:
    """A variable; a component that no version asked is there, and unknown (rule 5.1-12)."""
    if name in variables:
        return variables.given(name)
    return Given(
        ibis.null("string"), ibis.literal(int(Kind.NOT_IN_VERSION), "int32"), is_numeric=False
    )


def _told(definition: Definition, variables: Variables) -> ir.BooleanValue:
    """One known component of a union is an answer (see `tabulation.measures`)."""
    told = ibis.literal(value=False)
    for name in definition.union:
        kind = _given(name, variables).kind
        told |= kind < int(Kind.DK)
        if definition.missing_policy is MissingPolicy.INCLUDE:
            told |= kind.isin(_SILENT)
    return told


def _implied(definition: Definition, variables: Variables) -> ir.BooleanValue:
    """Whether a screener gave a value."""
    implied = ibis.literal(value=False)
    for name in variables_of(definition):
        implied |= _given(name, variables).kind == int(Kind.IMPLIED)
    return implied


def _lacking(definition: Definition, variables: Variables) -> ir.BooleanValue:
    lacking = ibis.literal(value=False)
    for name in definition.union:
        lacking |= _given(name, variables).kind == int(Kind.NOT_IN_VERSION)
    return lacking


def _reason(text: str, variables: Variables) -> ir.Value:
    """The kind that best explains an unknown result, -1 when nothing is missing."""
    kinds = [_given(name, variables).kind for name in names_in(text)]
    cases = [
        (reduce(or_, (kind == int(best) for kind in kinds)), int(best)) for best in BEST if kinds
    ]
    return ibis.cases(*cases, else_=NONE) if cases else ibis.literal(NONE, "int32")
