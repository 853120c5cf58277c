"""Decide each cell, then write it: primary rules, complementary suppression, rounding."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import ObsStatus

from usga_indicators.domain.disclosure import Thresholds
from usga_indicators.domain.publication.beside import (
    Beside,
    given_away_together,
    known_and_kept,
    reweighted,
)
from usga_indicators.domain.publication.deciding import (
    SECONDARY,
    audited,
    decide_alone,
    given_away,
)
from usga_indicators.domain.publication.hierarchy import Told
from usga_indicators.domain.publication.systems import Joined
from usga_indicators.domain.publication.writing import observation_of, unrounded
from usga_indicators.domain.tabulation.breakdowns import Cell
from usga_indicators.domain.tabulation.estimates import CellEstimate


@dataclass(frozen=True, slots=True)
class Protected:
    """One cell: the observation to publish, and the unrounded numbers that stay inside."""

    observation: Observation
    internal: dict[str, Any]


def protect(
    estimates: Sequence[CellEstimate],
    *,
    release: str,
    time_period: str,
    probability_sample: bool,
    thresholds: Thresholds | None = None,
    area_of_stratum: Mapping[str, str] | None = None,
    group_of_stratum: Mapping[str, str] | None = None,
) -> list[Protected]:
    """Apply the rules to a whole release; the order of cells is kept."""
    cells, _ = protect_and_audit(
        estimates,
        release=release,
        time_period=time_period,
        probability_sample=probability_sample,
        thresholds=thresholds,
        area_of_stratum=area_of_stratum,
        group_of_stratum=group_of_stratum,
    )
    return cells


def protect_and_audit(
    estimates: Sequence[CellEstimate],
    *,
    release: str,
    time_period: str,
    probability_sample: bool,
    thresholds: Thresholds | None = None,
    area_of_stratum: Mapping[str, str] | None = None,
    group_of_stratum: Mapping[str, str] | None = None,
    earlier: Sequence[Beside] = (),
    closed: Collection[tuple[str, Cell]] = (),
    weights: str | None = None,
) -> tuple[list[Protected], list[Told]]:
    """The same, and what readers can say of the hidden cells of each sum, of this release alone.

    What `earlier` published releases show is no company, and what they hide stays hidden where
    nothing much has changed (rule D-04). `closed` are cells that tell a hidden number of another
    table, by code. An indicator of which an earlier release by other `weights` hides a cell of
    the same people is hidden whole.
    """
    limits = thresholds or Thresholds()
    joined = Joined(area_of_stratum or {}, group_of_stratum or {})
    decisions = [decide_alone(e, thresholds, probability=probability_sample) for e in estimates]
    known, kept = known_and_kept(estimates, earlier, joined)
    twice = reweighted(estimates, earlier, weights)
    told = {at for at, e in enumerate(estimates) if (e.definition.code, e.cell) in closed}
    for place in kept | told | twice:
        if not decisions[place].hidden and decisions[place].obs_status is not ObsStatus.MISSING:
            decisions[place] = SECONDARY
    done: dict[str, frozenset[int]] = {}
    for whole in (False, True, None):
        while more := given_away(estimates, decisions, limits, joined, done, known=known):
            for place in more:
                decisions[place] = SECONDARY
        if whole is None or not earlier:
            break
        statuses = [decision.obs_status for decision in decisions]
        together = given_away_together(
            estimates, statuses, earlier, joined, limits=limits, whole=whole, weights=weights
        )
        if not together:
            break
        for place in together - known:
            if not decisions[place].hidden and statuses[place] is not ObsStatus.MISSING:
                decisions[place] = SECONDARY
    cells = [
        Protected(
            observation_of(estimate, decision, release, time_period, probability_sample),
            unrounded(estimate),
        )
        for estimate, decision in zip(estimates, decisions, strict=True)
    ]
    return cells, audited(estimates, decisions, limits, joined)
