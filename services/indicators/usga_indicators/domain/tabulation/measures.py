"""A definition on a frame: who is in the base, who is in the numerator, who is missing and why."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.column import Column, Kind, KindArray
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.columns import Scope, evaluate
from usga_indicators.domain.definition.model import Definition, MissingPolicy, StatisticKind
from usga_indicators.domain.definition.names import names_in, variables_of
from usga_indicators.domain.tabulation.patterns import Patterns

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NONE = -1
#: What explains an unknown best, first: a refusal explains it better than the skip behind it.
BEST = (
    Kind.GATE_FAILED, Kind.REF, Kind.DK, Kind.NA, Kind.NO_ANSWER, Kind.NOT_IN_VERSION,
    Kind.NOT_ASKED,
)  # fmt: skip
#: Place of each kind in `BEST`, and back; what is known comes last and is no reason.
_RANK = np.array([BEST.index(k) if k in BEST else len(BEST) for k in Kind], dtype=np.int8)
_OF_RANK = np.array([*BEST, NONE], dtype=np.int8)
#: By missing kind (-1 takes the last): asked, and gave no answer that counts.
_SILENT = np.array([k in {Kind.DK, Kind.REF, Kind.NA} for k in Kind] + [False])


class NotComputable(ValueError):
    """The instrument lacks variables of the definition."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One number per interview for numerator and denominator, NaN outside the base.

    `numerators` and `denominators` have one column per part. `missing` is the kind of what is
    missing of an interview that belongs to the universe, else -1; `implied` tells whose value
    a screener gave. Quantiles keep `values` of rows or people and the interview of each.
    """

    numerators: FloatArray
    denominators: FloatArray
    missing: KindArray
    implied: BoolArray
    partial: bool = False
    values: FloatArray | None = None
    person: IntArray | None = None

    def take(self, rows: IntArray) -> "Prepared":
        """Some interviews, as often as they are told; of what has no values of rows."""
        return Prepared(
            self.numerators[rows],
            self.denominators[rows],
            self.missing[rows],
            self.implied[rows],
            self.partial,
        )


def prepare(definition: Definition, frame: Frame) -> Prepared:
    """Work a definition out on every interview; raises NotComputable."""
    in_order = definition.statistic is StatisticKind.QUANTILE  # of values, not of sums
    alike = None if in_order else Patterns.of(definition, frame)
    if alike is None:
        return prepare_each(definition, frame)
    return prepare_each(definition, alike.frame).take(alike.of_row)


def prepare_each(definition: Definition, frame: Frame) -> Prepared:
    """The same one by one, whoever answers alike; raises NotComputable."""
    complete, partial = _with_union(definition, frame)
    names = [n for n in variables_of(definition) if n not in complete.repeats]
    in_rows = {n for r in complete.repeats.values() for n in r.columns}
    lacking = [n for n in names if n not in complete.columns and n not in in_rows]
    if definition.union and not any(n in frame.columns for n in definition.union):
        lacking = list(definition.union)
    if lacking or (definition.is_of_rows and definition.unit not in complete.repeats):
        raise NotComputable(f"{definition.code} needs {', '.join(lacking) or definition.unit}")
    if definition.is_of_rows:
        found = _of_rows(definition, complete)
    elif definition.parts:
        found = _of_parts(definition, complete)
    else:
        found = _of_persons(
            definition, complete, definition.numerator, definition.filter, definition.count_by
        )
    return replace(found, partial=partial, implied=_implied(complete, names, found))


def _with_union(definition: Definition, frame: Frame) -> tuple[Frame, bool]:
    """Add components that no version asked; partial where a version did not ask one (5.1-12)."""
    size = len(frame)
    nobody = Column(
        np.full(size, Kind.NOT_IN_VERSION, dtype=np.int8), np.full(size, -1, dtype=np.int64), ()
    )
    columns = {name: frame.columns.get(name, nobody) for name in definition.union}
    partial = any((c.kinds == Kind.NOT_IN_VERSION).any() for c in columns.values())
    return replace(frame, columns={**frame.columns, **columns}), partial


def _joined(definition: Definition, y: FloatArray, scope: Scope) -> FloatArray:
    """Take one known component for an answer: then those that are missing count as no.

    Otherwise a yes would count beside a missing component and a no would not, which overstates
    every union. Where silence counts, a component that was asked is enough.
    """
    if not definition.union:
        return y
    known = np.zeros(scope.size, dtype=np.bool_)
    for name in definition.union:
        column = scope.column(name)
        known |= column.known
        if definition.missing_policy is MissingPolicy.INCLUDE:
            known |= _SILENT[column.kinds]
    return np.where(np.isnan(y) & known, 0.0, y)


def _reasons(names: tuple[str, ...], scope: Scope) -> KindArray:
    """Per row the kind that best explains an unknown result, -1 when nothing is missing."""
    best = np.full(scope.size, len(BEST), dtype=np.int8)
    for name in names:
        column = scope.columns.get(name)
        if column is not None:
            np.minimum(best, _RANK[column.kinds], out=best)
        for repeat in (scope.repeats or {}).values():
            inside = repeat.columns.get(name)
            if inside is not None:
                np.minimum.at(best, repeat.person, _RANK[inside.kinds])
    return _OF_RANK[best]


def _base(
    definition: Definition,
    numerator: str,
    universe_text: str,
    scope: Scope,
) -> tuple[FloatArray, BoolArray, KindArray]:
    """Numerator (NaN outside the base), the base, and the missing kind of each row."""
    y = _joined(definition, evaluate(numerator, scope), scope)
    unknown = np.isnan(y)
    missing = np.where(unknown, _reasons(names_in(numerator), scope), np.int8(NONE))
    missing[unknown & (missing == NONE)] = Kind.NOT_ASKED
    base = ~unknown
    if definition.missing_policy is MissingPolicy.INCLUDE:
        silent = unknown & _SILENT[missing]
        y[silent] = 0.0
        base |= silent
    if universe_text:
        universe = evaluate(universe_text, scope)
        unsure = np.isnan(universe)
        missing[universe == 0] = NONE
        missing[unsure] = _reasons(names_in(universe_text), scope)[unsure]
        base &= universe == 1
        y[~base] = np.nan
    return y, base, missing


def _of_persons(
    definition: Definition, frame: Frame, numerator: str, universe: str, count_by: str = ""
) -> Prepared:
    scope = Scope.of_persons(frame)
    y, base, missing = _base(definition, numerator, universe, scope)
    x = np.where(base, 1.0, np.nan)
    if definition.denominator:  # of a ratio: what a person counts in the base is told
        x = np.where(base, evaluate(definition.denominator, scope), np.nan)
        unsure = base & np.isnan(x)
        missing[unsure] = _reasons(names_in(definition.denominator), scope)[unsure]
        return _prepared(y, x, missing)
    if definition.statistic is StatisticKind.QUANTILE:
        found = Prepared(y[:, None], x[:, None], missing, np.zeros(len(y), dtype=np.bool_))
        return replace(found, values=y[base], person=np.flatnonzero(base))
    if not count_by:
        return Prepared(y[:, None], x[:, None], missing, np.zeros(len(y), dtype=np.bool_))
    times = evaluate(count_by, scope)
    uncounted = base & np.isnan(times)
    missing[uncounted] = _reasons(names_in(count_by), scope)[uncounted]
    return _prepared(y * times, x * times, missing)


def _prepared(y: FloatArray, x: FloatArray, missing: KindArray) -> Prepared:
    unknown = np.isnan(y) | np.isnan(x)
    y, x = np.where(unknown, np.nan, y), np.where(unknown, np.nan, x)
    return Prepared(y[:, None], x[:, None], missing, np.zeros(len(y), dtype=np.bool_))


def _of_parts(definition: Definition, frame: Frame) -> Prepared:
    parts = [_of_persons(definition, frame, p.numerator, p.filter) for p in definition.parts]
    y = np.concatenate([p.numerators for p in parts], axis=1)
    x = np.concatenate([p.denominators for p in parts], axis=1)
    missing = np.full(len(frame), NONE, dtype=np.int8)
    for part in reversed(parts):
        missing = np.where(part.missing != NONE, part.missing, missing)
    if definition.minimum_valid:
        valid = (~np.isnan(y)).sum(axis=1)
        enough = valid >= definition.minimum_valid
        mean = np.nansum(y, axis=1) / np.maximum(valid, 1)
        missing = np.where(enough, NONE, missing)
        return _prepared(np.where(enough, mean, np.nan), np.where(enough, 1.0, np.nan), missing)
    if definition.statistic is StatisticKind.DIFFERENCE:  # both shares on the same people
        unpaired = np.isnan(y).any(axis=1)
        y[unpaired], x[unpaired] = np.nan, np.nan
    return Prepared(y, x, missing, np.zeros(len(frame), dtype=np.bool_))


def _of_rows(definition: Definition, frame: Frame) -> Prepared:
    """Add rows of a repeat up to their interviews."""
    person = frame.repeats[definition.unit].person
    scope = Scope.of_rows(frame, definition.unit)
    y, base, row_missing = _base(definition, definition.numerator, definition.filter, scope)
    if definition.statistic is StatisticKind.QUANTILE:
        found = _summed(np.where(base, 1.0, 0.0), base, person, len(frame), row_missing)
        return replace(found, values=y[base], person=person[base])
    if definition.population:
        return _of_population(definition, frame, np.where(base, y, 0.0), row_missing, person)
    x = evaluate(definition.denominator, scope) if definition.denominator else base * 1.0
    found = _summed(y, base & ~np.isnan(x), person, len(frame), row_missing)
    counted = np.bincount(person, np.where(base, np.nan_to_num(x), 0.0), minlength=len(frame))
    return replace(
        found, denominators=np.where(np.isnan(found.denominators), np.nan, counted[:, None])
    )


def _summed(
    y: FloatArray, base: BoolArray, person: IntArray, size: int, row_missing: KindArray
) -> Prepared:
    """Sums per interview; an interview without rows in the base is outside it."""
    rows = np.bincount(person, base, minlength=size)
    total = np.bincount(person, np.where(base, y, 0.0), minlength=size)
    inside = rows > 0
    missing = _worst(row_missing, person, size)
    return _prepared(np.where(inside, total, np.nan), np.where(inside, rows, np.nan), missing)


def _of_population(
    definition: Definition, frame: Frame, y: FloatArray, row_missing: KindArray, person: IntArray
) -> Prepared:
    """Every person of the population counts once, with rows or without."""
    scope = Scope.of_persons(frame)
    population = evaluate(definition.population, scope)
    missing = _worst(row_missing, person, len(frame))
    unsure = np.isnan(population)
    why = _reasons(names_in(definition.population), scope)
    missing = np.where(unsure, why, missing)
    base = (population == 1) & (missing == NONE)
    total = np.bincount(person, y, minlength=len(frame))
    return _prepared(np.where(base, total, np.nan), np.where(base, 1.0, np.nan), missing)


def _worst(row_missing: KindArray, person: IntArray, size: int) -> KindArray:
    """The best explanation among the rows of each interview."""
    missing = np.full(size, NONE, dtype=np.int8)
    for kind in reversed(BEST):
        missing[person[row_missing == kind]] = kind
    return missing


def _implied(frame: Frame, names: list[str], found: Prepared) -> BoolArray:
    """Interviews in the base for which a screener gave a value."""
    implied = np.zeros(len(frame), dtype=np.bool_)
    for name in names:
        column = frame.columns.get(name)
        if column is not None:
            implied |= column.kinds == Kind.IMPLIED
    return implied & ~np.isnan(found.numerators).all(axis=1)
