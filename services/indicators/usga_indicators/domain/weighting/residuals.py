"""What calibration leaves to vary: residuals of weighted linearised values.

The variance of a calibrated estimator is that of the residuals of the linearised variable on the
calibration variables (Deville and Särndal 1992, section 3; Särndal et al. 1992, section 6.6).
`z` is weight x linearised value, with the weights after all steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.design.codes import FloatArray, IntArray

#: Cycles over the margins when residuals of raking are taken.
RAKING_CYCLES = 10


def _group_means(values: FloatArray, group: IntArray, weights: FloatArray) -> FloatArray:
    """Weighted means of the columns of `values` by group, given back per row."""
    groups = int(group.max()) + 1
    size = np.bincount(group, weights=weights, minlength=groups)
    sums = np.stack(
        [
            np.bincount(group, weights=values[:, j] * weights, minlength=groups)
            for j in range(values.shape[1])
        ],
        axis=1,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(size[:, None] > 0, sums / size[:, None], 0.0)[group]


def _per_weight(z: FloatArray, weights: FloatArray) -> FloatArray:
    safe = np.where(weights == 0, 1.0, weights)
    return np.asarray(z / safe[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class PostStratified:
    """Cells of a post-stratification, with the weights before and after."""

    cell: IntArray
    old: FloatArray
    new: FloatArray

    def residuals(self, z: FloatArray) -> FloatArray:
        """Subtract cell means, weighted by the weights before the step."""
        means = _group_means(_per_weight(z, self.new), self.cell, self.old)
        return np.asarray(z - means * self.new[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class Raked:
    """Margins of a raking, each with the weights after its own last step."""

    margins: Sequence[tuple[IntArray, FloatArray]]

    @property
    def one_weight(self) -> bool:
        """Whether every margin has the same weights: those after the last step of all."""
        first = self.margins[0][1]
        return all(weights is first for _, weights in self.margins)

    def residuals(self, z: FloatArray) -> FloatArray:
        """Subtract the unweighted margin means of z/w, cycling over the margins."""
        ones = np.ones(len(z))
        for _ in range(RAKING_CYCLES):
            for group, weights in self.margins:
                means = _group_means(_per_weight(z, weights), group, ones)
                z = z - means * weights[:, None]
        return z


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """Calibration variables times sqrt(old weight) (orthonormal), and g x sqrt(old weight)."""

    basis: FloatArray
    scale: FloatArray

    @classmethod
    def of(cls, x: FloatArray, old: FloatArray, g: FloatArray) -> "Calibrated":
        """Prepare the projection; dependent columns of `x` do no harm."""
        root = np.sqrt(old)
        u, s, _ = np.linalg.svd(x * root[:, None], full_matrices=False)
        rank = s > s[0] * 1e-10 if len(s) else np.zeros(0, dtype=np.bool_)
        return cls(u[:, rank], g * root)

    def residuals(self, z: FloatArray) -> FloatArray:
        """Residuals of the regression weighted by the old weights, times the new weights."""
        values = _per_weight(z, self.scale)
        values = values - self.basis @ (self.basis.T @ values)
        return np.asarray(values * self.scale[:, None])
