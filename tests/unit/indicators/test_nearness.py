"""Two definitions that few people set apart: the cells in which they would be told (D-04)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from usga_indicators.domain.codebook import Frame
from usga_indicators.domain.definition import Definition
from usga_indicators.domain.definition.model import StatisticKind
from usga_indicators.domain.tabulation import Cell, near_others, partitions
from usga_indicators.domain.tabulation.nearness import APART

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
    found = near_others(mine, others, frame(), partitions(frame(), {}))
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
    assert left_out < APART
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
