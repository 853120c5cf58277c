"""Systems of cells and sums: networks, limits, and the heuristic beside the exact method."""

import numpy as np
import pytest
from usga_indicators.domain.disclosure.suppression import (
    AdditiveSystem,
    Effort,
    Method,
    Need,
    Sum,
    dominance,
    p_percent,
    suppress,
    two_way,
    unprotected,
)


def table(height: int, width: int, *, seed: int, scale: float = 1.0) -> list[list[float]]:
    inner = np.random.default_rng(seed).integers(1, 60, size=(height, width)) * scale
    rows = np.column_stack([inner, inner.sum(axis=1)])
    return [[float(v) for v in row] for row in np.vstack([rows, rows.sum(axis=0)])]


def small(values: list[list[float]], *, k: float, need: float = 1.0) -> list[Need]:
    width = len(values[0])
    return [
        Need(r * width + c, need, need)
        for r, row in enumerate(values[:-1])
        for c, value in enumerate(row[:-1])
        if value < k
    ]


class TestNetworks:
    def test_a_two_way_table_is_one(self) -> None:
        assert two_way(table(4, 5, seed=1)).is_network()

    def test_three_ways_are_none(self) -> None:
        # cells of a 2 x 2 x 2 cube: every one is in three sums
        inner = np.arange(1.0, 9.0)
        values, sums = list(inner), []
        place = np.arange(8).reshape(2, 2, 2)
        for axis in range(3):
            for line in np.moveaxis(place, axis, -1).reshape(-1, 2):
                sums.append(Sum(len(values), tuple(int(c) for c in line)))
                values.append(float(inner[line].sum()))
        cube = AdditiveSystem(np.array(values), tuple(sums), np.ones(len(values)), frozenset())
        assert not cube.is_network()
        found = suppress(cube, [Need(0, 1.0, 1.0)])
        assert found.method is Method.EXACT
        assert not unprotected(cube, found.hidden, [Need(0, 1.0, 1.0)])


class TestMethods:
    def test_nothing_unsafe_hides_nothing(self) -> None:
        found = suppress(two_way(table(3, 3, seed=2)), [])
        assert (found.hidden, found.method) == (frozenset(), Method.NONE)

    def test_a_large_table_is_protected_by_the_heuristic(self) -> None:
        values = table(30, 30, seed=3)
        needs = small(values, k=2)
        system = two_way(values)
        found = suppress(system, needs, effort=Effort(size=0))
        assert found.method is Method.HEURISTIC
        assert found.bound <= found.cost == len(found.hidden)
        assert not unprotected(system, found.hidden, needs)

    def test_a_search_that_ends_early_says_so_and_is_safe(self) -> None:
        values = table(12, 12, seed=4)
        needs = small(values, k=6)
        system = two_way(values)
        found = suppress(system, needs, effort=Effort(nodes=0))
        assert found.method in {Method.SEARCHED, Method.EXACT}
        assert found.bound <= found.cost + 1e-6
        assert not unprotected(system, found.hidden, needs)

    def test_the_same_system_gives_the_same_pattern(self) -> None:
        values = table(8, 8, seed=5)
        one, two = (suppress(two_way(values), small(values, k=5)) for _ in range(2))
        assert one == two

    @pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6, 1e9])
    def test_units_do_not_matter(self, scale: float) -> None:
        values = table(6, 6, seed=6, scale=scale)
        needs = small(values, k=5 * scale, need=scale)
        assert (
            suppress(two_way(values), needs).cost
            == suppress(two_way(table(6, 6, seed=6)), small(table(6, 6, seed=6), k=5)).cost
        )

    @pytest.mark.parametrize("scale", [1.0, 1e9])
    def test_dear_cells_are_chosen_as_cheap_ones_are(self, scale: float) -> None:
        values = table(7, 7, seed=8, scale=scale)
        found = suppress(two_way(values, values), small(values, k=5 * scale, need=scale))
        assert found.method is Method.EXACT
        same = table(7, 7, seed=8)
        assert found.cost / scale == suppress(two_way(same, same), small(same, k=5)).cost

    @pytest.mark.parametrize("scale", [1e8, 1e13])
    def test_a_small_need_in_a_table_of_large_values_is_met(self, scale: float) -> None:
        values = table(5, 5, seed=7, scale=scale)
        needs = [Need(0, 1.0, 1.0), Need(8, 5.0, 5.0)]
        found = suppress(two_way(values), needs)
        assert len(found.hidden) >= 4


class TestLinkedTables:
    def test_a_total_shared_by_two_tables_does_not_give_a_cell_away(self) -> None:
        # sexes and ages of the same people: hiding within one table stays within it
        values = np.array([100.0, 3.0, 97.0, 40.0, 60.0])
        sums = (Sum(0, (1, 2)), Sum(0, (3, 4)))
        system = AdditiveSystem(values, sums, np.ones(5), frozenset({0}))
        assert suppress(system, [Need(1, 1.0, 1.0)]).hidden == {1, 2}

    def test_a_cell_of_two_tables_is_hidden_in_both(self) -> None:
        # the region of one table is the sum of districts in the other
        values = np.array([90.0, 4.0, 86.0, 1.0, 3.0])
        sums = (Sum(0, (1, 2)), Sum(1, (3, 4)))
        system = AdditiveSystem(values, sums, np.ones(5), frozenset({0}))
        needs = [Need(1, 1.0, 1.0), Need(3, 1.0, 1.0), Need(4, 1.0, 1.0)]
        assert suppress(system, needs).hidden == {1, 2, 3, 4}


class TestRules:
    def test_the_concentration_rules_say_how_much_is_needed(self) -> None:
        # of 1037 the largest has 936: more than 75 %, to which 211 are missing
        assert dominance([936, 52, 49], n=1, k=75) == pytest.approx(211)
        assert dominance([36, 52, 49], n=1, k=75) is None
        assert p_percent([912, 88, 46, 32], p=10) == pytest.approx(13.2)
        assert p_percent([], p=10) is None
