"""Areas over strata: the closed form beside the linear programmes, and what gets hidden."""

from math import inf

import numpy as np
import pytest
from usga_indicators.domain.definition import catalogue
from usga_indicators.domain.disclosure import Thresholds
from usga_indicators.domain.disclosure.suppression import AdditiveSystem, Sum, intervals
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.publication import audit_document
from usga_indicators.domain.publication.hierarchy import Told, Tree
from usga_indicators.domain.publication.people import Layer, People
from usga_indicators.domain.publication.secondary import audit, company
from usga_indicators.domain.publication.systems import Joined, components, sums_of
from usga_indicators.domain.tabulation import Cell, CellEstimate, MissingTally

#: A definition whose cells show only their base, and one that shows numerators.
BASE_ONLY = next(d for d in catalogue() if d.code == "VIC-09")
SHARE = next(d for d in catalogue() if d.code == "PER-02")
AREAS = {"a1": "A", "a2": "A", "b1": "B", "b2": "B", "c": "C"}
CELLS = [
    Cell(), Cell(ref_area="A"), Cell(ref_area="B"), Cell(stratum="a1"), Cell(stratum="a2"),
    Cell(stratum="b1"), Cell(stratum="b2"), Cell(stratum="c", ref_area="C"),
]  # fmt: skip
TOTAL, A, B, A1, A2, B1, B2, C = range(8)


def cells(bases: list[int], *, share: bool = False) -> list[CellEstimate]:
    """Of the strata a1, a2, b1, b2, c; areas and total add them up."""
    a1, a2, b1, b2, c = bases
    counts = [sum(bases), a1 + a2, b1 + b2, a1, a2, b1, b2, c]
    return [
        CellEstimate(
            SHARE if share else BASE_ONLY, cell,
            Estimate(0.5, 0.01, 0.48, 0.52, 1.0, 50, n, n // 2, 20, 0.02),
            MissingTally(), partial=False,
        )
        for cell, n in zip(CELLS, counts, strict=True)
    ]  # fmt: skip


def hidden_with(bases: list[int], hidden: set[int]) -> set[int]:
    found = cells(bases)
    people = People.of(found, Thresholds(), counts=False)
    return hidden | company(people, sums_of(found, range(8), Joined(AREAS)), hidden)


class TestCompany:
    def test_a_small_stratum_takes_another_of_its_area(self) -> None:
        assert hidden_with([10, 90, 60, 70, 50], {A1}) == {A1, A2}

    def test_where_the_area_has_no_other_to_give_the_area_is_hidden_too(self) -> None:
        # a2 has nobody to spare for the 15 that a1 is short of: the area, and another pool part
        found = hidden_with([10, 3, 60, 70, 50], {A1, A2, A})
        assert {A1, A2, A} < found
        assert TOTAL not in found
        assert len(found) > 3

    def test_nothing_hidden_needs_nothing(self) -> None:
        assert hidden_with([30, 90, 60, 70, 50], set()) == set()


@pytest.mark.parametrize("seed", range(40))
def test_the_closed_form_is_what_the_linear_programmes_say(seed: int) -> None:
    random = np.random.default_rng(seed)
    found = cells([int(n) for n in random.integers(1, 60, 5)])
    people = People.of(found, Thresholds(), counts=False)
    sums = sums_of(found, range(8), Joined(AREAS))
    (members,) = components(sums)
    hidden = {int(p) for p in np.flatnonzero(random.random(8) < 0.5) if p != TOTAL}
    tree = Tree.of(members)
    assert tree is not None
    told = {each.place: each for each in tree.told(people, hidden)}
    system = AdditiveSystem(
        people.values[Layer.BASE],
        tuple(Sum(each.total, each.parts) for each in sums if each.total is not None),
        np.ones(8),
        frozenset(),
    )
    for each in intervals(system, hidden):
        mine = told[each.cell]
        assert (mine.lower, mine.upper) == pytest.approx((each.lower, each.upper), abs=1e-6)


class TestAudit:
    def test_what_stands_alone_is_open(self) -> None:
        found = cells([10, 90, 60, 70, 50], share=True)
        people = People.of(found, Thresholds(), counts=True)
        told = audit(people, sums_of(found, range(8), Joined(AREAS)), {A1})
        assert {each.layer for each in told} == set(Layer)
        assert not any(each.protected for each in told)
        assert {(each.lower, each.upper) for each in told if each.layer is Layer.BASE} == {
            (10, 10)
        }

    def test_the_document_counts_cells_and_leaves_no_infinity(self) -> None:
        told = [
            Told(3, Layer.BASE, 0.0, inf, protected=True),
            Told(3, Layer.NUMERATOR, 2.0, 2.0, protected=False),
            Told(5, Layer.BASE, 0.0, 1 / 3, protected=True),
        ]
        assert audit_document(told) == {
            "cells": 2,
            "open": 1,
            "intervals": [
                [3, "base", 0.0, None], [3, "numerator", 2.0, 2.0], [5, "base", 0.0, 0.333333],
            ],
        }  # fmt: skip
