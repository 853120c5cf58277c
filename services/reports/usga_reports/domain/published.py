"""The published numbers of one release, ready to be looked up; hidden cells hold no number."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from usga_shared.wire.extract import StratumContext
from usga_shared.wire.release import IndicatorView, Observation, ReleaseBundle
from usga_shared.wire.vocabulary import TOTAL, ConfStatus, ObsStatus

_NUMBERS = (
    "obs_value",
    "bound",
    "standard_error",
    "lower_bound",
    "upper_bound",
    "design_effect",
    "df",
    "sample_size",
    "numerator_size",
    "psus",
    "missing",
)
_INTERVAL = ("standard_error", "lower_bound", "upper_bound", "design_effect", "df")


class CellState(StrEnum):
    """What a reader must be able to tell apart (rule D-11); zero is a shown value."""

    SHOWN = "shown"
    FLAGGED = "flagged"
    HIDDEN = "hidden"
    MISSING = "missing"


class Dimension(StrEnum):
    """Breakdowns of a published indicator."""

    TOTAL = "total"
    STRATUM = "stratum"
    AREA = "ref_area"
    SEX = "sex"
    AGE = "age"
    SUBGROUP = "subgroup"
    ITEM = "item"
    CROSSED = "crossed"


_DIMENSIONS = (
    Dimension.STRATUM,
    Dimension.AREA,
    Dimension.SEX,
    Dimension.AGE,
    Dimension.SUBGROUP,
    Dimension.ITEM,
)


def state_of(observation: Observation) -> CellState:
    """The state of a cell; whatever its numbers say, its statuses decide."""
    if observation.conf_status is not ConfStatus.FREE:
        return CellState.HIDDEN
    match observation.obs_status:
        case ObsStatus.SUPPRESSED:
            return CellState.HIDDEN
        case ObsStatus.MISSING:
            return CellState.MISSING
        case ObsStatus.LOW_RELIABILITY if observation.obs_value is not None:
            return CellState.FLAGGED
        case _:
            return CellState.SHOWN if observation.obs_value is not None else CellState.MISSING


def dimension_of(observation: Observation) -> Dimension:
    """Which single breakdown a cell belongs to; stratum and its own area count as one."""
    used = [name for name in _DIMENSIONS if getattr(observation, name) != TOTAL]
    if not used:
        return Dimension.TOTAL
    if used in ([Dimension.STRATUM, Dimension.AREA], [Dimension.STRATUM]):
        return Dimension.STRATUM
    return used[0] if len(used) == 1 else Dimension.CROSSED


def protect(bundle: ReleaseBundle) -> ReleaseBundle:
    """Take every number out of hidden and missing cells, and intervals where there is no sample.

    The indicators service already does so (rule D-11, design: "a hidden cell shows none of its
    numbers"; rule Q-03). A report is forever, so it does not rely on that: what is not in the
    bundle cannot be rendered.
    """
    cells = [
        _cleared(cell, probability_sample=bundle.context.probability_sample)
        for cell in bundle.observations
    ]
    return bundle.model_copy(update={"observations": cells})


def _cleared(cell: Observation, *, probability_sample: bool) -> Observation:
    if state_of(cell) in {CellState.HIDDEN, CellState.MISSING}:
        return cell.model_copy(update=dict.fromkeys(_NUMBERS))
    if not probability_sample:
        return cell.model_copy(update=dict.fromkeys(_INTERVAL))
    return cell


@dataclass(frozen=True)
class Published:
    """Look-ups over a protected bundle."""

    bundle: ReleaseBundle

    @classmethod
    def of(cls, bundle: ReleaseBundle) -> "Published":
        """Protect, then index."""
        return cls(protect(bundle))

    @cached_property
    def indicators(self) -> dict[str, IndicatorView]:
        """By code, in the order of codes."""
        return {i.code: i for i in sorted(self.bundle.indicators, key=lambda i: i.code)}

    @cached_property
    def _cells(self) -> dict[tuple[str, Dimension], list[Observation]]:
        cells: dict[tuple[str, Dimension], list[Observation]] = {}
        period = self.bundle.release.time_period
        for cell in self.bundle.observations:
            if cell.time_period == period or self.is_recorded(cell.indicator):
                cells.setdefault((cell.indicator, dimension_of(cell)), []).append(cell)
        for dimension_cells in cells.values():
            dimension_cells.sort(key=_order)
        return cells

    def is_recorded(self, code: str) -> bool:
        """Whether it is of institutions' records, which have a year of their own."""
        return code in self.indicators and self.indicators[code].source == "administrative"

    def beside(self, indicator: IndicatorView) -> tuple[IndicatorView, Observation] | None:
        """The indicator that is to be read with this one, with its total, if it is there."""
        other = self.indicators.get(indicator.beside or "")
        cell = self.total(other.code) if other else None
        return None if other is None or cell is None else (other, cell)

    def cells(self, code: str, dimension: Dimension) -> list[Observation]:
        """Cells of one breakdown, in the order of their categories, never of their values."""
        return self._cells.get((code, dimension), [])

    def total(self, code: str) -> Observation | None:
        """The cell of the whole assessment area."""
        cells = self.cells(code, Dimension.TOTAL)
        return cells[0] if cells else None

    def everything(self, code: str) -> Iterator[tuple[Dimension, Observation]]:
        """Every published cell of an indicator, breakdown by breakdown."""
        for dimension in Dimension:
            for cell in self.cells(code, dimension):
                yield dimension, cell

    def theme(self, *themes: str) -> list[IndicatorView]:
        """Indicators of these themes that have at least one cell in the release."""
        return [
            indicator
            for indicator in self.indicators.values()
            if indicator.theme in themes and any(True for _ in self.everything(indicator.code))
        ]

    def key_figures(self, count: int) -> list[IndicatorView]:
        """The indicators that the catalogue ranks as key figures, best ranked first."""
        ranked = [
            i
            for i in self.indicators.values()
            if i.key_figure is not None and self.total(i.code) is not None
        ]
        return sorted(ranked, key=lambda i: (i.key_figure or 0, i.code))[:count]

    def by_area(self, code: str) -> dict[str, Observation]:
        """Cells by area code; a stratum stands for its area where areas have no cells."""
        areas = {cell.ref_area: cell for cell in self.cells(code, Dimension.AREA)}
        for cell in self.cells(code, Dimension.STRATUM):
            area = cell.ref_area if cell.ref_area != TOTAL else self._area_of(cell.stratum)
            areas.setdefault(area, cell)
        return areas

    def _area_of(self, stratum: str) -> str:
        found = self.strata.get(stratum)
        return (found.area if found else None) or stratum

    @cached_property
    def strata(self) -> dict[str, StratumContext]:
        """Strata of the sample by code."""
        return {s.stratum: s for s in self.bundle.context.strata}


def _order(cell: Observation) -> tuple[str, str, str, tuple[int, str], str, str]:
    return (
        cell.stratum, cell.ref_area, cell.sex, age_order(cell.age), cell.subgroup, cell.item,
    )  # fmt: skip


_AGE = re.compile(r"^Y?_?(?P<ge>GE)?(?P<low>\d+)(?:(?:T|-|_)(?P<high>\d+)|(?P<plus>\+))?$")


def age_band(code: str) -> tuple[int, int | None] | None:
    """Ends of an age band written as `Y18T24`, `18-24`, `Y_GE65` or `65+`; None if unreadable."""
    found = _AGE.match(code)
    if found is None:
        return None
    high = found["high"]
    return int(found["low"]), int(high) if high else None


def age_order(code: str) -> tuple[int, str]:
    """Sort key of an age band."""
    band = age_band(code)
    return (band[0] if band else -1, code)
