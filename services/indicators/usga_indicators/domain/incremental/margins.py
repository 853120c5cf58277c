"""Errors of raked weights from sums that follow interviews: none of them is looked at again.

What raking takes off an error are means of margins (docs/methods/estimation.md 5), and these need
the sums of the variables by PSU, which are there, and by the cells that the margins make
together, where everybody counts once. The latter are sums of the same kind: of interviews that
weigh one and have their joint cell for a PSU.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from usga_indicators.domain.codebook.column import FloatArray, IntArray
from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.codebook.raw import RawText
from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.design import Adjustment
from usga_indicators.domain.design.codes import joint_codes
from usga_indicators.domain.estimation import Statistic
from usga_indicators.domain.estimation.cells import first_stage_variances
from usga_indicators.domain.incremental.exact import ExactSums
from usga_indicators.domain.incremental.finish import Desk, psus_frame
from usga_indicators.domain.incremental.in_parts import parts_of
from usga_indicators.domain.incremental.places import Places, Psu, psu_rows
from usga_indicators.domain.incremental.statistics import (
    Outline,
    SufficientStatistics,
    weights_of,
)
from usga_indicators.domain.tabulation.analysis import Analysis
from usga_indicators.domain.tabulation.breakdowns import Cell, Partition
from usga_indicators.domain.tabulation.estimates import CellEstimate, design_of
from usga_indicators.domain.tabulation.margins import Margins
from usga_indicators.domain.tabulation.spread import respread
from usga_indicators.domain.weighting.residuals import RAKING_CYCLES, Raked

Adjustments = Mapping[Weight, Sequence[Adjustment]]
#: The cells of an interview: of each margin of each weight, in their order.
Joint = tuple[int, ...]
#: Code of an indicator, and its cell.
Key = tuple[str, Cell]


def is_followed(adjustments: Adjustments) -> bool:
    """Whether sums give the errors: weights are raked once at most, all margins to one weight."""
    return any(adjustments.values()) and all(
        not steps or (len(steps) == 1 and isinstance(steps[0], Raked) and steps[0].one_weight)
        for steps in adjustments.values()
    )


def _margins_of(adjustments: Adjustments, weight: Weight) -> list[IntArray]:
    steps = adjustments.get(weight, ())
    if not steps:
        return []
    (step,) = steps
    assert isinstance(step, Raked)
    return [cell for cell, _ in step.margins]


class MarginSums:
    """Sums by joint cell of the margins, beside the `SufficientStatistics` of the same people."""

    def __init__(self, definitions: Sequence[Definition], areas: Mapping[str, str]) -> None:
        self.statistics = SufficientStatistics(definitions, areas)
        self._joint: Places[Joint] = Places()
        self._psus: Places[Psu] = Places()
        self._pairs: Places[tuple[int, int]] = Places()
        self._weights = ExactSums.zeros(0, len(Weight))  # by PSU and joint cell
        self._people = np.zeros((0, 1 + len(Weight)), dtype=np.int64)  # all, and who weigh
        self._slices: dict[Weight, slice] = {}

    def add(self, frame: Frame, adjustments: Adjustments) -> None:
        """Take interviews with their final weights in. Raises OtherIndicators."""
        self._move(frame, adjustments, 1)

    def take_away(self, frame: Frame, adjustments: Adjustments) -> None:
        """Take interviews out, as they were when they came in. Raises OtherIndicators."""
        self._move(frame, adjustments, -1)

    def _move(self, frame: Frame, adjustments: Adjustments, sign: int) -> None:
        joint = self._placed(adjustments, len(frame))
        start = 0
        for some in parts_of(frame):
            stop = start + len(some)
            self._move_part(some, joint[start:stop], sign)
            start = stop

    def _move_part(self, frame: Frame, joint: IntArray, sign: int) -> None:
        weights = np.stack([weights_of(frame, weight) for weight in Weight], axis=1)
        weighs = (weights != 0).astype(np.int64)
        self._people = _grown(self._people, len(self._joint))
        everybody = np.column_stack([np.ones(len(frame), dtype=np.int64), weighs])
        np.add.at(self._people, joint, sign * everybody)
        self._move_weights(psu_rows(frame, self._psus), joint, weights, sign)
        names = tuple(str(number) for number in range(len(self._joint)))
        alike = replace(
            frame,
            psu=RawText(joint, names),
            w_person=weighs[:, list(Weight).index(Weight.PERSON)].astype(np.float64),
            w_household=weighs[:, list(Weight).index(Weight.HOUSEHOLD)].astype(np.float64),
        )
        (self.statistics.add if sign > 0 else self.statistics.take_away)(alike)

    def _placed(self, adjustments: Adjustments, rows: int) -> IntArray:
        columns: list[IntArray] = []
        for weight in Weight:
            own = _margins_of(adjustments, weight)
            self._slices[weight] = slice(len(columns), len(columns) + len(own))
            columns += own
        codes = joint_codes([np.zeros(rows, dtype=np.int64), *columns])
        _, first, of_row = np.unique(codes, return_index=True, return_inverse=True)
        places = [self._joint.of(tuple(int(c[at]) for c in columns)) for at in first.tolist()]
        return np.array(places, dtype=np.int64)[of_row]

    def _move_weights(
        self, psu: IntArray, joint: IntArray, weights: FloatArray, sign: int
    ) -> None:
        keys = psu * (int(joint.max()) + 1) + joint
        _, first, of_row = np.unique(keys, return_index=True, return_inverse=True)
        places = np.array(
            [self._pairs.of((int(psu[at]), int(joint[at]))) for at in first.tolist()],
            dtype=np.int64,
        )
        if len(self._weights.high) < len(self._pairs):
            self._weights = self._weights.grown(2 * len(self._pairs))
        change = ExactSums.grouped(of_row, np.arange(len(psu)), weights, len(places))
        self._weights.move(places, change, float(sign))

    def respread(
        self,
        found: Sequence[CellEstimate],
        statistics: SufficientStatistics,
        drawn: Mapping[str, int] | None = None,
        analysis: Analysis | None = None,
    ) -> list[CellEstimate]:
        """The estimates that `statistics` give with the errors that the margins leave them."""
        errors: dict[Key, float] = {}
        for weight, own in self._slices.items():
            if own.stop > own.start:
                errors |= self._errors(weight, statistics, drawn, analysis)
        tasks = {outline.task.key: outline.task for outline in statistics.outlines}
        result: list[CellEstimate] = []
        for each in found:
            se = errors.get((each.definition.code, each.cell))
            if se is not None and each.estimate.n:
                task = tasks[each.definition.code, each.cell.item]
                result.append(replace(each, estimate=respread(task, each.estimate, se)))
            else:
                result.append(each)
        return result

    def _errors(
        self,
        weight: Weight,
        statistics: SufficientStatistics,
        drawn: Mapping[str, int] | None,
        analysis: Analysis | None,
    ) -> dict[Key, float]:
        """Of every indicator with this weight, by its code and cell."""
        psus = psus_frame(statistics)
        desk = Desk.of(statistics, design_of(psus, weight, drawn, analysis))
        margins = self._margins(weight, desk)
        alike = {outline.task.key: outline for outline in self.statistics.outlines}
        found: dict[Key, float] = {}
        for outline in (o for o in statistics.outlines if o.task.weight is weight):
            for partition in statistics.partitions(psus):
                if outline.task.is_quantile or not outline.task.is_wanted(partition):
                    continue
                totals = self._residuals(
                    outline, alike[outline.task.key], desk, partition, margins
                )[:, :, None]
                present = np.broadcast_to(margins.present[:, None, None], totals.shape)
                variances = first_stage_variances(desk.design, totals, present)[:, 0]
                for cell, variance in zip(partition.cells, variances.tolist(), strict=True):
                    place = replace(cell, item=outline.task.item)
                    found[outline.task.definition.code, place] = float(np.sqrt(variance))
        return found

    def _margins(self, weight: Weight, desk: Desk) -> Margins:
        """As `Margins.of` a design makes them."""
        at = list(Weight).index(weight)
        keys = np.array(self._joint.keys, dtype=np.int64)[:, self._slices[weight]]
        pairs = np.array(self._pairs.keys, dtype=np.int64)
        rows = [desk.statistics.psus.known(key) for key in self._psus.keys]
        cluster = np.array(
            [-1 if row is None else desk.cluster_of_psu[row] for row in rows], dtype=np.int64
        )[pairs[:, 0]]
        here = np.flatnonzero(cluster >= 0)
        weights = np.zeros((desk.design.stages[0].clusters, len(self._joint)))
        weights[cluster[here], pairs[here, 1]] = self._weights.high[here, at]
        present = np.zeros(len(weights), dtype=np.bool_)
        present[desk.cluster_of_psu[desk.cluster_of_psu >= 0]] = True
        nobody = np.zeros(0, dtype=np.int64)
        return Margins(
            psu=nobody,
            joint=nobody,
            cells=tuple(keys.T),
            factor=np.zeros(0),
            counts=self._people[:, 0].astype(np.float64),
            weigh=self._people[:, 1 + at].astype(np.float64),
            weights=weights,
            cycles=RAKING_CYCLES,
            present=present,
        )

    def _residuals(
        self, outline: Outline, own: Outline, desk: Desk, partition: Partition, margins: Margins
    ) -> FloatArray:
        """PSU totals of the residuals of an indicator in the cells of a breakdown."""
        task = outline.task
        rows = [desk.statistics.cells.known(cell) for cell in partition.cells]
        by_psu = desk.dense(outline.by_psu, rows)
        by_joint = self._dense(own.by_psu, partition)
        if task.is_linear and task.statistic is Statistic.TOTAL:
            return margins.residuals(by_psu[..., 0], by_joint[..., 0])
        parts = 1 if task.is_linear else task.data.numerators.shape[1]
        coefficients = np.ones(1) if task.is_linear else task.coefficients
        sums = by_psu, by_joint
        with np.errstate(invalid="ignore", divide="ignore"):
            sizes = by_psu[..., parts : 2 * parts].sum(axis=0)
            slopes = by_psu[..., :parts].sum(axis=0) / sizes
            z, of_joint = (
                (
                    (each[..., :parts] - slopes * each[..., parts : 2 * parts])
                    / sizes
                    @ coefficients
                )
                for each in sums
            )
        return margins.residuals(z, of_joint)

    def _dense(self, columns: slice, partition: Partition) -> FloatArray:
        """Joint cells x cells x sums."""
        pseudo, cell = self.statistics.pair_places()
        at_of = np.full(len(self.statistics.cells), -1, dtype=np.int64)
        for at, each in enumerate(partition.cells):
            row = self.statistics.cells.known(each)
            if row is not None:
                at_of[row] = at
        joint = np.array([int(name) for _, name in self.statistics.psus.keys], dtype=np.int64)
        here = np.flatnonzero(at_of[cell] >= 0)
        values = self.statistics.by_psu.high[here][:, columns]
        dense = np.zeros((len(self._joint), len(partition.cells), values.shape[1]))
        np.add.at(dense, (joint[pseudo[here]], at_of[cell[here]]), values)
        return dense


def _grown(counts: IntArray, rows: int) -> IntArray:
    return np.pad(counts, ((0, max(0, rows - len(counts))), (0, 0)))
