"""Two definitions that few people set apart: the cells in which they would be told (D-04)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.definition.model import StatisticKind
from usga_indicators.domain.tabulation import Cell, near_others, nested, partitions
from usga_indicators.domain.tabulation.subtraction import FEW

from tests.support.surveys import definitions, frame_from, people, tables_of

(SAFE,) = definitions("PER-02")
OTHER = "LOC-01"


@lru_cache(maxsize=1)
def frame() -> Frame:
    items = people(600)
    for at, item in enumerate(items):
        item["answers"]["age"] = 18 + at % 100  # everybody's is known: nobody leaves for that
    return frame_from(tables_of(items), definitions())


def own(**changes: object) -> Definition:
    return replace(SAFE, code=OTHER, **changes)  # type: ignore[arg-type]


def near(mine: Sequence[Definition], others: Sequence[Definition] = (SAFE,)) -> set[Cell]:
    found = near_others(mine, others, frame(), partitions(frame(), {})).told
    assert {code for code, _ in found} <= {OTHER, "LOC-02"}
    return {cell for _, cell in found}


def ages() -> np.ndarray:
    numbers = frame().columns["age"].numbers
    assert numbers is not None
    known = (frame().w_person > 0) & frame().columns["safe_night"].known
    return np.sort(numbers[known])


def oldest(count: int) -> float:
    """The age from which on at least so many were asked."""
    return float(ages()[-count])


def test_the_same_again_tells_nothing_new() -> None:
    assert near([own()]) == set()


@pytest.mark.parametrize("field", ["filter", "numerator"])
def test_who_leaves_out_a_few_is_told_in_the_cells_where_they_are(field: str) -> None:
    without = f"not(${{age}} >= {oldest(3)})"
    text = getattr(SAFE, field)
    changed = own(**{field: f"({text}) and {without}" if text else without})
    told = near([changed])
    left_out = int((ages() >= oldest(3)).sum())
    assert left_out < FEW
    assert Cell() in told or field == "numerator"  # of a numerator perhaps nobody had it
    assert all(cell.age in {"_T", "Y_GE65"} for cell in told)


def test_who_leaves_out_ten_is_near_in_no_total() -> None:
    many = oldest(200)
    assert Cell() not in near([own(filter=f"${{age}} < {many}")])
    assert Cell() in near([own(filter=f"${{age}} < {oldest(1)}")])


@pytest.mark.parametrize("numbers", [(101, 100), (3, 8), (1000000000, 0)])
def test_other_numbers_for_yes_and_no_hide_nothing(numbers: tuple[int, int]) -> None:
    yes, no = numbers
    few = f"{SAFE.numerator} and not(${{age}} >= {oldest(4)})"
    scaled = own(statistic=StatisticKind.MEAN, numerator=f"({few}) * {yes - no} + {no}")
    plain = own(numerator=few)
    told = near([plain])
    assert Cell() in told
    assert told <= near([scaled])  # in cells of a handful everybody has another number


def test_other_questions_of_the_same_people_are_not_compared() -> None:
    (court,) = definitions("GOV-01")
    assert near([replace(court, code=OTHER)], [SAFE]) == set()


def test_own_definitions_are_compared_with_those_before_them() -> None:
    first = own(filter=f"${{age}} < {oldest(100)}")
    second = replace(first, code="LOC-02", filter=f"${{age}} < {oldest(103)}")
    assert near([first], []) == set()
    assert Cell() in near([first, second], [])


def test_no_version_is_near_itself() -> None:
    mine = own()
    assert near([mine], [mine]) == set()


def test_a_group_that_two_numbers_leave_between_them_is_judged_like_a_cell() -> None:
    """Enough people are set apart, of whom a few say yes: D-01 would hide them in a cell."""
    few_yes = f"({SAFE.numerator}) and ${{age}} < {oldest(12)}"
    kept = own(filter=f"${{age}} < {oldest(120)} or ({few_yes})")
    assert Cell() in near([kept])
    assert Cell() not in near([own(filter=f"${{age}} < {oldest(120)}")])


def test_a_filter_that_imitates_a_cell_is_set_beside_that_cell() -> None:
    women = own(filter=f"${{sex}} = 'female' or ${{age}} >= {oldest(3)}", disaggregations=())
    assert Cell() in near([women])
    exact = own(filter="${sex} = 'female'", disaggregations=())
    assert Cell() not in near([exact])


def test_who_adds_nothing_is_no_company_in_a_total() -> None:
    total = replace(own(statistic=StatisticKind.TOTAL), code="LOC-02")
    gone = f"not(${{age}} >= {oldest(12)})"
    noes = f"({SAFE.numerator}) or ${{age}} < 40"
    tracker = replace(total, code=OTHER, filter=f"{gone} and ({noes})")
    other_noes = replace(total, filter=f"({SAFE.numerator}) or ${{age}} >= 40")
    for known in (total, other_noes):
        assert Cell() in near([tracker], [known])


def test_nobody_of_a_group_is_told_of_what_is_sensitive_alone() -> None:
    without = f"${{age}} < {oldest(150)} or ({SAFE.numerator})"
    for sensitivity, told in ((1, False), (2, True)):
        mine = own(sensitivity=sensitivity, filter=without)
        assert (Cell() in near([mine], [replace(SAFE, sensitivity=1)])) is told


def test_categories_of_one_definition_are_set_beside_each_other() -> None:
    without = f"{SAFE.numerator} and ${{age}} != {{item}}"
    three = own(numerator=without, items=("30", "31", "113"))
    told = near_others([three], [], frame(), partitions(frame(), {})).told
    assert {cell.item for _, cell in told if cell.sex == cell.age == cell.stratum == "_T"} == {
        "31",
        "113",
    }


def test_what_counts_the_same_people_is_hidden_with_them() -> None:
    copy = own(disaggregations=SAFE.disaggregations[:1])
    found = near_others([copy], [SAFE], frame(), partitions(frame(), {}))
    assert found.told == frozenset()
    assert ((OTHER, Cell()), (SAFE.code, Cell())) in found.alike
    assert found.with_hidden({(SAFE.code, Cell())}) == {(OTHER, Cell())}


def test_of_two_shipped_ones_one_gives_way_where_few_are_between() -> None:
    younger = replace(SAFE, code="PER-98", numerator=f"({SAFE.numerator}) and ${{age}} < 60")
    more = replace(SAFE, code="PER-99", numerator=f"({SAFE.numerator}) and ${{age}} < 61")
    for first, second, gives_way in (
        (younger, more, "PER-99"),
        (more, younger, "PER-99"),
        (replace(younger, key_figure=None), replace(more, key_figure=1), "PER-98"),
    ):
        found = nested([first, second], frame(), partitions(frame(), {}))
        assert {code for code, _ in found} == {gives_way}
        assert (gives_way, Cell()) in found
    assert nested([SAFE, replace(SAFE, code="PER-99")], frame(), partitions(frame(), {})) == set()


def test_of_two_shipped_ones_with_other_bases_it_is_the_few_who_have_it_that_count() -> None:
    part = replace(SAFE, code="PER-98", numerator=f"({SAFE.numerator}) and ${{age}} < 115")
    asked = replace(SAFE, code="PER-99", filter=f"${{age}} < 40 or ({SAFE.numerator})")
    assert ("PER-99", Cell()) in nested([part, asked], frame(), partitions(frame(), {}))
    alike = replace(part, code="PER-97", numerator=SAFE.numerator, filter="${age} < 115")
    left = [row for row in ages() if row >= 115]
    assert 0 < len(left) < 25
    assert ("PER-97", Cell()) in nested([alike, SAFE], frame(), partitions(frame(), {}))
