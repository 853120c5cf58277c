"""The composites beside the USGI: balance, fear, informality; and whether a scale is one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.composites import Value, evaluate, shipped
from usga_indicators.domain.composites.reliability import alpha_of, cronbach
from usga_indicators.domain.definition import catalogue

from tests.unit.indicators.definitions.test_denominators import BY_CODE, counted, frame

INDICES = {i.code: i for i in shipped()}
DEFINITIONS = {d.code: d for d in catalogue()}
BALANCE = INDICES["BALANCE"]


@pytest.mark.parametrize("index", shipped(), ids=lambda i: i.code)
def test_every_index_speaks_five_languages_and_fits_its_indicators(index: Any) -> None:
    for titled in (index, *index.pillars):
        assert set(titled.title) == {"en", "es", "ru", "sw", "uz"}
    if index.code != "USGI":
        assert set(index.description) == {"en", "es", "ru", "sw", "uz"}
    for component in index.components:
        definition = DEFINITIONS[component.indicator]
        assert component.item == "_T" or component.item in definition.items
        if index.balance:
            assert not component.reversed_
            assert definition.sensitivity < 3
            better = {"resilience": "+", "risk": "-"}[component.side.value]
            assert definition.direction == better, component.indicator
        elif index.direction == "-":
            assert not component.reversed_


def level(code: str, resilience: float, risk: float) -> dict[str, Value]:
    """Every indicator of a level at the same share of its goalposts."""
    pillar = next(p for p in BALANCE.pillars if p.code == code)
    return {
        c.name: Value(
            c.low + (c.high - c.low) * (resilience if c.side.value == "resilience" else risk) / 100
        )
        for c in pillar.components
    }


def test_a_balance_is_resilience_minus_risk_level_by_level() -> None:
    values = level("community", 70, 40) | level("institutions", 30, 50) | level("external", 0, 80)
    area = evaluate(BALANCE, {"_T": values}, seed=1).areas[0]
    assert area.pillars["community"] == pytest.approx(30)
    assert area.pillars["institutions"] == pytest.approx(-20)
    assert area.index == pytest.approx(5)
    assert area.pillars["external"] is None  # one side is no balance
    adds, takes = area.sides["external"]
    assert adds is None
    assert takes == pytest.approx(80)


def test_the_sensitivity_of_a_balance_takes_no_geometric_mean() -> None:
    values = {
        "a": level("community", 10, 90) | level("institutions", 10, 60),
        "b": level("community", 60, 20) | level("institutions", 50, 50),
    }
    for area in evaluate(BALANCE, values, seed=1).areas:
        assert area.index is not None
        assert area.spread is not None
        low, high = area.spread["aggregation"]
        assert low == high == area.index
        low, high = area.spread["weights"]
        assert low < area.index < high


def test_less_fear_ranks_first() -> None:
    areas = {"calm": {"PER-12": Value(20.0, 1.0)}, "afraid": {"PER-12": Value(70.0, 1.0)}}
    found = {r.area: r for r in evaluate(INDICES["FEAR"], areas, seed=1).areas}
    assert (found["calm"].index, found["calm"].rank_high) == (20, 1)
    assert (found["afraid"].index, found["afraid"].rank_high) == (70, 2)
    assert found["afraid"].rank_low == 2


def test_scores_that_other_choices_move_say_how_far() -> None:
    uneven = {p.code: 90.0 if at else 10.0 for at, p in enumerate(INDICES["USGI"].pillars)}
    values = {
        c.name: Value(
            c.low
            + (c.high - c.low) * (100 - uneven[p.code] if c.reversed_ else uneven[p.code]) / 100
        )
        for p in INDICES["USGI"].pillars
        for c in p.components
    }
    area = evaluate(INDICES["USGI"], {"_T": values}, seed=1).areas[0]
    assert area.spread is not None
    assert area.spread["aggregation"][0] <= area.index < area.spread["aggregation"][1]  # type: ignore[operator]
    assert area.spread["aggregation"][1] == pytest.approx(80)


WORRIES = ({"worry_prop": "very", "worry_viol": "fairly", "worry_sex": "not_at_all"},)


def test_fear_is_the_mean_of_rescaled_worries() -> None:
    assert counted("PER-12", *WORRIES) == [pytest.approx((100 + 200 / 3) / 3)]
    assert counted("PER-12", {"worry_prop": "very", "worry_viol": "dk"}) == [None]


def test_deprivations_are_counted_and_an_unanswered_one_leaves_the_household_out() -> None:
    home = {
        "water_src": "surface", "toilet": "open", "hh_size": 4, "rooms_sleep": 1,
        "durable": "non_durable", "tenure": "squat",
    }  # fmt: skip
    assert counted("SVC-07", home) == [5 * 4]
    assert counted("SVC-07", {**home, "tenure": "ref"}) == [None]
    assert counted("SVC-01", {**home, "tenure": "ref"}) == [4]


class TestReliability:
    def test_a_worked_alpha(self) -> None:
        """Items 1 2 3 and 2 3 5: 2 (1 - (2/3 + 14/9)/(38/9)) = 18/19."""
        items = np.array([[1.0, 2], [2, 3], [3, 5]])
        assert cronbach(items, np.ones(3)) == pytest.approx(18 / 19)
        assert cronbach(items, np.array([2.0, 2, 2])) == pytest.approx(18 / 19)

    def test_items_that_have_nothing_to_do_with_one_another_are_no_scale(self) -> None:
        rng = np.random.default_rng(1)
        assert abs(cronbach(rng.standard_normal((5000, 3)), np.ones(5000))) < 0.1

    def test_nobody_differs(self) -> None:
        assert np.isnan(cronbach(np.ones((4, 2)), np.ones(4)))

    @pytest.mark.parametrize(("people", "told"), [(60, True), (49, False)])
    def test_it_is_told_of_fifty_who_answered_all(self, people: int, told: bool) -> None:
        steps = ("very", "fairly", "not_very", "not_at_all")
        crowd = [
            dict.fromkeys(("worry_prop", "worry_viol", "worry_sex"), steps[at % 4])
            for at in range(people)
        ]
        silent = [{"worry_prop": "ref", "worry_viol": "very", "worry_sex": "very"}]
        found = alpha_of(BY_CODE["PER-12"], frame(*crowd, *silent), 0.7)
        assert (found is not None) is told
        if found is not None:
            assert found.alpha == pytest.approx(1)
            assert (found.items, found.reached) == (3, True)
            assert not replace(found, alpha=0.69).reached
