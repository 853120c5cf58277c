"""Reading a sample: all faults at once."""

from typing import Any

import pytest
from usga_assessment.domain.sampling.sample import Sample, read_sample


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "case_id": f"c{number}",
        "stratum": "s1",
        "psu": f"p{number % 2}",
        "pi1": "0.1",
        "pi2": "0.2",
    } | changes


def good(count: int = 4) -> list[dict[str, Any]]:
    return [row(number) for number in range(count)]


def accept(rows: list[dict[str, Any]], **options: Any) -> Sample:
    sample, findings = read_sample(rows, areas=options.pop("areas", ()), **options)
    assert findings == []
    assert sample is not None
    return sample


def faults(rows: list[dict[str, Any]], **options: Any) -> set[tuple[int, str, str]]:
    sample, findings = read_sample(rows, areas=options.pop("areas", ()), **options)
    assert sample is None
    return {(found.row, found.column, found.code) for found in findings}


class TestWeights:
    def test_household_weight_is_inverse_inclusion_probability(self) -> None:
        assert accept(good()).cases[0].design.w_household == pytest.approx(50)

    def test_person_weight_multiplies_by_eligible_adults(self) -> None:
        design = accept([row(0, n_eligible="3"), *good()[1:]]).cases[0].design
        assert design.w_person == pytest.approx(150)

    def test_person_weight_waits_for_the_number_of_eligible_adults(self) -> None:
        assert accept(good()).cases[0].design.w_person is None


class TestFaults:
    def test_everything_wrong_is_said_at_once(self) -> None:
        rows = [
            row(0, pi1="0", n_eligible="0"),
            row(1, pi2="1.5", psu=""),
            row(2, case_id="c0", pi1="nan"),
            row(3, colour="red", pi2="x"),
        ]
        assert faults(rows) == {
            (1, "pi1", "not-a-probability"),
            (1, "n_eligible", "out-of-range"),
            (2, "pi2", "not-a-probability"),
            (2, "psu", "missing"),
            (3, "case_id", "duplicate-case"),
            (3, "pi1", "not-a-number"),
            (4, "colour", "unknown-column"),
            (4, "pi2", "not-a-number"),
        }

    @pytest.mark.parametrize(
        ("value", "accepted"), [("1", True), ("1e-9", True), ("0", False), ("1.0001", False)]
    )
    def test_bounds_of_a_probability(self, value: str, accepted: bool) -> None:
        sample, _ = read_sample([row(n, pi2=value) for n in range(2)], areas=())
        assert (sample is not None) is accepted

    @pytest.mark.parametrize("value", [True, [1], {"a": 1}, "inf", "-1", "0x1"])
    def test_a_strange_probability_is_refused(self, value: Any) -> None:
        assert {found[1] for found in faults([*good(), row(9, pi1=value)])} == {"pi1"}

    def test_a_stratum_needs_two_psus(self) -> None:
        rows = [*good(), row(8, stratum="s2", psu="only")]
        assert faults(rows) == {(5, "psu", "single-psu-stratum")}
        assert accept(rows, certainty=["s2"]).certainty == {"s2"}

    def test_certainty_names_a_stratum_of_the_sample(self) -> None:
        assert faults(good(), certainty=["s9"]) == {(0, "certainty", "unknown-stratum")}

    def test_pi1_is_one_number_in_a_psu(self) -> None:
        assert faults([*good(), row(4, pi1="0.2")]) == {(5, "pi1", "pi1-varies-in-psu")}

    def test_psus_of_two_strata_may_share_a_number(self) -> None:
        other = [row(n, stratum="s2", psu=f"p{n % 2}", pi1="0.5") for n in range(4, 8)]
        assert len(accept([*good(), *other]).cases) == 8

    def test_area_must_exist(self) -> None:
        rows = [row(0, area="MAT-1"), *good()[1:]]
        assert faults(rows) == {(1, "area", "unknown-area")}
        assert accept(rows, areas=["MAT-1"]).cases[0].design.area == "MAT-1"

    def test_fpc_is_one_number_in_a_stratum_and_covers_the_sample(self) -> None:
        assert faults([row(0, fpc_psu="9"), row(1, fpc_psu="8")]) == {
            (2, "fpc_psu", "fpc-varies-in-stratum")
        }
        assert faults([row(n, fpc_psu="1") for n in range(2)]) == {
            (1, "fpc_psu", "fpc-below-sample")
        }

    def test_an_empty_sample_is_refused(self) -> None:
        assert faults([]) == {(0, "", "empty-sample")}


class TestDigest:
    def test_does_not_depend_on_order_nor_on_spelling(self) -> None:
        spelled = [dict(values, pi1=0.1) for values in reversed(good())]
        assert accept(spelled).digest == accept(good()).digest

    def test_changes_with_any_value(self) -> None:
        assert accept(good()).digest != accept([row(0, pi2="0.3"), *good()[1:]]).digest
