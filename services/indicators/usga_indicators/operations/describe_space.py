"""From the areas that a release shows to what is said of their pattern."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from usga_shared.wire.release import Observation, ReleaseView
from usga_shared.wire.vocabulary import ObsStatus

from usga_indicators.domain.spatial import (
    LEAST_PLACES,
    TOUCHING_M,
    Because,
    Choice,
    Description,
    Neighbouring,
    Permuted,
    Rule,
    Shown,
    Undefined,
    Weights,
    describe,
    false_discovery,
    permuted,
    under_sampling_error,
    unitless,
)
from usga_indicators.messages.spatial import caveats
from usga_indicators.schemas_spatial import (
    AreaPatternView,
    CaveatView,
    GearyView,
    GeneralGView,
    MoranView,
    NeighboursView,
    Quadrant,
    SamplingErrorView,
    SpatialView,
)

VERSION = "1.0.0"
#: Of the map and of its sampling errors; values drawn for local p-values: a second or two.
PERMUTATIONS, DRAWS, MOST_DRAWN = 999, 999, 50_000_000
_MANY_AREAS = 30
_STANDS_OUT = 0.05
_QUADRANTS: dict[int, Quadrant] = {1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}


@dataclass(frozen=True, slots=True)
class Question:
    """Of which numbers, under which rule, of which release: its seed is that of all draws."""

    indicator: str
    item: str
    neighbouring: Neighbouring
    release: ReleaseView


def describe_space(question: Question, chosen: Choice) -> SpatialView:
    """Everything that is said of the areas shown. Raises Undefined, TooManyNeighbours."""
    shown, release = chosen.shown, question.release
    if len(shown) < LEAST_PLACES:
        raise Undefined(Because.TOO_FEW)
    weights = question.neighbouring.weights([s.place.outline for s in shown])
    if PERMUTATIONS * len(shown) * int(weights.degree.max()) > MOST_DRAWN:
        raise Undefined(Because.TOO_MANY)
    y = np.array([s.value for s in shown])
    found = describe(y, weights)
    chance = permuted(unitless(y), weights, permutations=PERMUTATIONS, seed=release.seed)
    sampling = _sampling_error([s.cell for s in shown], y, weights, release.seed)
    neighbours = _neighbours(question.neighbouring, weights, shown)
    flagged = [s.code for s in shown if s.cell.obs_status is ObsStatus.LOW_RELIABILITY]
    return SpatialView(
        release=release.id,
        assessment=release.assessment,
        indicator=question.indicator,
        item=question.item,
        time_period=shown[0].cell.time_period,
        unit_measure=shown[0].cell.unit_measure,
        synthetic=release.synthetic,
        kinds=list(chosen.kinds),
        n=len(shown),
        hidden=list(chosen.hidden),
        limits=list(chosen.limits),
        missing=list(chosen.missing),
        off_map=list(chosen.off_map),
        low_reliability=flagged,
        neighbours=neighbours,
        permutations=PERMUTATIONS,
        seed=release.seed,
        moran=_moran(found, chance),
        geary=GearyView(
            statistic=found.geary.C,
            z_normality=_finite(found.geary.z_norm),
            z_randomisation=_finite(found.geary.z_rand),
        ),
        general_g=found.general_g
        and GeneralGView(
            statistic=found.general_g.G,
            expected=found.general_g.EG,
            z_randomisation=_finite(found.general_g.z),
        ),
        sampling_error=sampling,
        areas=_areas(shown, weights, found, chance),
        caveats=_caveats(
            {
                "sampling-error": sampling is not None,
                "errors-unknown": sampling is None,
                "few-areas": len(shown) < _MANY_AREAS,
                "left-out": bool(chosen.hidden or chosen.limits or chosen.missing),
                "without-neighbours": bool(neighbours.without),
                "low-reliability": bool(flagged),
                "many-tests": True,
            }
        ),
        version=VERSION,
    )


def _moran(found: Description, chance: Permuted) -> MoranView:
    moran = found.moran
    return MoranView(
        statistic=moran.I,
        expected=moran.EI,
        variance_normality=moran.var_norm,
        z_normality=_finite(moran.z_norm),
        p_normality=_finite(moran.p_norm_two),
        variance_randomisation=moran.var_rand,
        z_randomisation=_finite(moran.z_rand),
        p_randomisation=_finite(moran.p_rand_two),
        p_permutation=chance.overall,
    )


def _sampling_error(
    cells: list[Observation], y: "np.typing.NDArray[np.float64]", weights: Weights, seed: int
) -> SamplingErrorView | None:
    errors = [cell.standard_error for cell in cells]
    if any(error is None for error in errors):
        return None
    found = under_sampling_error(
        y, np.array(errors, dtype=np.float64), weights, draws=DRAWS, seed=seed
    )
    return SamplingErrorView(
        noise_share=found.noise,
        draws=DRAWS,
        lower=found.lower,
        upper=found.upper,
        share_significant=found.significant,
    )


def _neighbours(rule: Neighbouring, weights: Weights, shown: tuple[Shown, ...]) -> NeighboursView:
    degree = weights.degree
    return NeighboursView(
        rule=rule.rule.value,
        k=rule.k,
        distance_m=TOUCHING_M if rule.rule is Rule.QUEEN else rule.metres,
        links=int(degree.sum()),
        mean=float(degree.mean()),
        least=int(degree.min()),
        most=int(degree.max()),
        without=[shown[place].code for place in weights.islands],
    )


def _areas(
    shown: tuple[Shown, ...], weights: Weights, found: Description, chance: Permuted
) -> list[AreaPatternView]:
    islands = set(weights.islands)
    inside = [place for place in range(len(shown)) if place not in islands]
    adjusted = dict(zip(inside, false_discovery(chance.local[inside]).tolist(), strict=True))
    rows = []
    for place, area in enumerate(shown):
        alone = place in islands
        near = sorted(weights.binary[[place]].indices.tolist())
        rows.append(
            AreaPatternView(
                area=area.code,
                title=dict(area.place.title),
                value=area.value,
                standard_error=area.cell.standard_error,
                obs_status=area.cell.obs_status,
                neighbours=[shown[other].code for other in near],
                local_moran=None if alone else float(found.local.values[place]),
                quadrant=None if alone else _QUADRANTS[int(found.local.quadrant[place])],
                gi_star_z=None if alone else _finite(float(found.gi_star[place])),
                gi_z=None if found.gi is None else _finite(float(found.gi[place])),
                p_permutation=None if alone else float(chance.local[place]),
                p_adjusted=adjusted.get(place),
                stands_out=adjusted.get(place, 1.0) <= _STANDS_OUT,
            )
        )
    return rows


def _caveats(holds: dict[str, bool]) -> list[CaveatView]:
    words = caveats()
    return [CaveatView(code=code, text=words[code]) for code, told in holds.items() if told]


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
