"""Variance of weighted totals under a multi-stage stratified design.

With u_hi the total of the linearised variable in cluster i of stratum h, n_h clusters sampled out
of N_h, the first stage contributes sum_h (1 - n_h/N_h) n_h/(n_h - 1) sum_i (u_hi - mean_h)^2
(Särndal, Swensson and Wretman 1992, section 4.3; Cochran 1977, section 10.3). Later stages add
the same within each cluster, times the sampling fractions of the stages above. Rows outside a
domain carry u = 0: strata keep the number of clusters that was drawn (domain estimation,
Lumley 2010, section 2.3). Without population sizes the first stage stands for all (ultimate
cluster, Hansen, Hurwitz and Madow 1953).
"""

from dataclasses import dataclass

import numpy as np
import scipy

from usga_indicators.domain.design.codes import BoolArray, FloatArray, IntArray
from usga_indicators.domain.design.errors import LonelyPrimaryUnit
from usga_indicators.domain.design.stages import Stage
from usga_indicators.domain.design.survey_design import LonelyPsu, SurveyDesign

#: Below this remaining fraction a stratum counts as completely enumerated.
COMPLETE = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class StageScale:
    """What the strata of a stage do to cluster totals before they are squared."""

    factor: FloatArray  # cluster -> multiplier of the squared deviation (0 where excluded)
    centre_on_all: (
        BoolArray  # cluster -> centre on the mean of the whole stage, not of the stratum
    )
    stage_mean_divisor: FloatArray  # parent cluster -> number of clusters that the mean counts


def row_to_cluster(stage: Stage) -> "scipy.sparse.csr_matrix":
    """A sparse matrix that sums rows into clusters."""
    rows = len(stage.cluster)
    return scipy.sparse.csr_matrix(
        (np.ones(rows), (stage.cluster, np.arange(rows))), shape=(stage.clusters, rows)
    )


def covariance_of_total(
    design: SurveyDesign, z: FloatArray, rows: BoolArray | None = None
) -> FloatArray:
    """Covariance matrix of the column sums of `z`, which holds weight x linearised value.

    `rows` is the domain (z is zero outside). Raises `LonelyPrimaryUnit` under the rule `fail`.
    NaN where the rule `average` has no stratum to take an average from.
    """
    for adjustment in design.adjustments:
        z = adjustment.residuals(z)
    present = design.all_rows if rows is None or design.domain_keeps_all_rows else rows
    total = np.zeros((z.shape[1], z.shape[1]))
    share = np.ones(1)  # of each cluster of the stage above: product of sampling fractions
    for depth, stage in enumerate(design.stages):
        if depth and (design.ultimate_cluster or stage.population is None):
            break
        sums = np.asarray(row_to_cluster(stage) @ z)
        scale = stage_scale(design, stage, present, depth=depth)
        weight = share[stage.stratum_parent[stage.cluster_stratum]]
        deviations = centred(stage, scale, sums)
        total += deviations.T @ (deviations * (scale.factor * weight)[:, None])
        share = weight * stage.sampling_fraction()
    return total


def stage_scale(
    design: SurveyDesign, stage: Stage, present: BoolArray, *, depth: int
) -> StageScale:
    """Work out the multipliers of one stage, applying the lonely-PSU rule."""
    rule, domain_rule = design.lonely_psu, design.adjust_domain_lonely
    here = np.zeros(stage.clusters, dtype=np.bool_)
    here[stage.cluster[present]] = True
    in_domain = np.bincount(stage.cluster_stratum[here], minlength=stage.strata)
    seen = in_domain > 0
    remaining = stage.remaining_fraction()
    most = np.zeros(stage.strata)
    np.maximum.at(most, stage.cluster_stratum, remaining)
    open_ = seen & (most >= COMPLETE)
    alone = open_ & (stage.sampled == 1)
    left_alone = open_ & (stage.sampled > 1) & (in_domain == 1)
    if rule is LonelyPsu.FAIL and alone.any():
        raise LonelyPrimaryUnit(f"{int(alone.sum())} strata have one unit at stage {depth + 1}")
    ratio = np.where(stage.sampled > 1, stage.sampled / np.maximum(stage.sampled - 1, 1), 1.0)
    per_stratum = np.where(open_, ratio, 0.0)
    if rule is LonelyPsu.AVERAGE:
        unknown = alone | left_alone if domain_rule else alone
        per_stratum = _averaged(stage, per_stratum, seen, unknown)
    recentred = np.zeros(stage.strata, dtype=np.bool_)
    if rule is LonelyPsu.ADJUST:
        recentred = alone | left_alone if domain_rule else alone
    return StageScale(
        factor=per_stratum[stage.cluster_stratum] * remaining,
        centre_on_all=recentred[stage.cluster_stratum],
        stage_mean_divisor=_counted(stage, seen),
    )


def _counted(stage: Stage, seen: BoolArray) -> FloatArray:
    """Clusters sampled in the strata seen, per cluster of the stage above."""
    sampled = np.where(seen, stage.sampled, 0).astype(np.float64)
    return np.asarray(np.bincount(stage.stratum_parent, weights=sampled), dtype=np.float64)


def _averaged(
    stage: Stage, per_stratum: FloatArray, seen: BoolArray, unknown: BoolArray
) -> FloatArray:
    """Let known strata stand for unknown ones: strata seen / strata known, within each parent."""
    strata = np.bincount(stage.stratum_parent, weights=seen.astype(np.float64))
    known = np.bincount(stage.stratum_parent, weights=(seen & ~unknown).astype(np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        expansion = np.where(known > 0, strata / known, np.where(strata > 0, np.nan, 0.0))
    expanded = per_stratum * expansion[stage.stratum_parent]
    return np.where(unknown & (known[stage.stratum_parent] > 0), 0.0, expanded)


def centred(stage: Stage, scale: StageScale, sums: FloatArray) -> FloatArray:
    """Cluster totals minus the mean of their stratum (or of the stage, rule `adjust`)."""
    stratum_sums = _grouped(stage.cluster_stratum, sums, stage.strata)
    means = stratum_sums / stage.sampled[:, None]
    if scale.centre_on_all.any():
        parents = len(scale.stage_mean_divisor)
        all_sums = _grouped(stage.stratum_parent, stratum_sums, parents)
        divisor = np.maximum(scale.stage_mean_divisor, 1)
        overall = (all_sums / divisor[:, None])[stage.stratum_parent][stage.cluster_stratum]
        return np.asarray(
            sums - np.where(scale.centre_on_all[:, None], overall, means[stage.cluster_stratum])
        )
    return np.asarray(sums - means[stage.cluster_stratum])


def _grouped(group: IntArray, values: FloatArray, groups: int) -> FloatArray:
    size = len(group)
    matrix = scipy.sparse.csr_matrix(
        (np.ones(size), (group, np.arange(size))), shape=(groups, size)
    )
    return np.asarray(matrix @ values)
