"""What became of the sampled cases, by PSU: what weighting for non-response needs to know."""

from collections.abc import Iterable

from usga_shared.wire.extract import PsuOutcomes

from usga_assessment.domain.sampling.case import Case
from usga_assessment.domain.sampling.rates import count_cases


def case_outcomes(cases: Iterable[Case]) -> list[PsuOutcomes]:
    """Sums of household weights by eligibility, in the order of strata, PSUs and areas."""
    groups: dict[tuple[str, str, str], list[Case]] = {}
    for case in cases:
        design = case.design
        groups.setdefault((design.stratum, design.psu, design.area or ""), []).append(case)
    found = []
    for (stratum, psu, area), members in sorted(groups.items()):
        weights = count_cases(members, weighted=True)
        found.append(
            PsuOutcomes(
                stratum=stratum,
                psu=psu,
                area=area,
                cases=len(members),
                eligible=weights.eligible,
                unknown=weights.unknown,
                not_eligible=weights.ne,
            )
        )
    return found
