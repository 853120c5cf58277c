"""A sample design: who was selected with whom, out of how many, with which weight."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import numpy as np

from usga_indicators.domain.design.codes import (
    AnyArray,
    BoolArray,
    FloatArray,
    IntArray,
    codes_of,
    first_rows,
    joint_codes,
)
from usga_indicators.domain.design.errors import (
    ClusterCrossesStrata,
    InvalidWeight,
    MissingDesignValue,
    SinglePrimaryUnit,
)
from usga_indicators.domain.design.stages import Stage, population_sizes, stage_of


class LonelyPsu(StrEnum):
    """What to do with a stratum in which one unit was sampled (Lumley 2010, section 2.4)."""

    FAIL = "fail"
    REMOVE = "remove"
    CERTAINTY = "certainty"
    ADJUST = "adjust"
    AVERAGE = "average"


class Adjustment(Protocol):
    """A calibration step: it knows how to take residuals of weighted linearised values."""

    def residuals(self, z: FloatArray) -> FloatArray:
        """Return the part of `z` (rows x statistics) that the step does not explain."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SurveyDesign:
    """A stratified multi-stage sample with weights; build it with `SurveyDesign.of`."""

    weights: FloatArray
    stages: tuple[Stage, ...]
    lonely_psu: LonelyPsu
    adjust_domain_lonely: bool
    ultimate_cluster: bool
    unequal_probabilities: bool = False
    adjustments: tuple[Adjustment, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        rows: int | None = None,
        weights: AnyArray | None = None,
        probabilities: AnyArray | None = None,
        strata: Sequence[AnyArray] | AnyArray | None = None,
        ids: Sequence[AnyArray] | None = None,
        fpc: Sequence[AnyArray] | None = None,
        nest: bool = False,
        lonely_psu: LonelyPsu | str = LonelyPsu.FAIL,
        adjust_domain_lonely: bool = False,
        ultimate_cluster: bool = False,
        unequal_probabilities: bool = False,
    ) -> "SurveyDesign":
        """Make a design from columns, or raise a `DesignError` that says what is wrong.

        `ids` are the units of each stage, outermost first; without them each row is its own PSU.
        `fpc` are population sizes (or sampling fractions) of the stages; without `weights` they
        give the weights. `nest` says that unit identifiers repeat across strata.
        `unequal_probabilities` lets the sampling fraction vary inside a stratum (Brewer's
        approximation of unequal-probability sampling).
        """
        columns = [
            c for c in (weights, probabilities, *(ids or ()), *(fpc or ())) if c is not None
        ]
        size = rows if rows is not None else len(columns[0]) if columns else 0
        if size == 0:
            raise MissingDesignValue("a design needs at least one row")
        if any(len(c) != size for c in columns):
            raise MissingDesignValue("the columns of a design differ in length")
        clusters, stage_strata = _identifiers(size, ids, _listed(strata), nest=nest)
        sizes = population_sizes(
            fpc, clusters, stage_strata, unequal=unequal_probabilities, rows=size
        )
        stages = tuple(
            stage_of(clusters, stage_strata, sizes, depth=depth) for depth in range(len(clusters))
        )
        return cls(
            weights=_weights(size, weights, probabilities, stages, given_fpc=len(fpc or ())),
            stages=stages,
            lonely_psu=LonelyPsu(lonely_psu),
            adjust_domain_lonely=adjust_domain_lonely,
            ultimate_cluster=ultimate_cluster,
            unequal_probabilities=unequal_probabilities,
        )

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.weights)

    @property
    def all_rows(self) -> BoolArray:
        """The domain that is the whole sample."""
        return np.ones(self.size, dtype=np.bool_)

    @property
    def domain_keeps_all_rows(self) -> bool:
        """Whether every sampled row matters to a domain's variance, not only those inside.

        So it is after calibration, whose residuals differ from zero outside the domain, and where
        sampling fractions differ between the units of a stratum.
        """
        return bool(self.adjustments) or self.unequal_probabilities

    def degrees_of_freedom(self, rows: BoolArray | None = None) -> int:
        """PSUs minus strata among rows of non-zero weight (in the domain `rows`)."""
        used = self.weights != 0 if rows is None else rows & (self.weights != 0)
        psus = np.unique(self.stages[0].cluster[used])
        return len(psus) - len(np.unique(self.stages[0].cluster_stratum[psus]))

    def psus(self, rows: BoolArray) -> int:
        """Number of PSUs with a row of non-zero weight in the domain."""
        return len(np.unique(self.stages[0].cluster[rows & (self.weights != 0)]))

    def with_weights(self, weights: FloatArray, *adjustments: Adjustment) -> "SurveyDesign":
        """The same sample with other weights, remembering how they were calibrated."""
        return replace(self, weights=weights, adjustments=self.adjustments + adjustments)

    def take(self, rows: BoolArray) -> "SurveyDesign":
        """Drop rows for good (unit non-response); numbers of sampled units stay as drawn."""
        if self.adjustments:
            raise MissingDesignValue("rows cannot be dropped after calibration: use a domain")
        stages = tuple(replace(s, cluster=s.cluster[rows]) for s in self.stages)
        return replace(self, weights=self.weights[rows], stages=stages)


def _listed(strata: Sequence[AnyArray] | AnyArray | None) -> list[AnyArray]:
    if strata is None:
        return []
    return [strata] if isinstance(strata, np.ndarray) else list(strata)


def _identifiers(
    size: int, ids: Sequence[AnyArray] | None, strata: list[AnyArray], *, nest: bool
) -> tuple[list[IntArray], list[IntArray]]:
    """Code units and strata of every stage, units nested in the units above them."""
    given = [codes_of(c, f"unit identifier of stage {i}") for i, c in enumerate(ids or (), 1)]
    clusters = given or [np.arange(size, dtype=np.int64)]
    coded = [codes_of(c, f"stratum of stage {i}") for i, c in enumerate(strata, 1)]
    if any(len(c) != size for c in coded):
        raise MissingDesignValue("the strata differ in length from the other columns")
    for depth in range(1, len(clusters)):
        clusters[depth] = joint_codes([clusters[depth - 1], clusters[depth]])
    if nest and coded:
        clusters = [
            joint_codes([*coded[: min(d + 1, len(coded))], c]) for d, c in enumerate(clusters)
        ]
    top = coded[0] if coded else np.zeros(size, dtype=np.int64)
    psus = int(clusters[0].max()) + 1
    if psus == 1 and not (nest and coded):
        raise SinglePrimaryUnit("the design has only one primary sampling unit")
    if (top != top[first_rows(clusters[0], psus)][clusters[0]]).any():
        raise ClusterCrossesStrata("a primary sampling unit lies in two strata: nest the units?")
    stage_strata = [top]
    for depth in range(1, len(clusters)):
        inner = coded[min(depth, len(coded) - 1)] if coded else top
        stage_strata.append(joint_codes([inner, clusters[depth - 1]]))
    return clusters, stage_strata


def _weights(
    size: int,
    weights: AnyArray | None,
    probabilities: AnyArray | None,
    stages: tuple[Stage, ...],
    *,
    given_fpc: int,
) -> FloatArray:
    if weights is not None and probabilities is not None:
        raise InvalidWeight("give weights or probabilities, not both")
    if weights is not None:
        return _checked(weights, "weights", low=0.0)
    if probabilities is not None:
        p = _checked(probabilities, "probabilities", low=0.0)
        if (p <= 0).any() or (p > 1).any():
            raise InvalidWeight("probabilities lie above 0 and at most 1")
        return np.asarray(1.0 / p)
    result = np.ones(size)
    for stage in stages[:given_fpc]:
        result *= stage.inverse_fraction()
    if not np.isfinite(result).all():
        raise InvalidWeight("weights cannot come from an infinite population size")
    return result


def _checked(values: AnyArray, what: str, *, low: float) -> FloatArray:
    if values.dtype.kind not in "fiub":
        raise InvalidWeight(f"{what} are not numbers")
    result = values.astype(np.float64)
    if np.isnan(result).any():
        raise MissingDesignValue(f"{what} have missing values")
    if not np.isfinite(result).all() or (result < low).any():
        raise InvalidWeight(f"{what} must be finite and not negative")
    return result
