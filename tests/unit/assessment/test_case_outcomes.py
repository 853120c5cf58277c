"""What became of the cases of a PSU, as weighting for non-response needs it."""

from usga_assessment.domain.sampling.case import Case, CaseDesign
from usga_assessment.operations.case_outcomes import case_outcomes


def case(number: int, disposition: str | None, *, psu: str = "p1", pi2: float = 0.1) -> Case:
    design = CaseDesign(
        stratum="s", psu=psu, pi1=0.5, pi2=pi2, n_eligible=None, fpc_psu=None, area=None
    )
    return Case(
        assessment="KE-HERE-2026",
        case_id=f"c-{number}",
        design=design,
        device_id=None,
        disposition=disposition,
        disposition_at=None,
        visits=0,
    )


def test_weights_are_summed_by_eligibility() -> None:
    cases = [
        case(1, "1.1"),
        case(2, "2.112", pi2=0.05),  # refused: eligible, weight 40
        case(3, "3.21"),  # no screener: unknown
        case(4, None),  # not attempted: unknown
        case(5, "4.60"),  # vacant
        case(6, "2.36"),  # rejected in review stays as non-response
        case(7, "1.2", psu="p2"),
    ]
    first, second = case_outcomes(cases)
    assert (first.psu, first.cases) == ("p1", 6)
    assert (first.eligible, first.unknown, first.not_eligible) == (20 + 40 + 20, 40, 20)
    assert (second.psu, second.cases, second.eligible, second.area) == ("p2", 1, 20, "")
