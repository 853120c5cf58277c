"""Solve one step on one set of weights: the tables that it freezes, and what was seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.design.errors import CalibrationFailed
from usga_indicators.domain.weighting.calibration import Distance, calibration_multipliers
from usga_indicators.domain.weighting.frozen import Bounds, Key, Table, described
from usga_indicators.domain.weighting.recipe import Calibrate, NonResponse, Rake, Trim, Unknown
from usga_indicators.domain.weighting.refusals import WeightFinding, WeightingRefused, refused
from usga_indicators.domain.weighting.sides import sides_of
from usga_indicators.domain.weighting.units import OF_CASES, CaseGroup, Margin, Units, quoted

MAX_CYCLES = 500
MAX_ROUNDS = 50
TOLERANCE = 1e-12
ACCEPTED = 1e-9


@dataclass(frozen=True, slots=True)
class Solved:
    """Tables of a step for one set of weights, and facts for its diagnostics."""

    tables: tuple[Table, ...] = ()
    rounds: Mapping[Key, tuple[Bounds, ...]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def solve_non_response(
    step: NonResponse,
    units: Units,
    cases: Sequence[CaseGroup],
    multiplier: Mapping[tuple[str, str], float] | None,
    place: str,
) -> Solved:
    """Weighting classes: f = eligible weight / weight of respondents, of households.

    (Little and Rubin 2002, section 3.3; Kalton and Flores-Cervantes 2003.) `multiplier` scales
    the cases of a PSU, as a replicate does. Both sets of weights take the same factor, because
    an interview is made in one household.
    """
    for at, name in enumerate(step.by):
        if name not in OF_CASES:
            raise refused(
                f"{place}/by/{at}",
                "not-known-of-non-respondents",
                f"{name} is not known of cases without an interview",
                f"one of {', '.join(OF_CASES)}",
            )
    eligible, counted = _eligible(step, cases, multiplier)
    classes = units.classes(step.by, f"{place}/by")
    weights = units.household * _multipliers(units, multiplier)
    answered = np.bincount(classes.code, weights=weights, minlength=len(classes.keys))
    rows = np.bincount(classes.code[units.household > 0], minlength=len(classes.keys))
    respondents = dict(zip(classes.keys, answered.tolist(), strict=True))
    interviews = dict(zip(classes.keys, rows.tolist(), strict=True))
    factors: dict[Key, float] = {}
    facts: list[dict[str, Any]] = []
    findings: list[WeightFinding] = []
    for key in sorted({*eligible, *respondents}):
        wanted, given = eligible.get(key, 0.0), respondents.get(key, 0.0)
        named = quoted(key, step.by)
        if given <= 0:
            if wanted > 0:
                findings.append(
                    WeightFinding(
                        f"{place}/by",
                        "class-without-respondents",
                        f"no interview stands for the eligible cases of {named}",
                        "join the class with another: fewer variables in `by`",
                    )
                )
            continue
        if wanted < given * (1 - ACCEPTED):
            findings.append(
                WeightFinding(
                    f"{place}/by",
                    "more-interviews-than-cases",
                    f"the interviews of {named} weigh more than its eligible cases",
                    "check dispositions and selection probabilities of the sample",
                )
            )
            continue
        factors[key] = wanted / given
        facts.append(
            {
                "class": list(key),
                "cases": counted.get(key, 0),
                "respondents": interviews.get(key, 0),
                "eligible_weight": wanted,
                "respondent_weight": given,
                "factor": wanted / given,
            }
        )
    if findings:
        raise WeightingRefused(findings)
    return Solved((Table(step.by, factors),), facts={"by": list(step.by), "classes": facts})


def _eligible(
    step: NonResponse,
    cases: Sequence[CaseGroup],
    multiplier: Mapping[tuple[str, str], float] | None,
) -> tuple[dict[Key, float], dict[Key, int]]:
    """Weight of the eligible cases by class; the unknown ones in the share that e says."""
    sums: dict[Key, list[float]] = {}
    counted: dict[Key, int] = {}
    for group in cases:
        scale = 1.0 if multiplier is None else multiplier.get((group.stratum, group.psu), 1.0)
        key = group.key(step.by)
        held = sums.setdefault(key, [0.0, 0.0, 0.0])
        for at, value in enumerate((group.eligible, group.unknown, group.not_eligible)):
            held[at] += scale * value
        counted[key] = counted.get(key, 0) + group.cases
    return {key: _with_unknown(step.unknown, *held) for key, held in sums.items()}, counted


def _with_unknown(rule: Unknown, eligible: float, unknown: float, not_eligible: float) -> float:
    if rule is Unknown.NOT_ELIGIBLE:
        return eligible
    known = eligible + not_eligible
    share = 1.0 if rule is Unknown.ELIGIBLE or known == 0 else eligible / known
    return eligible + share * unknown


def _multipliers(
    units: Units, multiplier: Mapping[tuple[str, str], float] | None
) -> FloatArray | float:
    if multiplier is None:
        return 1.0
    places = units.classes(("stratum", "psu"), "")
    of_key = [multiplier.get((k[0], k[1]), 1.0) for k in places.keys]
    return np.asarray([*of_key, 1.0])[places.code]


def solve_trim(step: Trim, units: Units, weights: FloatArray, place: str) -> Solved:
    """Cut to bounds and add the excess in equal parts to the others of the class.

    Again until none is outside: Potter (1990), and R's `trimWeights(strict = TRUE)`.
    """
    if not step.is_bounded:
        raise refused(
            place,
            "trim-without-bound",
            "the trim names no bound, so it would change nothing",
            "name upper_median, lower_median, upper or lower",
        )
    classes = units.classes(step.by, f"{place}/by")
    rounds: dict[Key, tuple[Bounds, ...]] = {}
    facts: list[dict[str, Any]] = []
    for number, key in enumerate(classes.keys):
        given = weights[(classes.code == number) & (weights > 0)]
        if len(given) == 0:
            continue
        lower, upper = _limits(step, given)
        made, cut = _rounds(given, lower, upper, place, described(key, step.by))
        rounds[key] = made
        facts.append(
            {
                "class": list(key),
                "lower": None if np.isinf(lower) else lower,
                "upper": None if np.isinf(upper) else upper,
                "trimmed": cut,
                "n": len(given),
                "redistributed": float(np.maximum(given - upper, 0).sum())
                - float(np.maximum(lower - given, 0).sum()),
            }
        )
    return Solved(rounds=rounds, facts={"by": list(step.by), "classes": facts})


def _limits(step: Trim, given: FloatArray) -> tuple[float, float]:
    median = float(np.median(given))
    uppers = [step.upper, None if step.upper_median is None else step.upper_median * median]
    lowers = [step.lower, None if step.lower_median is None else step.lower_median * median]
    upper = min((u for u in uppers if u is not None), default=np.inf)
    return max((v for v in lowers if v is not None), default=-np.inf), upper


def _rounds(
    weights: FloatArray, lower: float, upper: float, place: str, named: str
) -> tuple[tuple[Bounds, ...], int]:
    if not lower <= upper:
        raise refused(place, "bounds-crossed", f"in {named} the lower bound is above the upper")
    result, cut = weights, np.zeros(len(weights), dtype=np.bool_)
    found: list[Bounds] = []
    for _ in range(MAX_ROUNDS):
        outside = (result < lower) | (result > upper)
        if not outside.any():
            return tuple(found), int(cut.sum())
        cut = cut | outside
        if cut.all():
            break
        inside = np.clip(result, lower, upper)
        addition = float((result - inside).sum()) / float((~cut).sum())
        found.append(Bounds(lower, upper, addition))
        result = np.where(cut, inside, inside + addition)
    raise refused(
        place,
        "bounds-too-narrow",
        f"in {named} no weight is left to take what is cut",
        "wider bounds, or larger classes",
    )


def solve_rake(
    step: Rake,
    units: Units,
    weights: FloatArray,
    margins: Mapping[str, Margin],
    place: str,
) -> Solved:
    """Iterative proportional fitting (Deming and Stephan 1940).

    Each margin in turn until all are met; a row's factor is the product of one per margin.
    """
    sides, warnings = sides_of(
        step.margins,
        missing=step.missing,
        units=units,
        weights=weights,
        margins=margins,
        place=place,
    )
    factors = [np.ones(len(side.keys)) for side in sides]
    before, now = np.inf, weights
    for cycle in range(1, MAX_CYCLES + 1):
        furthest, worst = 0.0, ""
        for at, side in enumerate(sides):
            sample = np.bincount(side.cell, weights=now, minlength=len(side.keys))
            with np.errstate(divide="ignore", invalid="ignore"):
                change = np.where(sample > 0, side.counts / sample, 1.0)
            factors[at] = factors[at] * change
            now = now * change[side.cell]
            far = int(np.argmax(np.abs(change - 1)))
            if abs(change[far] - 1) >= furthest:
                furthest = float(abs(change[far] - 1))
                worst = f"{side.margin.name}, {described(side.keys[far], side.margin.variables)}"
        if not np.isfinite(now).all():
            raise refused(place, "weights-overflow", f"raking overflows at margin {worst}")
        if furthest <= TOLERANCE or (furthest <= ACCEPTED and furthest >= before):
            tables = tuple(
                Table(s.margin.variables, dict(zip(s.keys, own.tolist(), strict=True)))
                for s, own in zip(sides, factors, strict=True)
            )
            return Solved(tables, facts=_raking_facts(step, cycle, furthest, warnings))
        before = furthest
    raise refused(
        place,
        "raking-not-converging",
        f"after {MAX_CYCLES} cycles margin {worst} still misses by {furthest:.2g}",
        "margins contradict empty cells: join categories, or leave a margin out",
    )


def _raking_facts(step: Rake, cycles: int, misfit: float, warnings: list[str]) -> dict[str, Any]:
    return {
        "margins": list(step.margins),
        "converged": True,
        "cycles": cycles,
        "misfit": misfit,
        "warnings": warnings,
    }


def solve_calibrate(
    step: Calibrate,
    units: Units,
    weights: FloatArray,
    margins: Mapping[str, Margin],
    place: str,
) -> Solved:
    """Deville and Särndal (1992): the smallest change of weights that meets every margin."""
    if step.bounds is not None and step.bounds[0] > step.bounds[1]:
        raise refused(place, "bounds-crossed", "the lower bound is above the upper")
    sides, warnings = sides_of(
        step.margins,
        missing=step.missing,
        units=units,
        weights=weights,
        margins=margins,
        place=place,
    )
    x = np.concatenate(
        [(side.cell[:, None] == np.arange(len(side.keys))).astype(np.float64) for side in sides],
        axis=1,
    )
    totals = np.concatenate([side.counts for side in sides])
    try:
        found = calibration_multipliers(
            weights, x, totals, distance=Distance(step.distance), bounds=step.bounds
        )
    except CalibrationFailed as error:
        raise refused(
            place, "calibration-failed", str(error), "wider bounds, or fewer categories"
        ) from None
    tables, at = [], 0
    for side in sides:
        own = found[at : at + len(side.keys)].tolist()
        tables.append(Table(side.margin.variables, dict(zip(side.keys, own, strict=True))))
        at += len(side.keys)
    facts = {"margins": list(step.margins), "distance": step.distance, "warnings": warnings}
    return Solved(tuple(tables), facts=facts)
