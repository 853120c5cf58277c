"""Random tables: no unsafe cell is recoverable within its interval, and no pattern is cheaper."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from usga_indicators.domain.disclosure.suppression import (
    Method,
    Need,
    Suppression,
    Unprotectable,
    suppress,
    two_way,
)

from tests.golden.disclosure.attack import Place, interval

Table = list[list[float]]


def with_totals(inner: list[list[int]]) -> Table:
    values = np.array(inner, dtype=np.float64)
    rows = np.column_stack([values, values.sum(axis=1)])
    return [[float(v) for v in row] for row in np.vstack([rows, rows.sum(axis=0)])]


@st.composite
def tables(draw: st.DrawFn, most: int) -> Table:
    height, width = draw(st.integers(2, most)), draw(st.integers(2, most))
    cell = st.one_of(st.integers(0, 4), st.integers(0, 60))
    row = st.lists(cell, min_size=width, max_size=width)
    return with_totals(draw(st.lists(row, min_size=height, max_size=height)))


def unsafe(table: Table, k: int) -> list[Place]:
    return [
        (r, c)
        for r, row in enumerate(table[:-1])
        for c, value in enumerate(row[:-1])
        if 0 < value < k
    ]


def protected(
    table: Table, needed: list[Place], singletons: list[Place] | None = None
) -> tuple[Suppression, set[Place]]:
    width = len(table[0])
    needs = [Need(r * width + c, 1.0, 1.0) for r, c in needed]
    alone = [r * width + c for r, c in singletons or []]
    found = suppress(two_way(table), needs, singletons=alone)
    return found, {(cell // width, cell % width) for cell in found.hidden}


def tells(table: Table, hidden: set[Place], cell: Place, known: tuple[Place, ...] = ()) -> bool:
    lower, upper = interval(table, hidden, cell, known)
    value = table[cell[0]][cell[1]]
    return upper < value + 1 - 1e-6 or lower > value - 1 + 1e-6


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(table=tables(6), k=st.sampled_from([3, 5]))
def test_no_unsafe_cell_is_recoverable_D03(table: Table, k: int) -> None:
    needed = unsafe(table, k)
    assume(needed)
    try:
        found, hidden = protected(table, needed)
    except Unprotectable:
        # only where hiding all but the grand total would not protect it either
        last = (len(table) - 1, len(table[0]) - 1)
        everything = {(r, c) for r in range(last[0] + 1) for c in range(last[1] + 1)} - {last}
        assert any(tells(table, everything, cell) for cell in needed)
        return
    assert found.method is Method.EXACT
    assert not [cell for cell in needed if tells(table, hidden, cell)]
    told = {each.cell: (each.lower, each.upper) for each in found.audit}
    for r, c in hidden:  # what is stored of the audit is what an attacker finds
        assert told[r * len(table[0]) + c] == pytest.approx(
            interval(table, hidden, (r, c)), abs=1e-5
        )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(table=tables(2))
def test_no_smaller_pattern_protects(table: Table) -> None:
    needed = unsafe(table, 5)
    assume(needed)
    height, width = len(table), len(table[0])
    try:
        _, hidden = protected(table, needed)
    except Unprotectable:
        return
    free = [(r, c) for r in range(height) for c in range(width)][:-1]
    for more in range(len(hidden) - len(needed)):
        for others in combinations([cell for cell in free if cell not in needed], more):
            smaller = {*needed, *others}
            assert any(tells(table, smaller, cell) for cell in needed)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(table=tables(4))
def test_who_alone_is_in_a_cell_cannot_tell_another(table: Table) -> None:
    needed = unsafe(table, 4)
    alone = [cell for cell in needed if table[cell[0]][cell[1]] == 1]
    assume(alone)
    try:
        _, hidden = protected(table, needed, alone)
    except Unprotectable:
        return
    for known in alone:
        for cell in needed:
            assert cell == known or not tells(table, hidden, cell, (known,))
