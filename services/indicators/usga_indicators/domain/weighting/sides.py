"""Population margins placed on the rows of a sample: what fits, and what does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from usga_indicators.domain.design.codes import FloatArray, IntArray
from usga_indicators.domain.weighting.frozen import Key, cells_of, described
from usga_indicators.domain.weighting.refusals import WeightFinding, WeightingRefused
from usga_indicators.domain.weighting.units import Margin, Units

ACCEPTED = 1e-9
#: Margins whose totals differ by less than this share are brought to the total of the first.
ROUNDING = 0.01
#: A population this many times the weighted sum, or its inverse, is worth a second look.
TOTAL_APART = 2.0
#: So is a category whose weights grow or shrink by this factor: a slip of units, mostly.
CATEGORY_APART = 1e3


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One margin placed on the rows."""

    margin: Margin
    keys: tuple[Key, ...]
    cell: IntArray
    counts: FloatArray
    place: str


def sides_of(
    names: Sequence[str],
    *,
    missing: str,
    units: Units,
    weights: FloatArray,
    margins: Mapping[str, Margin],
    place: str,
) -> tuple[list[Side], list[str]]:
    """Every margin placed on the rows; raises all findings at once."""
    sides: list[Side] = []
    findings: list[WeightFinding] = []
    for at, name in enumerate(names):
        here = f"{place}/margins/{at}"
        if name not in margins:
            message = f"the assessment has no margin {name}"
            findings.append(WeightFinding(here, "unknown-margin", message, "upload it first"))
            continue
        side = _placed(margins[name], missing, units, weights, here)
        findings += _fit(side, weights)
        sides.append(side)
    warnings = _same_total(sides, findings)
    if findings:
        raise WeightingRefused(findings)
    if sides:
        total = float(sides[0].counts.sum())
        sides = [
            Side(s.margin, s.keys, s.cell, s.counts * (total / s.counts.sum()), s.place)
            for s in sides
        ]
    return sides, warnings + [each for side in sides for each in _odd_sizes(side, weights)]


def _odd_sizes(side: Side, weights: FloatArray) -> list[str]:
    """Populations so far from what the weights say that they may be a slip."""
    found: list[str] = []
    name, counts = side.margin.name, side.counts
    total, weighted = float(counts.sum()), float(weights.sum())
    if not weighted / TOTAL_APART <= total <= weighted * TOTAL_APART:
        found.append(f"margin {name} counts {total:g}, the weights sum to {weighted:g}")
    inside = side.cell >= 0
    sample = np.bincount(side.cell[inside], weights=weights[inside], minlength=len(side.keys))
    for key, wanted, given in zip(side.keys, counts.tolist(), sample.tolist(), strict=True):
        if given > 0 and not given / CATEGORY_APART <= wanted <= given * CATEGORY_APART:
            found.append(
                f"margin {name}, {described(key, side.margin.variables)}: the population has "
                f"{wanted:g}, the weights sum to {given:g}"
            )
    return found


def _placed(margin: Margin, missing: str, units: Units, weights: FloatArray, place: str) -> Side:
    keys = tuple(margin.counts)
    counts = np.array([margin.counts[key] for key in keys], dtype=np.float64)
    classes = units.classes(margin.variables, place)
    if missing == "keep":
        unknown = float(weights[classes.code < 0].sum())
        if unknown > 0:
            share = unknown / float(weights.sum())
            total = float(counts.sum())
            keys = (*keys, ("",) * len(margin.variables))
            counts = np.append(counts * (1 - share), total * share)
    return Side(margin, keys, cells_of(units, margin.variables, keys, place), counts, place)


def _fit(side: Side, weights: FloatArray) -> list[WeightFinding]:
    """Rows without a category, categories without rows."""
    found: list[WeightFinding] = []
    names = side.margin.variables
    used = weights > 0
    stray = used & (side.cell < 0)
    if stray.any():
        found.append(
            WeightFinding(
                side.place,
                "interviews-outside-margin",
                f"{int(stray.sum())} interviews have no category of margin {side.margin.name} "
                f"({', '.join(names)})",
                "add the categories to the margin, or say missing: keep",
            )
        )
    inside = used & (side.cell >= 0)
    sample = np.bincount(side.cell[inside], weights=weights[inside], minlength=len(side.keys))
    for key, wanted, given in zip(side.keys, side.counts, sample, strict=True):
        named = f"margin {side.margin.name}, {described(key, names)}"
        if wanted > 0 and given == 0:
            found.append(
                WeightFinding(
                    side.place,
                    "margin-category-without-interviews",
                    f"{named}: the population has {wanted:g}, the sample nobody",
                    "join the category with another",
                )
            )
        if wanted <= 0 and given > 0:
            found.append(
                WeightFinding(
                    side.place,
                    "margin-category-without-population",
                    f"{named}: the sample has people, the population none",
                    "check the counts of the margin",
                )
            )
    return found


def _same_total(sides: Sequence[Side], findings: list[WeightFinding]) -> list[str]:
    warnings: list[str] = []
    for side in sides[1:]:
        first, total = sides[0].margin.total, side.margin.total
        apart = abs(total - first) / first if first else 1.0
        if apart > ROUNDING:
            findings.append(
                WeightFinding(
                    side.place,
                    "margins-disagree",
                    f"margin {side.margin.name} counts {total:g}, {sides[0].margin.name} "
                    f"{first:g}",
                    "margins of one population have one total",
                )
            )
        elif apart > ACCEPTED:
            warnings.append(
                f"margin {side.margin.name} ({total:g}) was scaled to the total of "
                f"{sides[0].margin.name} ({first:g})"
            )
    return warnings
