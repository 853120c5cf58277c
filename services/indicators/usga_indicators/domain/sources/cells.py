"""The cells of what was not drawn: areas that points lie in, sections of recorded incidents."""

from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Breakdown
from usga_indicators.domain.tabulation import Cell
from usga_indicators.domain.tabulation.breakdowns import Partition

#: What the audit form must bring besides what definitions name: the area of a point.
POINT_NAMES = ("w_area",)
#: Level 1 of the ICCS: its eleven sections. Deeper levels are a working subset (ADR-0033).
SECTIONS = tuple(f"{number:02}" for number in range(1, 12))
_DIGITS = 2


def of_points(frame: Frame, areas: Collection[str]) -> list[Partition]:
    """All points, and those of each area; a code that is no area of the assessment is none."""
    return [_all(frame), *_by(frame, "w_area", Breakdown.AREA, sorted(areas), _area)]


def of_incidents(frame: Frame) -> list[Partition]:
    """All records, and those of each section; records have no respondent and no stratum."""
    sections = _by(frame, "iccs", Breakdown.ICCS, SECTIONS, section_cell, digits=_DIGITS)
    return [_all(frame), *sections]


def section_cell(section: str) -> Cell:
    """The cell of a section of the ICCS."""
    return Cell(subgroup=f"{Breakdown.ICCS.value}:{section}")


def _area(code: str) -> Cell:
    return Cell(ref_area=code)


def _all(frame: Frame) -> Partition:
    nobody: NDArray[np.int64] = np.zeros(len(frame), dtype=np.int64)
    return Partition(None, (Cell(),), nobody)


def _by(
    frame: Frame,
    name: str,
    breakdown: Breakdown,
    codes: Collection[str],
    cell: Callable[[str], Cell],
    *,
    digits: int | None = None,
) -> list[Partition]:
    """Rows by the beginning of a code; a column that nobody filled in makes no cells."""
    column = frame.columns.get(name)
    if column is None or not column.known.any():
        return []
    place = {code: at for at, code in enumerate(codes)}
    levels = [*(place.get(level[:digits], -1) for level in column.levels), -1]
    of_row = np.array(levels, dtype=np.int64)[column.codes]
    return [Partition(breakdown, tuple(cell(code) for code in codes), of_row)]
