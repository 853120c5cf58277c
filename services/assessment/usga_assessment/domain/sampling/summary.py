"""A sample by stratum: what the statistician checks before fieldwork."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from usga_assessment.domain.sampling.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumSummary:
    """One stratum of a sample."""

    stratum: str
    area: str | None
    """The area of all its cases; None when they lie in several."""
    psus: int
    psus_population: float | None
    cases: int
    households: float
    """Sum of household weights: the estimated number of households."""
    smallest_weight: float
    largest_weight: float


def by_stratum(cases: Iterable[Case]) -> dict[str, list[Case]]:
    """Cases in strata, by name."""
    strata: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        strata[case.design.stratum].append(case)
    return dict(sorted(strata.items()))


def summarise(stratum: str, cases: list[Case]) -> StratumSummary:
    """The summary of one stratum's cases (at least one)."""
    weights = [case.design.w_household for case in cases]
    areas = {case.design.area for case in cases}
    return StratumSummary(
        stratum=stratum,
        area=areas.pop() if len(areas) == 1 else None,
        psus=len({case.design.psu for case in cases}),
        psus_population=cases[0].design.fpc_psu,
        cases=len(cases),
        households=sum(weights),
        smallest_weight=min(weights),
        largest_weight=max(weights),
    )
