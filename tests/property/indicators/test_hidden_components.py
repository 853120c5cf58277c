"""Hiding a component never improves an area's rank (ADR-0064)."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usga_indicators.domain.composites import Index, Value, evaluate, shipped
from usga_indicators.domain.composites.results import AreaResult

BALANCE = next(i for i in shipped() if i.code == "BALANCE")
USGI = next(i for i in shipped() if i.code == "USGI")
Areas = dict[str, dict[str, Value]]


def of(areas: Areas, index: Index) -> dict[str, AreaResult]:
    return {r.area: r for r in evaluate(index, areas, seed=1, draws=20).areas}


@st.composite
def settlements(draw: st.DrawFn) -> tuple[Index, Areas, str, str]:
    """Settlements of an index, and which component of which of them is hidden."""
    index = draw(st.sampled_from([BALANCE, USGI, replace(USGI, direction="-")]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    names = [f"s{n}" for n in range(draw(st.integers(3, 5)))]
    gaps = draw(st.sampled_from([0.0, 0.1]))
    areas = {
        area: {
            c.name: Value(float(rng.uniform(c.low, c.high)), float(rng.uniform(0, 5)))
            for c in index.components
            if rng.random() >= gaps
        }
        for area in names
    }
    area = names[0]
    shared = sorted(n for n in areas[area] if any(n in areas[other] for other in names[1:]))
    return index, areas, area, draw(st.sampled_from(shared))


Case = tuple[Index, Areas, str, str]


@settings(max_examples=6, deadline=None)
@given(settlements())
def test_hiding_a_component_only_widens_ranges_of_ranks(case: Case) -> None:
    _holds(case)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(settlements())
def test_it_holds_for_many(case: Case) -> None:
    _holds(case)


def _holds(case: Case) -> None:
    """Of the area itself and of all others; ties are only added."""
    index, areas, area, component = case
    hidden = {**areas, area: {k: v for k, v in areas[area].items() if k != component}}
    before, after = of(areas, index), of(hidden, index)
    for name, was in before.items():
        now = after[name]
        if was.rank_low is None or was.rank_high is None or now.rank_low is None:
            assert now.rank_low is None
            continue
        assert now.rank_low <= was.rank_low
        assert now.rank_high is not None
        assert now.rank_high >= was.rank_high
        assert {*was.ties} - {*now.ties} <= {r for r in after if after[r].index is None}
