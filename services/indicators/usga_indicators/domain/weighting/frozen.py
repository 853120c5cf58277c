"""Steps as they were solved: tables that give the same factors to the same classes for ever.

A weight set is these tables. Applying them needs no population and no other row, so that weights
of interviews that come later, or stay after a withdrawal, follow without solving anything anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from usga_indicators.domain.design.codes import BoolArray, FloatArray, IntArray
from usga_indicators.domain.weighting.calibration import Distance, factors_of
from usga_indicators.domain.weighting.recipe import Of
from usga_indicators.domain.weighting.refusals import refused
from usga_indicators.domain.weighting.units import Classes, Units, quoted

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A factor by class of some variables; the class of empty texts is that of missing values."""

    names: tuple[str, ...]
    factors: Mapping[Key, float]

    def of_rows(self, units: Units, weights: FloatArray, place: str) -> FloatArray:
        """The factor of each row; a class that the table lacks is refused where it has weight."""
        keys = tuple(self.factors)
        cell = cells_of(units, self.names, keys, place)
        stray = (cell < 0) & (weights != 0)
        if stray.any():
            raise refused(
                place,
                "class-without-factor",
                f"{int(stray.sum())} interviews are in no class of {', '.join(self.names)} that "
                "the weight set knows",
                "make a new weight set",
            )
        values = np.array([*self.factors.values(), 1.0])
        return np.asarray(values[cell])

    def plain(self) -> dict[str, Any]:
        return {
            "variables": list(self.names),
            "factors": [[list(key), factor] for key, factor in self.factors.items()],
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Table":
        """What `plain` gave."""
        return cls(tuple(plain["variables"]), {tuple(k): float(f) for k, f in plain["factors"]})


def cells_of(units: Units, names: Sequence[str], keys: Sequence[Key], place: str) -> IntArray:
    """The place of each row in `keys`; rows of missing values take the key of empty texts."""
    classes = units.classes(names, f"{place}/variables")
    cell = classes.placed_in(keys)
    absent = ("",) * len(names)
    if absent in keys and names:
        cell = np.where(classes.code < 0, list(keys).index(absent), cell)
    return cell


@dataclass(frozen=True, slots=True)
class Multiplied:
    """Weights times the factors of one or more tables: non-response, raking."""

    kind: str
    of: tuple[Of, ...]
    tables: tuple[tuple[Table, ...], ...]
    """By member of `of`."""

    def apply(self, of: Of, weights: FloatArray, units: Units, place: str) -> FloatArray:
        """The weights after the step."""
        result = weights
        for table in self.tables[self.of.index(of)]:
            result = result * table.of_rows(units, weights, place)
        return result

    def plain(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "of": [of.value for of in self.of],
            "tables": [[t.plain() for t in tables] for tables in self.tables],
        }


@dataclass(frozen=True, slots=True)
class Bounds:
    """One round of trimming a class: what lies outside is cut, the others take `addition`."""

    lower: float
    upper: float
    addition: float


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Rounds of trimming by class; a weight once cut stays cut."""

    of: tuple[Of, ...]
    names: tuple[str, ...]
    rounds: tuple[Mapping[Key, tuple[Bounds, ...]], ...]
    """By member of `of`."""

    kind: str = "trim"

    def apply(self, of: Of, weights: FloatArray, units: Units, place: str) -> FloatArray:
        """The weights after the step; classes that were not there then are left alone."""
        return self._applied(of, weights, units, place)[0]

    def cut_rows(self, of: Of, weights: FloatArray, units: Units, place: str) -> BoolArray:
        """Which of these weights the step cuts; the others only take what is spread."""
        return self._applied(of, weights, units, place)[1]

    def _applied(
        self, of: Of, weights: FloatArray, units: Units, place: str
    ) -> tuple[FloatArray, BoolArray]:
        table = self.rounds[self.of.index(of)]
        classes: Classes = units.classes(self.names, f"{place}/by")
        result, cut = weights.copy(), np.zeros(len(weights), dtype=np.bool_)
        for number, key in enumerate(classes.keys):
            rows = np.flatnonzero((classes.code == number) & (weights != 0))
            result[rows], cut[rows] = _through(result[rows], table.get(key, ()))
        return result, cut

    def plain(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "of": [of.value for of in self.of],
            "by": list(self.names),
            "rounds": [
                [
                    [list(key), [[_plain(b.lower), _plain(b.upper), b.addition] for b in rounds]]
                    for key, rounds in table.items()
                ]
                for table in self.rounds
            ],
        }


def _plain(bound: float) -> float | None:
    return float(bound) if np.isfinite(bound) else None


def _through(weights: FloatArray, rounds: Sequence[Bounds]) -> tuple[FloatArray, BoolArray]:
    cut = np.zeros(len(weights), dtype=np.bool_)
    for each in rounds:
        cut |= (weights < each.lower) | (weights > each.upper)
        inside = np.clip(weights, each.lower, each.upper)
        weights = np.where(cut, inside, inside + each.addition)
    return weights, cut


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Factors g = F(sum of the multipliers of a row's categories)."""

    of: tuple[Of, ...]
    distance: Distance
    bounds: tuple[float, float] | None
    multipliers: tuple[tuple[Table, ...], ...]
    """By member of `of`; a table's numbers are multipliers, not factors."""

    kind: str = "calibrate"

    def apply(self, of: Of, weights: FloatArray, units: Units, place: str) -> FloatArray:
        """The weights after the step."""
        tables = self.multipliers[self.of.index(of)]
        eta = np.zeros(len(weights))
        for table in tables:
            eta = eta + table.of_rows(units, weights, place)
        return np.asarray(weights * factors_of(eta, self.distance, self.bounds))

    def plain(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "of": [of.value for of in self.of],
            "distance": self.distance.value,
            "bounds": list(self.bounds) if self.bounds else None,
            "multipliers": [[t.plain() for t in tables] for tables in self.multipliers],
        }


FrozenStep = Multiplied | Trimmed | Calibrated


def frozen_of(plain: Mapping[str, Any]) -> FrozenStep:
    """A step from what its `plain` gave."""
    of = tuple(Of(each) for each in plain["of"])
    match plain["kind"]:
        case "trim":
            return Trimmed(
                of,
                tuple(plain["by"]),
                tuple(
                    {tuple(k): tuple(_bounds(*b) for b in rounds) for k, rounds in table}
                    for table in plain["rounds"]
                ),
            )
        case "calibrate":
            bounds = plain["bounds"]
            return Calibrated(
                of,
                Distance(plain["distance"]),
                (float(bounds[0]), float(bounds[1])) if bounds else None,
                _tables(plain["multipliers"]),
            )
        case kind:
            return Multiplied(kind, of, _tables(plain["tables"]))


def _bounds(lower: float | None, upper: float | None, addition: float) -> Bounds:
    low = -np.inf if lower is None else lower
    return Bounds(low, np.inf if upper is None else upper, addition)


def _tables(plain: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[tuple[Table, ...], ...]:
    return tuple(tuple(Table.read(t) for t in tables) for tables in plain)


def needs(steps: Sequence[FrozenStep]) -> list[str]:
    """Variables that applying the steps reads."""
    found: list[str] = []
    for step in steps:
        match step:
            case Trimmed():
                found += step.names
            case Multiplied():
                found += [n for tables in step.tables for t in tables for n in t.names]
            case Calibrated():
                found += [n for tables in step.multipliers for t in tables for n in t.names]
    return list(dict.fromkeys(found))


def described(key: Key, names: Sequence[str]) -> str:
    """A class in words; missing values say so."""
    return quoted([v or "not known" for v in key], names)
