"""A case ready to be computed: its table, design and domain, and columns turned into matrices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from usga_indicators.cli.cases.errors import CaseError
from usga_indicators.cli.cases.table import Column, Table
from usga_indicators.domain.design import Adjustment
from usga_indicators.domain.design.codes import BoolArray, FloatArray
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.estimation.linear import observed
from usga_indicators.domain.estimation.sample import Design, Sample
from usga_indicators.domain.weighting.residuals import Calibrated

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """One case with what it speaks about."""

    case: Json
    table: Table
    design: Design
    rows: BoolArray

    @property
    def sample(self) -> Sample:
        """The domain of the case."""
        return Sample(self.design, self.rows)

    @property
    def na_rm(self) -> bool:
        """Whether rows with missing values leave the domain."""
        return bool(self.case.get("na_rm", False))

    @property
    def df(self) -> int:
        """Degrees of freedom of the domain (of the whole design with replicate weights)."""
        if isinstance(self.design, ReplicateDesign):
            return self.design.degrees_of_freedom()
        return self.design.degrees_of_freedom(self.rows)

    @property
    def n(self) -> int:
        """Rows of the domain; a calibrated design keeps all, with weight 0 outside."""
        return int(self.kept.sum())

    @property
    def kept(self) -> BoolArray:
        """Rows that the variance speaks of: those of the domain, or all."""
        return self.sample.spoken_of

    def names(self, key: str = "vars") -> list[str]:
        """A list of column names of the case."""
        value = self.case.get(key)
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not listed:
            raise CaseError(f"the case names no columns in {key}")
        return [str(name) for name in listed]

    def column(self, key: str) -> Column:
        """The one column that the case names in `key`."""
        return self.table[self.names(key)[0]]

    def within(self, rows: BoolArray) -> "Context":
        """The same case in a part of its domain."""
        return replace(self, rows=self.rows & rows)

    def matrix(self, names: Sequence[str]) -> tuple[FloatArray, list[Json]]:
        """Columns side by side, a factor as one 0/1 column per level; and their labels."""
        parts: list[FloatArray] = []
        labels: list[Json] = []
        for name in names:
            column = self.table[name]
            if column.numbers is not None:
                parts.append(column.numbers[:, None])
                labels.append({"var": name})
                continue
            shown = self.shown(column)
            parts.append(indicators(column, shown))
            labels += [{"var": name, "level": column.levels[i]} for i in shown]
        return np.concatenate(parts, axis=1), labels

    def shown(self, column: Column) -> list[int]:
        """All levels of a factor; of a plain column those that occur in the domain."""
        if column.is_factor:
            return list(range(len(column.levels)))
        codes = column.categories()[0][self.kept]
        return [int(c) for c in np.unique(codes[codes >= 0])]

    def observed(self, *columns: FloatArray) -> Sample:
        """The domain without rows that miss a value, when the case says so.

        Regression residuals of a missing value are missing in every row: a sample with such a
        step refuses.
        """
        if not self.na_rm and any(isinstance(s, Calibrated) for s in self._steps):
            return self.complete(*columns)
        return observed(self.sample, *columns) if self.na_rm else self.sample

    @property
    def _steps(self) -> tuple[Adjustment, ...]:
        return () if isinstance(self.design, ReplicateDesign) else self.design.adjustments

    def complete(self, *columns: FloatArray) -> Sample:
        """As `observed`, refusing missing values that the case does not say to leave out."""
        known = observed(self.sample, *columns)
        if not self.na_rm and known.rows.sum() < self.rows.sum():
            raise CaseError("the variables have missing values in the domain")
        return known


def indicators(column: Column, levels: Sequence[int]) -> FloatArray:
    """0/1 columns for levels, NaN where the value is missing."""
    codes = column.text_codes
    result = (codes[:, None] == np.asarray(levels)[None, :]).astype(np.float64)
    result[codes < 0] = np.nan
    return np.asarray(result)


def domain_rows(table: Table, conditions: Sequence[Sequence[Any]] | None) -> BoolArray:
    """Rows that meet all conditions `[column, operator, value]`; a missing value meets none."""
    keep = np.ones(table.size, dtype=np.bool_)
    for condition in conditions or ():
        if len(condition) < 2:  # noqa: PLR2004 -- a column and an operator at least
            raise CaseError("a condition needs a column and an operator")
        value = condition[2] if len(condition) > 2 else None  # noqa: PLR2004
        keep &= _meets(table[str(condition[0])], str(condition[1]), value)
    return keep


def _meets(column: Column, operator: str, value: Any) -> BoolArray:
    if operator == "notna":
        return column.known
    wanted = value if isinstance(value, list) else [value]
    if not wanted or None in wanted:
        raise CaseError(f"the condition {column.name} {operator} has no value", place="domain")
    if column.numbers is not None:
        numbers = column.numbers
        targets = np.array([_number(column.name, v) for v in wanted])
        return column.known & _compare(numbers, operator, targets)
    texts = np.array(column.texts(), dtype=np.str_)
    return column.known & _compare(texts, operator, np.array([str(v) for v in wanted]))


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise CaseError(
            f"{name} holds numbers and is compared with none", place="domain"
        ) from None


def _compare(values: Any, operator: str, targets: Any) -> BoolArray:
    if operator == "in":
        return np.asarray(np.isin(values, targets))
    target = targets[0]
    tests: Mapping[str, Any] = {
        "==": lambda: values == target,
        "!=": lambda: values != target,
        ">=": lambda: values >= target,
        "<=": lambda: values <= target,
        ">": lambda: values > target,
        "<": lambda: values < target,
    }
    if operator not in tests:
        raise CaseError(f"there is no operator {operator}")
    return np.asarray(tests[operator]())
