"""The rows that weights are made for, and what is known of the cases behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from usga_indicators.domain.design.codes import FloatArray, IntArray
from usga_indicators.domain.weighting.refusals import refused

#: Known of every sampled case, not only of interviews.
OF_CASES = ("stratum", "psu", "area")


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """One variable: a level per row, -1 where it is not known."""

    codes: IntArray
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Interviews with their base weights and the variables that classes are made of."""

    unit: Sequence[str]
    person: FloatArray
    household: FloatArray
    variables: Mapping[str, Categories]

    def __len__(self) -> int:
        return len(self.unit)

    def classes(self, names: Sequence[str], place: str) -> "Classes":
        """Rows by the combination of variables; refuses a name that the extract lacks."""
        for at, name in enumerate(names):
            if name not in self.variables:
                others = ", ".join(sorted(self.variables))
                raise refused(
                    f"{place}/{at}",
                    "unknown-variable",
                    f"the extract has no variable {name}",
                    f"one of {others}",
                )
        columns = [self.variables[name] for name in names]
        joint = np.zeros(len(self), dtype=np.int64)
        known = np.ones(len(self), dtype=np.bool_)
        for column in columns:
            joint = joint * (len(column.levels) + 1) + np.maximum(column.codes, 0)
            known &= column.codes >= 0
        numbers, code = np.unique(joint[known], return_inverse=True)
        codes = np.full(len(self), -1, dtype=np.int64)
        codes[known] = code
        return Classes(codes, tuple(_key(int(number), columns) for number in numbers))


def _key(number: int, columns: Sequence[Categories]) -> tuple[str, ...]:
    """The levels that a joint number stands for."""
    found: list[str] = []
    for column in reversed(columns):
        number, at = divmod(number, len(column.levels) + 1)
        found.append(column.levels[at])
    return tuple(reversed(found))


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The class of each row (-1: not known), and the categories that each class is."""

    code: IntArray
    keys: tuple[tuple[str, ...], ...]

    def placed_in(self, wanted: Sequence[tuple[str, ...]]) -> IntArray:
        """The place of each row's class in `wanted`; -1 where it has none."""
        at = {key: i for i, key in enumerate(wanted)}
        place = np.array([at.get(key, -1) for key in self.keys] + [-1], dtype=np.int64)
        return place[self.code]


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """The sampled cases of one PSU by outcome: sums of household weights 1/(pi1 pi2).

    `eligible` are interviews and eligible non-respondents (AAPOR I, P, R, NC, O), `unknown` those
    of unknown eligibility (UH, UO), `not_eligible` NE; `cases` counts all of them.
    """

    stratum: str
    psu: str
    area: str
    cases: int
    eligible: float
    unknown: float
    not_eligible: float

    def key(self, names: Sequence[str]) -> tuple[str, ...]:
        """Its class by `names`, which are among `OF_CASES`."""
        return tuple(str(getattr(self, name)) for name in names)


@dataclass(frozen=True, slots=True)
class Margin:
    """Population counts by the categories of one or more variables, with their source."""

    name: str
    variables: tuple[str, ...]
    counts: Mapping[tuple[str, ...], float]
    source: str = ""
    as_of: str = ""

    @property
    def total(self) -> float:
        """Everybody."""
        return float(sum(self.counts.values()))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a recipe may speak of besides the interviews."""

    cases: Sequence[CaseGroup] = ()
    margins: Mapping[str, Margin] = field(default_factory=dict)


def quoted(key: Sequence[str], names: Sequence[str]) -> str:
    """A class as people write it: sex = female, age = Y18T24."""
    return ", ".join(f"{n} = {v}" for n, v in zip(names, key, strict=True)) or "everybody"
