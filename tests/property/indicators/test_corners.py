"""Small systems at random: their corners say what a linear programme for each end says."""

from collections.abc import Iterator
from math import inf
from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.disclosure.suppression import (
    AdditiveSystem,
    Need,
    Sum,
    audit,
    intervals,
    reaches,
)
from usga_indicators.domain.disclosure.suppression.corners import ranges


def systems(seed: int) -> Iterator[tuple[AdditiveSystem, list[int]]]:
    """Sums that share parts and totals, as two releases or areas over strata make them."""
    rng = np.random.default_rng(seed)
    for _ in range(20):
        values = list(rng.integers(0, 30, size=rng.integers(3, 12)).astype(float))
        sums = []
        for _ in range(rng.integers(1, 9)):
            size = int(rng.integers(1, min(len(values), 6)))
            parts = tuple(int(p) for p in rng.choice(len(values), size, replace=False))
            sums.append(Sum(len(values), parts))
            values.append(float(sum(values[p] for p in parts)))
        system = AdditiveSystem(np.array(values), tuple(sums), np.ones(len(values)), frozenset())
        chance = rng.choice([0.3, 0.6, 0.9])
        yield system, [c for c in range(len(values)) if rng.random() < chance]


@pytest.mark.parametrize("seed", range(3))
def test_corners_are_the_ends_of_linear_programmes(seed: int) -> None:
    solved = 0
    for system, hidden in systems(seed):
        found = ranges(system, hidden)
        if found is None:
            continue
        solved += len(hidden)
        plain = intervals(system, hidden)
        assert found[0] == pytest.approx([each.lower for each in plain], abs=1e-6)
        assert found[1] == pytest.approx([each.upper for each in plain], abs=1e-6)
    assert solved > 80


@pytest.mark.parametrize("seed", [100, 101])
def test_the_same_cells_are_found_open_as_without_them(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(system: AdditiveSystem, hidden: list[int], needs: list[Need]) -> list[bool]:
        told = {each.cell: each for each in reaches(system, hidden, needs)}
        return [told[n.cell].protects(n, float(system.values[n.cell])) for n in needs]

    def none(*_: Any) -> None:
        return None

    asked, quick = [], []
    for system, hidden in systems(seed):
        rng = np.random.default_rng(seed)
        needs = [Need(c, *(float(a) for a in rng.integers(1, 12, size=2))) for c in hidden]
        asked.append((system, hidden, needs))
        quick.append(found(system, hidden, needs))
    monkeypatch.setattr(audit, "ranges", none)
    audit._answered.cache_clear()
    assert quick == [found(*each) for each in asked]
    decided = [each for one in quick for each in one]
    assert 0 < sum(decided) < len(decided)


def test_several_of_a_kind_are_each_nothing_or_all_of_it() -> None:
    system = AdditiveSystem(
        np.array([4.0, 7.0, 5.0, 16.0]), (Sum(3, (0, 1, 2)),), np.ones(4), frozenset()
    )
    found = ranges(system, [0, 2])
    assert found is not None
    assert (found[0].tolist(), found[1].tolist()) == ([0.0, 0.0], [9.0, 9.0])


def test_one_that_a_hidden_total_follows_has_no_end_and_one_alone_no_room() -> None:
    system = AdditiveSystem(
        np.array([4.0, 7.0, 11.0, 3.0, 3.0]),
        (Sum(2, (0, 1)), Sum(4, (3,))),
        np.ones(5),
        frozenset(),
    )
    found = ranges(system, [0, 2, 3])
    assert found is not None
    assert (found[0].tolist(), found[1].tolist()) == ([0.0, 7.0, 3.0], [inf, inf, 3.0])


def test_what_is_in_no_sum_has_no_end() -> None:
    system = AdditiveSystem(np.array([4.0, 7.0]), (), np.ones(2), frozenset())
    found = ranges(system, [0, 1])
    assert found is not None
    assert (found[0].tolist(), found[1].tolist()) == ([0.0, 0.0], [inf, inf])


def test_large_systems_are_left_to_linear_programmes() -> None:
    parts = [(at, at + 1, at + 2) for at in range(40)]
    values = np.arange(1.0, 43.0)
    whole = [float(values[list(p)].sum()) for p in parts]
    sums = tuple(Sum(42 + at, p) for at, p in enumerate(parts))
    system = AdditiveSystem(np.array([*values, *whole]), sums, np.ones(82), frozenset())
    assert ranges(system, list(range(42))) is None


def test_what_was_answered_is_not_taken_for_another_question() -> None:
    def lower(value: float, need: Need) -> list[tuple[float, bool]]:
        parts = (value, 7.0, 5.0)
        system = AdditiveSystem(
            np.array([*parts, sum(parts)]), (Sum(3, (0, 1, 2)),), np.ones(4), frozenset()
        )
        return [(e.upper, e.protects(need, value)) for e in reaches(system, [0, 2], [need])][:1]

    near, far = Need(0, 5.0, 1.0), Need(0, 6.0, 1.0)
    assert lower(4.0, near) == lower(4.0, near) == [(9.0, True)]
    assert lower(4.0, far) == [(9.0, False)]
    assert lower(3.0, near) == [(8.0, True)]
