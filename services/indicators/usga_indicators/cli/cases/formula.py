"""Model matrices from formulas: main effects and interactions of numbers and factors.

`a + b`, `a:b`, `a*b` (both and their interaction), `0` or `-1` (no intercept). A factor has one
column per level but the first (treatment contrasts); in an interaction it has all levels where
the rest of the term is not itself a term, and without an intercept so has the first factor
(Chambers and Hastie 1992, section 2.4; the rules and names of R's `model.matrix`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.cli.cases.table import Column, Table
from usga_indicators.domain.design.codes import FloatArray

Term = tuple[str, ...]
#: A matrix of so many numbers is refused before it is made.
MAX_NUMBERS = 50_000_000
_NAME = re.compile(r"`?([\w.]+)`?")
_NO_INTERCEPT, _INTERCEPT = frozenset({"0", "-1"}), frozenset({"1"})


@dataclass(frozen=True, slots=True)
class Formula:
    """Terms in the order of their columns: intercept, main effects, then interactions."""

    terms: tuple[Term, ...]
    intercept: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable once."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term))


@dataclass(frozen=True, slots=True, eq=False)
class ModelMatrix:
    """Columns (NaN where a variable is missing) with their names."""

    columns: FloatArray
    names: tuple[str, ...]


def formula_of(parts: Sequence[str]) -> Formula:
    """Read summands. Raises Unsupported for what is neither a name nor a product of names."""
    terms: list[Term] = []
    intercept = True
    for part in (piece for text in parts for piece in _summands(text)):
        if part in _NO_INTERCEPT or part in _INTERCEPT:
            intercept = part in _INTERCEPT
            continue
        terms += _expanded(part)
    distinct = {frozenset(term): term for term in reversed(terms)}
    ordered = [t for t in dict.fromkeys(terms) if distinct[frozenset(t)] == t]
    return Formula(tuple(sorted(ordered, key=len)), intercept)


def _summands(text: str) -> list[str]:
    pieces = text.replace("- 1", "-1").replace("-1", "+ -1").split("+")
    return [piece.strip() for piece in pieces if piece.strip()]


def _expanded(part: str) -> list[Term]:
    """`a*b` is a, b and a:b."""
    factors = [_names(factor) for factor in part.split("*")]
    if len(factors) == 1:
        return factors
    return [
        tuple(dict.fromkeys(name for term in chosen for name in term))
        for size in range(1, len(factors) + 1)
        for chosen in combinations(factors, size)
    ]


def _names(text: str) -> Term:
    found = [_NAME.fullmatch(name.strip()) for name in text.split(":")]
    if not all(found):
        raise Unsupported(f"the term {text.strip()}")
    return tuple(dict.fromkeys(match[1] for match in found if match))


def model_matrix(table: Table, formula: Formula) -> ModelMatrix:
    """The columns of a formula. Raises CaseError when they are too many."""
    known: set[frozenset[str]] = {frozenset(term) for term in formula.terms} | {frozenset()}
    whole = None if formula.intercept else _first_factor(table, formula)
    parts: list[FloatArray] = [np.ones((table.size, 1))] if formula.intercept else []
    names: list[str] = ["(Intercept)"] if formula.intercept else []
    for term in formula.terms:
        block, labels = np.ones((table.size, 1)), [""]
        for name in term:
            rest = frozenset(term) - {name}
            column = table[name]
            values, added = _coded(column, whole=rest not in known or (term, name) == whole)
            if block.shape[1] * values.shape[1] * table.size > MAX_NUMBERS:
                raise CaseError(f"the term {':'.join(term)} has too many columns")
            block = (values[:, :, None] * block[:, None, :]).reshape(table.size, -1)
            labels = [f"{a}:{b}".lstrip(":") for b in added for a in labels]
        parts.append(block)
        names += labels
    if not parts:
        raise CaseError("a formula needs a term")
    return ModelMatrix(np.concatenate(parts, axis=1), tuple(names))


def _first_factor(table: Table, formula: Formula) -> tuple[Term, str] | None:
    for term in formula.terms:
        for name in term:
            if table[name].numbers is None:
                return term, name
    return None


def _coded(column: Column, *, whole: bool) -> tuple[FloatArray, list[str]]:
    if column.numbers is not None:
        return column.numbers[:, None], [column.name]
    shown = range(0 if whole else 1, len(column.levels))
    levels = np.asarray(shown, dtype=np.int64)
    values = (column.text_codes[:, None] == levels[None, :]).astype(np.float64)
    values[~column.known] = np.nan
    return values, [column.name + column.levels[i] for i in shown]
