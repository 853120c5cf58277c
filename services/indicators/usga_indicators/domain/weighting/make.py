"""Make weights from a recipe: solve each step on what the one before gave, and freeze it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.weighting.calibration import Distance
from usga_indicators.domain.weighting.diagnostics import described_weights
from usga_indicators.domain.weighting.frozen import (
    Calibrated,
    FrozenStep,
    Multiplied,
    Trimmed,
)
from usga_indicators.domain.weighting.recipe import (
    KINDS,
    Calibrate,
    NonResponse,
    Of,
    Rake,
    Recipe,
    Step,
    Trim,
)
from usga_indicators.domain.weighting.refusals import refused
from usga_indicators.domain.weighting.solve import (
    Solved,
    solve_calibrate,
    solve_non_response,
    solve_rake,
    solve_trim,
)
from usga_indicators.domain.weighting.units import Surroundings, Units

#: Weights by set.
Weights = Mapping[Of, FloatArray]
Multiplier = Mapping[tuple[str, str], float]
#: A weight that a step changed by less was not changed: it stood at the bound already.
_MOVED = 1e-9


@dataclass(frozen=True, slots=True)
class TrimmedUnit:
    """One weight that trimming cut."""

    step: int
    of: Of
    unit: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Weights, the steps as solved, who was trimmed, and diagnostics."""

    weights: Weights
    steps: tuple[FrozenStep, ...]
    trimmed: tuple[TrimmedUnit, ...] = ()
    diagnostics: Mapping[str, Any] = field(default_factory=dict)


def base_weights(units: Units) -> Weights:
    """1/(pi1 pi2 pi3) of persons and 1/(pi1 pi2) of households; refuses what is no weight."""
    for of, given in ((Of.PERSON, units.person), (Of.HOUSEHOLD, units.household)):
        wrong = ~np.isfinite(given) | (given < 0)
        if wrong.any():
            at = int(np.argmax(wrong))
            raise refused(
                f"/base/{of.value}",
                "invalid-base-weight",
                f"{int(wrong.sum())} interviews have a base weight that is negative or no finite "
                f"number; the first is {units.unit[at]}",
                "check the selection probabilities of the sample",
            )
    return {Of.PERSON: units.person, Of.HOUSEHOLD: units.household}


def make_weights(recipe: Recipe, units: Units, around: Surroundings) -> Made:
    """Solve every step of the recipe. Raises WeightingRefused, which names the place."""
    weights = dict(base_weights(units))
    frozen: list[FrozenStep] = []
    trimmed: list[TrimmedUnit] = []
    facts: list[dict[str, Any]] = []
    for at, step in enumerate(recipe.steps):
        place = f"/recipe/steps/{at}"
        before = dict(weights)
        solved = {of: solve(step, units, weights[of], around, place=place) for of in step.of}
        done = frozen_step(step, solved)
        for of in step.of:
            weights[of] = finite(done.apply(of, weights[of], units, place), place)
        frozen.append(done)
        if isinstance(step, Trim):
            trimmed += _trimmed(at, units, before, weights, done)
        facts.append(
            {
                "kind": KINDS[type(step)],
                **{of.value: _of_step(solved[of], before[of], weights[of]) for of in step.of},
            }
        )
    diagnostics = {
        "steps": facts,
        **{of.value: described_weights(units, weights[of]) for of in Of},
        "trimmed": len(trimmed),
    }
    return Made(weights, tuple(frozen), tuple(trimmed), diagnostics)


def _of_step(solved: Solved, before: FloatArray, after: FloatArray) -> dict[str, Any]:
    return {
        **solved.facts,
        "sum_before": float(before.sum()),
        "sum_after": float(after.sum()),
    }


def solve(
    step: Step,
    units: Units,
    weights: FloatArray,
    around: Surroundings,
    *,
    place: str,
    multiplier: Multiplier | None = None,
) -> Solved:
    """The tables of one step for one set of weights; `multiplier` is a replicate's, by PSU."""
    match step:
        case NonResponse():
            return solve_non_response(step, units, around.cases, multiplier, place)
        case Trim():
            return solve_trim(step, units, weights, place)
        case Rake():
            return solve_rake(step, units, weights, around.margins, place)
        case Calibrate():
            return solve_calibrate(step, units, weights, around.margins, place)


def frozen_step(step: Step, solved: Mapping[Of, Solved]) -> FrozenStep:
    """What is kept of a solved step."""
    of = step.of
    match step:
        case Trim():
            return Trimmed(of, step.by, tuple(solved[each].rounds for each in of))
        case Calibrate():
            tables = tuple(solved[each].tables for each in of)
            return Calibrated(of, Distance(step.distance), step.bounds, tables)
        case _:
            return Multiplied(KINDS[type(step)], of, tuple(solved[each].tables for each in of))


def apply_steps(steps: Sequence[FrozenStep], units: Units) -> Weights:
    """Weights of any interviews by the frozen tables. Raises WeightingRefused."""
    weights = dict(base_weights(units))
    for at, step in enumerate(steps):
        place = f"/steps/{at}"
        for of in step.of:
            weights[of] = finite(step.apply(of, weights[of], units, place), place)
    return weights


def finite(weights: FloatArray, place: str) -> FloatArray:
    """The same, where every weight is a number that can be summed and is not negative."""
    with np.errstate(over="ignore"):
        usable = np.isfinite(weights).all() and bool(np.isfinite(np.square(weights).sum()))
    if not usable:
        raise refused(place, "weights-overflow", "weights overflow: no finite number is left")
    if (weights < 0).any():
        raise refused(
            place,
            "negative-weight",
            f"{int((weights < 0).sum())} weights become negative",
            "bounds above 0, or distance: raking",
        )
    return weights


def _trimmed(
    at: int, units: Units, before: Weights, after: Weights, done: FrozenStep
) -> list[TrimmedUnit]:
    assert isinstance(done, Trimmed)
    found: list[TrimmedUnit] = []
    for of in done.of:
        cut = done.cut_rows(of, before[of], units, f"/recipe/steps/{at}")
        moved = ~np.isclose(before[of], after[of], rtol=_MOVED, atol=0)  # not by rounding alone
        found += [
            TrimmedUnit(at, of, units.unit[i], float(before[of][i]), float(after[of][i]))
            for i in np.flatnonzero(cut & moved).tolist()
        ]
    return found
