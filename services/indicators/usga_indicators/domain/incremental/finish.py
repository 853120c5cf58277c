"""From sums to estimates: small matrices of PSUs x cells, without a look at any interview."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from usga_indicators.domain.codebook.column import Column, FloatArray, IntArray, Kind
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.definition.model import Weight
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.disclosure import Values
from usga_indicators.domain.estimation import (
    CellMoments,
    Estimate,
    Measure,
    estimates_of,
)
from usga_indicators.domain.incremental.contributions import COUNTED, tally_of
from usga_indicators.domain.incremental.parts import estimate_of_parts
from usga_indicators.domain.incremental.statistics import Outline, SufficientStatistics
from usga_indicators.domain.tabulation.analysis import Analysis
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition
from usga_indicators.domain.tabulation.estimates import CellEstimate, design_of
from usga_indicators.domain.tabulation.groups import GROUPS

_NOBODY = np.zeros(0)
#: Numbers of one dense block of PSUs x cells x sums.
_AT_ONCE = 2_000_000
_OF_PSU, _BASED = 3, 3


def estimates_from(
    statistics: SufficientStatistics,
    drawn: Mapping[str, int] | None = None,
    *,
    quantiles: Iterable[CellEstimate] = (),
    only: frozenset[Cell] | None = None,
    analysis: Analysis | None = None,
) -> list[CellEstimate]:
    """Estimate as `tabulate` does, in its order; with `only`, these cells alone.

    `quantiles` are estimates of indicators that sums do not give: they take their places.
    Raises SinglePrimaryUnit.
    """
    if statistics.interviews == 0:
        return []
    psus = psus_frame(statistics)
    cells = statistics.partitions(psus)
    found = {
        (each.definition.code, each.cell): each
        for each in quantiles
        if only is None or replace(each.cell, item=Cell().item) in only
    }
    values = statistics.ledger.values(len(statistics.cells), statistics.cells.known(Cell()))
    for weight in Weight:
        chosen = [
            o for o in statistics.outlines if o.task.weight is weight and not o.task.is_quantile
        ]
        if not chosen:
            continue
        desk = Desk.of(statistics, design_of(psus, weight, drawn, analysis), values)
        for partition in cells:
            places = [
                at for at, cell in enumerate(partition.cells) if only is None or cell in only
            ]
            wanted = [outline for outline in chosen if outline.task.is_wanted(partition)]
            for each in desk.estimate(wanted, partition, places):
                found[each.definition.code, each.cell] = each
    return [
        found[key]
        for outline in statistics.outlines
        for partition in cells
        for cell in partition.cells
        if (key := (outline.task.definition.code, _of_item(cell, outline.task.item))) in found
    ]


def psus_frame(statistics: SufficientStatistics) -> Frame:
    """The PSUs that interviews came from as a frame of their own: one row each, weighing one."""
    present = np.flatnonzero(statistics.interviews_of_psu > 0)
    names = [statistics.psus.keys[at] for at in present.tolist()]
    ones = np.ones(len(names))
    return Frame(
        size=len(names),
        stratum=RawText.of([stratum for stratum, _ in names]),
        psu=RawText.of([psu for _, psu in names]),
        w_person=ones,
        w_household=ones,
        columns=_breakdown_columns(statistics, len(names)),
    )


def _breakdown_columns(statistics: SufficientStatistics, size: int) -> dict[str, Column]:
    """The variables as columns that say nothing of PSUs: that they are there names the cells."""
    kinds, codes = np.full(size, Kind.NOT_ASKED, dtype=np.int8), np.full(size, -1, dtype=np.int64)
    text = Column(kinds, codes, ())
    number = Column(kinds, codes, (), np.full(size, np.nan))
    columns = {
        name: number if is_number else text for name, is_number in statistics.columns.items()
    }
    if "sex" in columns and statistics.people_in(Cell(sex="_O")):
        columns["sex"] = Column(kinds, codes, ("other",))
    for group in GROUPS:
        if any(statistics.people_in(Cell(subgroup=code)) for code in group.codes()):
            told = Column(kinds, np.zeros_like(codes), (group.example,))
            columns |= dict.fromkeys(group.columns, told)
    return columns


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """Sums laid out by PSU of the design and cell."""

    statistics: SufficientStatistics
    design: SurveyDesign
    cluster_of_psu: IntArray  # -1 where nobody is left
    cluster: IntArray  # row of `by_psu` -> cluster of the design, -1 where nobody is left
    cell: IntArray  # row of `by_psu` -> row of `by_cell`
    numbers: Mapping[tuple[str, str], int]  # which indicator of all
    values: Sequence[Values | None] = ()
    """How numbers of people are spread, by indicator x cell."""

    @classmethod
    def of(
        cls,
        statistics: SufficientStatistics,
        design: SurveyDesign,
        values: Sequence[Values | None] = (),
    ) -> "Desk":
        present = np.flatnonzero(statistics.interviews_of_psu > 0)
        cluster = np.full(len(statistics.psus), -1, dtype=np.int64)
        cluster[present] = design.stages[0].cluster
        psu, cell = statistics.pair_places()
        numbers = {outline.task.key: at for at, outline in enumerate(statistics.outlines)}
        return cls(statistics, design, cluster, cluster[psu], cell, numbers, values)

    def estimate(
        self, outlines: Sequence[Outline], partition: Partition, places: Sequence[int]
    ) -> Iterable[CellEstimate]:
        """Every indicator in these cells of a breakdown."""
        width = sum(o.by_psu.stop - o.by_psu.start for o in outlines)
        step = max(1, _AT_ONCE // max(1, self.design.stages[0].clusters * width))
        for start in range(0, len(places), step):
            yield from self._block(outlines, partition, places[start : start + step])

    def _block(
        self, outlines: Sequence[Outline], partition: Partition, places: Sequence[int]
    ) -> Iterable[CellEstimate]:
        rows = [self.statistics.cells.known(partition.cells[at]) for at in places]
        linear = [o for o in outlines if o.task.is_linear]
        several = [o for o in outlines if not o.task.is_linear]
        cells = [partition.cells[at] for at in places]
        for outline, totals, column in self._linear(linear, rows):
            yield from self._told(outline, cells, totals, column)
        for outline in several:
            sums, totals = self.dense(outline.by_psu, rows), self._of_cells(outline, rows)
            lonely = self._lonely(sums[..., -1:])
            column = [
                (
                    estimate_of_parts(outline.task, self.design, sums[:, at], totals[at]),
                    bool(lonely[at, 0]),
                )
                for at in range(len(rows))
            ]
            yield from self._told(outline, cells, totals, column)

    def _told(
        self,
        outline: Outline,
        cells: Sequence[Cell],
        totals: FloatArray,
        column: Iterable[tuple[Estimate, bool]],
    ) -> Iterable[CellEstimate]:
        """The estimates of an indicator with what is told beside them."""
        definition, item = outline.task.definition, outline.task.item
        partial = self._is_partial(outline)
        number = self.numbers[outline.task.key]
        for cell, counted, (estimate, lonely) in zip(cells, totals, column, strict=True):
            tally = tally_of(counted[-COUNTED:])
            yield CellEstimate(
                definition,
                _of_item(cell, item),
                estimate,
                tally,
                partial,
                lonely,
                values=self._values(number, cell),
            )

    def _values(self, number: int, cell: Cell) -> Values | None:
        place = self.statistics.cells.known(cell)
        if place is None:
            return None
        at = number * len(self.statistics.cells) + place
        return self.values[at] if at < len(self.values) else None

    def _linear(
        self, outlines: Sequence[Outline], rows: Sequence[int | None]
    ) -> Iterable[tuple[Outline, FloatArray, list[tuple[Estimate, bool]]]]:
        if not outlines:
            return
        sums = self.dense(_columns([o.by_psu for o in outlines]), rows)
        sums = sums.reshape(*sums.shape[:2], len(outlines), -1)
        totals = np.stack([self._of_cells(o, rows) for o in outlines], axis=1)
        moments = CellMoments(by_psu=sums[..., :_OF_PSU], by_cell=totals[..., :-COUNTED])
        measures = [Measure(o.task.statistic, _NOBODY, _NOBODY) for o in outlines]
        estimates = estimates_of(self.design, measures, moments)
        lonely = self._lonely(sums[..., _BASED])
        for k, outline in enumerate(outlines):
            yield (
                outline,
                totals[:, k],
                [(estimates[c][k], bool(lonely[c, k])) for c in range(len(rows))],
            )

    def _lonely(self, based: FloatArray) -> FloatArray:
        """Whether people in the base live in a stratum with one PSU, by cell and indicator."""
        stage = self.design.stages[0]
        alone = stage.sampled[stage.cluster_stratum] == 1
        return np.asarray((based[alone] > 0).any(axis=0))

    def dense(self, columns: slice | IntArray, rows: Sequence[int | None]) -> FloatArray:
        """Clusters x cells x sums."""
        at_of = np.full(len(self.statistics.cells), -1, dtype=np.int64)
        for at, row in enumerate(rows):
            if row is not None:
                at_of[row] = at
        here = np.flatnonzero((at_of[self.cell] >= 0) & (self.cluster >= 0))
        values = self.statistics.by_psu.high[here][:, columns]
        dense = np.zeros((self.design.stages[0].clusters, len(rows), values.shape[1]))
        dense[self.cluster[here], at_of[self.cell[here]]] = values
        return dense

    def _of_cells(self, outline: Outline, rows: Sequence[int | None]) -> FloatArray:
        at = np.array([-1 if row is None else row for row in rows], dtype=np.int64)
        found = self.statistics.by_cell.high[at, outline.by_cell]
        found[at < 0] = 0.0
        return found

    def _is_partial(self, outline: Outline) -> bool:
        """Whether anybody of all was asked with a version that lacks a component."""
        everybody = self._of_cells(outline, [self.statistics.cells.known(Cell())])[0]
        return bool(everybody[-1] > 0)


def _of_item(cell: Cell, item: str) -> Cell:
    return cell if cell.item == item else replace(cell, item=item)


def _columns(slices: Sequence[slice]) -> IntArray:
    return np.concatenate([np.arange(s.start, s.stop) for s in slices])
