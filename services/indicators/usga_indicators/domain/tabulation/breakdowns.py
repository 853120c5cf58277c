"""The approved cells of a release: total, stratum, area, sex, age band, groups (rule D-04)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import CodeArray
from usga_indicators.domain.definition.model import Breakdown
from usga_indicators.domain.tabulation.groups import groups_in

TOTAL = "_T"
#: Age bands of SDG 16.6.2, as SDMX codes.
AGE_BANDS = (
    ("Y18T24", 18, 25),
    ("Y25T34", 25, 35),
    ("Y35T44", 35, 45),
    ("Y45T54", 45, 55),
    ("Y55T64", 55, 65),
    ("Y_GE65", 65, 200),
)
_SEXES = {"female": "F", "male": "M", "other": "_O"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Where an estimate belongs; `_T` is every category."""

    ref_area: str = TOTAL
    stratum: str = TOTAL
    sex: str = TOTAL
    age: str = TOTAL
    item: str = TOTAL
    subgroup: str = TOTAL
    """One category of a further breakdown, such as `disability:yes`."""


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Cells that share no rows: `cell[i]` is the place of row i in `cells`, -1 for none."""

    breakdown: Breakdown | None
    cells: tuple[Cell, ...]
    cell: NDArray[np.int64]

    def rows(self, place: int) -> NDArray[np.bool_]:
        """The rows of one cell."""
        return np.asarray(self.cell == place)


def partitions(frame: Frame, area_of_stratum: Mapping[str, str]) -> list[Partition]:
    """The total and each approved breakdown that the interviews can be put in.

    A stratum that is an area of its own carries the area's code too. Areas have cells of their
    own only where they join several strata: never below a stratum (rule D-07).
    """
    total = Partition(None, (Cell(),), np.zeros(len(frame), dtype=np.int64))
    return [
        total,
        *_strata(frame, area_of_stratum),
        *_sexes(frame),
        *_ages(frame),
        *(
            Partition(
                group.breakdown,
                tuple(Cell(subgroup=code) for code in group.codes()),
                place,
            )
            for group, place in groups_in(frame)
        ),
    ]


def _strata(frame: Frame, area_of_stratum: Mapping[str, str]) -> list[Partition]:
    strata = sorted({*frame.stratum.values, *area_of_stratum})
    areas = {area_of_stratum[s] for s in strata if s in area_of_stratum}
    sole = {a for a in areas if sum(x == a for x in area_of_stratum.values()) == 1}

    def stratum_cell(code: str) -> Cell:
        area = area_of_stratum.get(code, TOTAL)
        return Cell(stratum=code, ref_area=area if area in sole else TOTAL)

    levels = frame.stratum.levels
    found = [_partition(Breakdown.STRATUM, strata, levels, frame.stratum.codes, stratum_cell)]
    joined = sorted(areas - sole)
    if joined:
        of_level = [area_of_stratum.get(s, TOTAL) for s in levels]
        found.append(
            _partition(
                Breakdown.AREA, joined, of_level, frame.stratum.codes, lambda a: Cell(ref_area=a)
            )
        )
    return found


def _sexes(frame: Frame) -> list[Partition]:
    column = frame.columns.get("sex")
    if column is None:
        return []
    of_level = [_SEXES.get(level, "") for level in column.levels]
    present = [code for code in ("F", "M", "_O") if code in {*of_level, "F", "M"}]
    return [_partition(Breakdown.SEX, present, of_level, column.codes, lambda s: Cell(sex=s))]


def _ages(frame: Frame) -> list[Partition]:
    column = frame.columns.get("age")
    if column is None or column.numbers is None:
        return []
    cells = tuple(Cell(age=code) for code, _, _ in AGE_BANDS)
    return [Partition(Breakdown.AGE, cells, age_places(column.numbers))]


def age_places(age: NDArray[np.float64]) -> NDArray[np.int64]:
    """The place of each age in years among `AGE_BANDS`, -1 for none."""
    places = np.full(len(age), -1, dtype=np.int64)
    for place, (_, low, high) in enumerate(AGE_BANDS):
        places[(age >= low) & (age < high)] = place
    return places


def _partition(
    breakdown: Breakdown,
    codes: Sequence[str],
    of_level: Sequence[str],
    level: CodeArray,
    cell_of: Callable[[str], Cell],
) -> Partition:
    """Cells by code; `of_level` gives the code of each level, `level` is -1 where missing."""
    place = {code: at for at, code in enumerate(codes)}
    cell = np.array([place.get(code, -1) for code in of_level] + [-1], dtype=np.int64)
    return Partition(breakdown, tuple(cell_of(code) for code in codes), cell[level])
