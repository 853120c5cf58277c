"""Post-stratification, raking and direct standardisation of the weights of a design.

Holt and Smith (1979); Deming and Stephan (1940) for raking.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.design.codes import FloatArray, IntArray, compact, joint_codes
from usga_indicators.domain.design.errors import CalibrationFailed
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.design.survey_design import SurveyDesign
from usga_indicators.domain.weighting.residuals import PostStratified, Raked

MAX_CYCLES = 500
TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """A cell per row and the population size of each cell (NaN = not given)."""

    cell: IntArray
    population: FloatArray


def post_stratify(design: SurveyDesign, margin: Margin, *, partial: bool = False) -> SurveyDesign:
    """Scale the weights of each cell to its population.

    `partial` leaves out cells of the population that the sample does not have.
    """
    new = post_stratified(design.weights, margin, partial=partial)
    return design.with_weights(new, PostStratified(margin.cell, design.weights, new))


def post_stratified(weights: FloatArray, margin: Margin, *, partial: bool = False) -> FloatArray:
    """The weights of `post_stratify`."""
    return np.asarray(weights * _factors(weights, margin, partial=partial))


def _factors(weights: FloatArray, margin: Margin, *, partial: bool) -> FloatArray:
    if (margin.cell < 0).any():
        raise CalibrationFailed("a row belongs to no population cell")
    sample = np.bincount(margin.cell, weights=weights, minlength=len(margin.population))
    population = np.nan_to_num(margin.population)
    if ((population == 0) & (sample != 0)).any():
        raise CalibrationFailed("a cell of the sample is not in the population")
    if not partial and ((population != 0) & (sample == 0)).any():
        raise CalibrationFailed("a cell of the population is not in the sample")
    with np.errstate(invalid="ignore", divide="ignore"):
        factors = np.where((sample != 0) & (population != 0), population / sample, 1.0)
    return np.asarray(factors[margin.cell])


def rake(design: SurveyDesign, margins: Sequence[Margin]) -> SurveyDesign:
    """Post-stratify to each margin in turn until all of them are met at once.

    Raises `CalibrationFailed` when they never are: margins may contradict empty cells.
    """
    steps = raking_steps(design.weights, margins)
    return design.with_weights(steps[-1][1], Raked(steps))


def raking_steps(
    weights: FloatArray, margins: Sequence[Margin]
) -> list[tuple[IntArray, FloatArray]]:
    """Each margin with the weights after its last step; the last are the raked weights."""
    for _ in range(MAX_CYCLES):
        steps, furthest = _cycle(weights, margins)
        weights = steps[-1][1]
        if furthest <= TOLERANCE:
            return steps
    raise CalibrationFailed(f"raking does not converge in {MAX_CYCLES} cycles")


def _cycle(
    weights: FloatArray, margins: Sequence[Margin]
) -> tuple[list[tuple[IntArray, FloatArray]], float]:
    """One step to each margin, and how far from 1 the furthest factor was."""
    steps, furthest = [], 0.0
    for margin in margins:
        factors = _factors(weights, margin, partial=False)
        furthest = max(furthest, float(np.abs(factors - 1).max()))
        weights = weights * factors
        steps.append((margin.cell, weights))
    return steps, furthest


def rake_replicates(design: ReplicateDesign, margins: Sequence[Margin]) -> ReplicateDesign:
    """Rake the weights, and each replicate by as many cycles as the weights needed.

    They need them until no cell that the margins make together moves by more than a 1e-12 of all
    weights. A replicate that lost a cell may never meet all margins; it is as near as the cycles
    bring it.
    """
    cycles = _cycles_needed(design.weights, margins)

    def cycled(weights: FloatArray) -> FloatArray:
        for _ in range(cycles):
            weights = _cycle(weights, margins)[0][-1][1]
        return weights

    return design.reweighted(cycled)


def _cycles_needed(weights: FloatArray, margins: Sequence[Margin]) -> int:
    joint = compact(joint_codes([margin.cell for margin in margins]))
    limit = TOLERANCE * float(weights.sum())
    before = np.bincount(joint, weights=weights)
    for cycle in range(1, MAX_CYCLES + 1):
        weights = _cycle(weights, margins)[0][-1][1]
        after = np.bincount(joint, weights=weights)
        if float(np.abs(after - before).max()) < limit:
            return cycle
        before = after
    raise CalibrationFailed(f"raking does not converge in {MAX_CYCLES} cycles")


def trimmed(weights: FloatArray, *, upper: float, lower: float, strict: bool) -> FloatArray:
    """Cut weights to [lower, upper] and spread the excess equally over the rows within.

    `strict` repeats this, with rows once cut left out, until no weight is outside.
    """
    if not lower <= upper:
        raise CalibrationFailed("the lower bound of trimming is above the upper")
    result, cut = weights, np.zeros(len(weights), dtype=np.bool_)
    while True:
        outside = (result < lower) | (result > upper)
        if not outside.any():
            return result
        cut = cut | outside
        if cut.all():
            raise CalibrationFailed("no weight is left within the bounds of trimming")
        inside = np.clip(result, lower, upper)
        excess = float((result - inside).sum())
        result = np.where(cut, inside, inside + excess / float((~cut).sum()))
        if not strict:
            return result
