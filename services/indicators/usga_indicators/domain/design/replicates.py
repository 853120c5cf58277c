"""Replicate weights: jackknife, balanced repeated replication, Fay, bootstrap.

Variance = scale x sum_r rscale_r (theta_r - centre)^2, the centre being the full-sample estimate
(`mse`) or the mean of the replicates (Wolter 2007, chapters 3 to 5).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from usga_indicators.domain.design.codes import BoolArray, FloatArray, IntArray
from usga_indicators.domain.design.errors import (
    InvalidReplicates,
    InvalidWeight,
    LonelyPrimaryUnit,
    MissingDesignValue,
)
from usga_indicators.domain.design.stages import Stage
from usga_indicators.domain.design.survey_design import LonelyPsu, SurveyDesign

#: Columns whose part outside the span of the others is smaller than this add no df.
RANK_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class ReplicateDesign:
    """Weights, and replicate weights (rows x replicates) that already include them."""

    weights: FloatArray
    replicates: FloatArray
    scale: float
    rscales: FloatArray
    mse: bool

    @classmethod
    def of(
        cls,
        *,
        weights: FloatArray,
        replicates: FloatArray,
        kind: str,
        combined: bool = True,
        scale: float | None = None,
        rscales: Sequence[float] | FloatArray | None = None,
        rho: float | None = None,
        mse: bool = False,
    ) -> "ReplicateDesign":
        """Make a design from given replicate weights of `kind` JK1, JKn, BRR, Fay, bootstrap."""
        if replicates.ndim != 2 or len(replicates) != len(weights):  # noqa: PLR2004 -- a matrix
            raise InvalidReplicates("replicate weights and rows differ in number")
        if np.isnan(weights).any() or np.isnan(replicates).any():
            raise MissingDesignValue("weights have missing values")
        if not (np.isfinite(weights).all() and np.isfinite(replicates).all()) or weights.min() < 0:
            raise InvalidWeight("weights must be finite and not negative")
        count = replicates.shape[1]
        factors = np.ones(count) if rscales is None else np.asarray(rscales, dtype=np.float64)
        balanced = kind in {"BRR", "Fay"}  # their scale follows from the number of replicates
        if factors.shape == (1,):
            factors = np.repeat(factors, count)
        if len(factors) != count:
            raise InvalidReplicates("one rscale per replicate is needed")
        return cls(
            weights=weights,
            replicates=replicates if combined else replicates * weights[:, None],
            scale=_scale(kind, count, rho) if scale is None or balanced else scale,
            rscales=np.ones(count) if balanced else factors,
            mse=mse,
        )

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.weights)

    @property
    def all_rows(self) -> BoolArray:
        """The domain that is the whole sample."""
        return np.ones(self.size, dtype=np.bool_)

    def degrees_of_freedom(self, rows: BoolArray | None = None) -> int:
        """Rank of the replicate weights minus 1."""
        matrix = self.replicates if rows is None else self.replicates[rows]
        norms = np.linalg.norm(matrix, axis=0)
        scaled = matrix[:, norms > 0] / norms[norms > 0]
        if scaled.size == 0:
            return 0
        squares = np.linalg.eigvalsh(scaled.T @ scaled)  # of the singular values; much smaller
        return int((squares > RANK_TOLERANCE**2).sum()) - 1

    def psus(self, rows: BoolArray) -> int:  # noqa: ARG002 -- same question as to SurveyDesign
        """Replicate weights do not tell the number of PSUs: 0 stands for unknown."""
        return 0

    def covariance(
        self, of_weights: Callable[[FloatArray], FloatArray], rows: BoolArray
    ) -> FloatArray:
        """Covariance of the statistics that `of_weights` computes, in the domain `rows`.

        Replicates without a value (they drop the whole domain) are left out.
        """
        masked = np.ascontiguousarray(np.where(rows[:, None], self.replicates, 0.0).T)
        with np.errstate(invalid="ignore", divide="ignore"):
            thetas = np.array([of_weights(weights) for weights in masked])
        defined = ~np.isnan(thetas).any(axis=1)
        if not defined.any():
            raise InvalidReplicates("no replicate gives a value")
        thetas, rscales = thetas[defined], self.rscales[defined]
        if self.mse:
            centre = of_weights(np.where(rows, self.weights, 0.0))
        else:
            centre = thetas[rscales > 0].mean(axis=0)
        deviations = thetas - centre
        return np.asarray(deviations.T @ (deviations * rscales[:, None]) * self.scale)

    def reweighted(self, change: Callable[[FloatArray], FloatArray]) -> "ReplicateDesign":
        """Adjust the weights, and each replicate of them in the same way."""
        columns = [change(self.replicates[:, r]) for r in range(self.replicates.shape[1])]
        return replace(self, weights=change(self.weights), replicates=np.stack(columns, axis=1))

    def take(self, rows: BoolArray) -> "ReplicateDesign":
        """Drop rows for good."""
        return replace(self, weights=self.weights[rows], replicates=self.replicates[rows])


def _scale(kind: str, count: int, rho: float | None) -> float:
    match kind:
        case "BRR":
            return 1.0 / count
        case "Fay":
            if rho is None:
                raise InvalidReplicates("Fay's method needs rho")
            return 1.0 / (count * (1.0 - rho) ** 2)
        case "bootstrap":
            return 1.0 / (count - 1)
        case "JK1":
            return (count - 1) / count
        case _:
            raise InvalidReplicates(f"replicates of type {kind} need a scale")


def jackknife(design: SurveyDesign, kind: str, *, mse: bool = False) -> ReplicateDesign:
    """Delete-one-PSU replicates: JK1 without strata, JKn with (Wolter 2007, section 4.5).

    The PSU's weight becomes 0 and the others of its stratum grow by n_h/(n_h - 1); rscale is
    (n_h - 1)/n_h times the finite population correction. Strata that were taken completely have
    no replicates. A lonely PSU has none under `remove` and `certainty`; under `adjust` its
    stratum is dropped as a whole and the H - 1 others grow by H/(H - 1); under `average` the
    variance is scaled by all PSUs over those with replicates.
    """
    if design.adjustments:
        raise InvalidReplicates("replicates of a calibrated design must be calibrated too")
    stage, rule = design.stages[0], design.lonely_psu
    if kind not in {"JK1", "JKn"}:
        raise InvalidReplicates(f"replicates of type {kind} are not made here")
    if kind == "JK1" and stage.strata > 1:
        raise InvalidReplicates("JK1 is for designs without strata; use JKn")
    sampled = stage.sampled[stage.cluster_stratum]
    remaining = stage.remaining_fraction()
    lonely = (sampled == 1) & (remaining > 0)
    if lonely.any() and rule is LonelyPsu.FAIL:
        raise LonelyPrimaryUnit("a stratum with one unit has no jackknife replicate")
    dropped = np.flatnonzero((sampled > 1) & (remaining > 0))
    factors = _dropping(stage, dropped, stage.sampled)
    rscales = (remaining * (sampled - 1) / sampled)[dropped]
    if rule is LonelyPsu.ADJUST and lonely.any() and stage.strata > 1:
        others = stage.strata / (stage.strata - 1)
        alone = stage.cluster[:, None] == np.flatnonzero(lonely)[None, :]
        factors = np.hstack([factors, np.where(alone, 0.0, others)])
        rscales = np.concatenate([rscales, np.repeat(1 / others, lonely.sum())])
    if not rscales.size:
        raise InvalidReplicates("no stratum has a unit to drop: none has two, or all were taken")
    scale = stage.clusters / len(rscales) if rule is LonelyPsu.AVERAGE else 1.0
    if kind == "JK1":
        scale, rscales = float(rscales[0]), np.ones(len(rscales))
    return ReplicateDesign(
        weights=design.weights,
        replicates=factors * design.weights[:, None],
        scale=scale,
        rscales=rscales,
        mse=mse,
    )


def _dropping(stage: Stage, dropped: IntArray, sampled: IntArray) -> FloatArray:
    """Factors (row x replicate): 0 for the dropped unit, n/(n - 1) for others of its stratum."""
    own = stage.cluster_stratum[dropped]
    same_stratum = stage.cluster_stratum[stage.cluster][:, None] == own[None, :]
    growth = sampled[own] / np.maximum(sampled[own] - 1, 1)
    factors = np.where(same_stratum, growth[None, :], 1.0)
    factors[stage.cluster[:, None] == dropped[None, :]] = 0.0
    return factors
