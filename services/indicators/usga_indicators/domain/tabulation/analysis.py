"""How a sample is analysed: the design's rules, calibrated weights, replicate weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from usga_indicators.domain.codebook.frame import Frame
from usga_indicators.domain.definition.model import Weight
from usga_indicators.domain.design import (
    Adjustment,
    InvalidPopulationSize,
    LonelyPrimaryUnit,
    LonelyPsu,
    SinglePrimaryUnit,
    SurveyDesign,
)
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.design.stages import Stage


class Fpc(StrEnum):
    """Which finite population corrections count."""

    NONE = "none"
    FIRST_STAGE = "first_stage"
    """1 - n/N of PSUs, and nothing within PSUs: for samples that take PSUs whole."""
    TWO_STAGE = "two_stage"
    """1 - n/N of PSUs, and the variance within PSUs as of a draw with replacement."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What a release says of its design; the default is that of releases without a word of it.

    `population` is the number of PSUs by stratum; a stratum without one has no correction.
    `adjustments` are calibration steps, `replicates` replicate weights, by weight.
    """

    lonely_psu: LonelyPsu = LonelyPsu.ADJUST
    adjust_domain_lonely: bool = False
    fpc: Fpc = Fpc.NONE
    nested: bool = True
    population: Mapping[str, float] = field(default_factory=dict)
    adjustments: Mapping[Weight, tuple[Adjustment, ...]] = field(default_factory=dict)
    replicates: Mapping[Weight, ReplicateDesign] = field(default_factory=dict)


def one_stage(analysis: Analysis) -> Analysis:
    """The rules of the first stage; calibration and replicates are in what was kept."""
    fpc = Fpc.FIRST_STAGE if analysis.fpc is Fpc.TWO_STAGE else analysis.fpc
    return replace(analysis, fpc=fpc, adjustments={}, replicates={})


def without_later_stages(analysis: Analysis) -> Analysis:
    """The rules where sums by PSU alone are known: two stages count as drawn with replacement.

    Leaving out what varies within PSUs and keeping the correction of the first stage would give
    errors that are too small; these are rather too large (Särndal et al. 1992, section 4.6).
    """
    fpc = Fpc.NONE if analysis.fpc is Fpc.TWO_STAGE else analysis.fpc
    return replace(analysis, fpc=fpc, adjustments={}, replicates={})


def design_under(
    analysis: Analysis, frame: Frame, weight: Weight, drawn: Mapping[str, int]
) -> SurveyDesign:
    """The design of the interviews; `drawn` PSUs without an interview belong to it.

    Raises a `DesignError` that names the stratum: SinglePrimaryUnit, LonelyPrimaryUnit (rule
    `fail`), InvalidPopulationSize, ClusterCrossesStrata (PSUs that are not nested).
    """
    weights = frame.w_household if weight is Weight.HOUSEHOLD else frame.w_person
    ids = [frame.psu.wide]
    if analysis.fpc is Fpc.TWO_STAGE:
        ids.append(np.arange(len(frame), dtype=np.int64))
    design = SurveyDesign.of(
        weights=weights,
        strata=frame.stratum.codes,
        ids=ids,
        nest=analysis.nested,
        lonely_psu=analysis.lonely_psu,
        adjust_domain_lonely=analysis.adjust_domain_lonely,
        ultimate_cluster=analysis.fpc is not Fpc.TWO_STAGE,
    )
    if design.stages[0].clusters == 1:
        raise SinglePrimaryUnit("all interviews are of one primary sampling unit")
    stage, names = _with_empty_psus(design.stages[0], frame, drawn)
    lonely = [names[at] for at in np.flatnonzero(stage.sampled == 1)]
    if lonely and analysis.lonely_psu is LonelyPsu.FAIL:
        raise LonelyPrimaryUnit(f"strata with one PSU: {', '.join(sorted(lonely))}")
    stage = _with_population(stage, names, analysis)
    later = design.stages[1:]
    if later:
        later = (replace(later[0], population=np.full(later[0].clusters, np.inf)),)
    own = analysis.adjustments.get(weight, ())
    return replace(design, stages=(stage, *later), adjustments=own)


def _with_empty_psus(
    stage: Stage, frame: Frame, drawn: Mapping[str, int]
) -> tuple[Stage, list[str]]:
    level = np.zeros(stage.strata, dtype=np.int64)
    level[stage.cluster_stratum[stage.cluster]] = frame.stratum.codes
    names = [frame.stratum.levels[at] for at in level]
    wanted = np.array([drawn.get(name, 0) for name in names], dtype=np.int64)
    empty = np.maximum(wanted - stage.sampled, 0)
    clusters = np.concatenate(
        [stage.cluster_stratum, np.repeat(np.arange(stage.strata), empty)]
    ).astype(np.int64)
    return replace(stage, cluster_stratum=clusters, sampled=stage.sampled + empty), names


def _with_population(stage: Stage, names: Sequence[str], analysis: Analysis) -> Stage:
    if analysis.fpc is Fpc.NONE:
        return stage
    sizes = np.array([analysis.population.get(name, np.inf) for name in names])
    for name, size, sampled in zip(names, sizes.tolist(), stage.sampled.tolist(), strict=True):
        if not size >= sampled:
            raise InvalidPopulationSize(
                f"stratum {name} has {size:g} PSUs in its population, and {sampled} were drawn"
            )
    return replace(stage, population=sizes[stage.cluster_stratum])
