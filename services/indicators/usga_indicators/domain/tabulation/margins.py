"""Errors of raked and post-stratified weights: residuals of an indicator in all cells at once.

Such residuals subtract means of margins, so they are linear: sums of the variables by PSU, and by
the cells that margins share, give them for every cell of a breakdown without another look at the
interviews (Deville and Särndal 1992, section 3).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.codes import compact, first_rows, joint_codes
from usga_indicators.domain.weighting.residuals import RAKING_CYCLES, PostStratified, Raked

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """Interviews by PSU, and by the cell that they have in every margin (`joint`).

    A mean of a margin is the sum of `factor` x z over the sum of `counts`; what it takes from a
    PSU is the mean times the PSU's `weights` in that cell, and from the sum of the next mean its
    share of those who `weigh`: an interview without weight is counted, and has nothing to lose.
    """

    psu: IntArray
    joint: IntArray
    cells: tuple[IntArray, ...]  # of each margin, by joint cell
    factor: FloatArray
    counts: FloatArray  # by joint cell
    weigh: FloatArray  # of counts, those with a weight
    weights: FloatArray  # PSU x joint cell
    cycles: int
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, design: SurveyDesign) -> Self | None:
        """Of a design with one stage and one such step; None for others."""
        match design.adjustments:
            case (Raked() as step,) if len(design.stages) == 1 and step.one_weight:
                weights = step.margins[0][1]
                groups, counts = [cell for cell, _ in step.margins], np.ones(len(weights))
                factor, cycles = 1.0 / np.where(weights == 0, 1.0, weights), RAKING_CYCLES
            case (PostStratified() as step,) if len(design.stages) == 1:
                weights, counts, groups, cycles = step.new, step.old, [step.cell], 1
                factor = step.old / np.where(weights == 0, 1.0, weights)
            case _:
                return None
        stage = design.stages[0]
        joint = compact(joint_codes([np.zeros(len(weights), dtype=np.int64), *groups]))
        size = int(joint.max()) + 1
        first = first_rows(joint, size)
        present = np.zeros(stage.clusters, dtype=np.bool_)
        present[stage.cluster] = True
        return cls(
            psu=stage.cluster,
            joint=joint,
            cells=tuple(group[first] for group in groups),
            factor=factor,
            counts=_added(joint, counts, size),
            weigh=_added(joint, np.where(weights == 0, 0.0, counts), size),
            weights=_added(stage.cluster * size + joint, weights, stage.clusters * size).reshape(
                stage.clusters, size
            ),
            cycles=cycles,
            present=present,
        )

    def sums(
        self, values: FloatArray, cell: IntArray, cells: int
    ) -> tuple[FloatArray, FloatArray]:
        """Sums of a variable by PSU and cell, and of `factor` times it by joint cell and cell."""
        inside = np.flatnonzero((cell >= 0) & (values != 0))
        values, place = values[inside], cell[inside]
        psus, size = self.weights.shape
        by_psu = _added(self.psu[inside] * cells + place, values, psus * cells)
        by_joint = _added(
            self.joint[inside] * cells + place, values * self.factor[inside], size * cells
        )
        return by_psu.reshape(psus, cells), by_joint.reshape(size, cells)

    def residuals(self, by_psu: FloatArray, by_joint: FloatArray) -> FloatArray:
        """PSU totals of the residuals of variables whose `sums` these are, a column each."""
        shares, taken = by_joint.copy(), np.zeros_like(by_joint)
        for _ in range(self.cycles):
            for cell in self.cells:
                known = np.zeros((int(cell.max()) + 1, len(cell)))
                known[cell, np.arange(len(cell))] = 1.0
                counts = known @ self.counts
                means = (known @ shares) / np.where(counts > 0, counts, 1.0)[:, None]
                shares -= means[cell] * self.weigh[:, None]
                taken += means[cell]
        return np.asarray(by_psu - self.weights @ taken)


def _added(group: IntArray, values: FloatArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(group, weights=values, minlength=size), dtype=np.float64)
