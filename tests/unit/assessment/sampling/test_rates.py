"""AAPOR outcome rates."""

import re
from pathlib import Path

import pytest
from usga_assessment.domain.sampling.case import Case, CaseDesign
from usga_assessment.domain.sampling.dispositions import DISPOSITIONS, Outcome
from usga_assessment.domain.sampling.rates import Counts, count_cases, outcome_rates

WORKED = Counts(i=600, p=20, r=60, nc=40, o=20, uh=10, uo=20, ne=50)
"""The worked check of the domain dossier, 3.3."""


def case(disposition: str | None, *, pi2: float = 0.5) -> Case:
    return Case(
        assessment="KE-TEST-2026",
        case_id="c",
        design=CaseDesign(
            stratum="s", psu="p", pi1=0.1, pi2=pi2, n_eligible=None, fpc_psu=None, area=None
        ),
        device_id=None,
        disposition=disposition,
        disposition_at=None,
        visits=0,
    )


class TestOutcomeRates:
    def test_worked_check(self) -> None:
        rates = outcome_rates(WORKED)
        assert WORKED.eligible == 740
        assert rates.e == pytest.approx(740 / 790)
        assert rates.rr1 == pytest.approx(600 / 770)
        assert rates.rr2 == pytest.approx(620 / 770)
        assert rates.rr3 == pytest.approx(600 / (740 + 740 / 790 * 30))
        assert rates.rr4 == pytest.approx(620 / (740 + 740 / 790 * 30))
        assert rates.rr5 == pytest.approx(600 / 740)
        assert rates.rr6 == pytest.approx(620 / 740)

    def test_worked_check_as_printed(self) -> None:
        rates = outcome_rates(WORKED)
        printed = {
            "rr1": 77.9,
            "rr2": 80.5,
            "rr3": 78.1,
            "rr5": 81.1,
            "coop1": 85.7,
            "ref1": 7.8,
            "con1": 90.9,
        }
        assert {name: round(100 * getattr(rates, name), 1) for name in printed} == printed
        assert rates.e is not None
        assert round(rates.e, 4) == 0.9367

    def test_nothing_sampled_gives_no_rate(self) -> None:
        rates = outcome_rates(Counts())
        assert rates.rr1 is None
        assert rates.rr3 is None
        assert rates.e is None

    def test_only_ineligible_cases_give_no_response_rate(self) -> None:
        rates = outcome_rates(Counts(ne=5))
        assert rates.rr1 is None
        assert rates.e == 0


class TestCounting:
    def test_every_code_counts_in_its_class(self) -> None:
        counts = count_cases(case(code) for code in DISPOSITIONS)
        assert (counts.i, counts.p, counts.r, counts.nc, counts.o) == (1, 1, 3, 3, 4)
        assert (counts.uh, counts.uo, counts.ne) == (3, 1, 4)

    def test_a_case_without_disposition_was_not_attempted(self) -> None:
        assert count_cases([case(None)]) == Counts(uh=1)

    def test_weighted_counts_are_sums_of_household_weights(self) -> None:
        cases = [case("1.1", pi2=0.5), case("1.1", pi2=0.25), case("2.111", pi2=0.5)]
        counts = count_cases(cases, weighted=True)
        assert counts.i == pytest.approx(20 + 40)
        assert counts.r == pytest.approx(20)
        assert outcome_rates(counts).rr1 == pytest.approx(60 / 80)

    def test_classes_are_all_used(self) -> None:
        assert set(DISPOSITIONS.values()) == set(Outcome)


class TestDocument:
    def test_lists_every_code_with_its_class(self) -> None:
        text = Path("docs/samples.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| (\d\.\d+) \| (\w+) \|", text, re.MULTILINE)
        assert {code: Outcome(of) for code, of in rows} == DISPOSITIONS
