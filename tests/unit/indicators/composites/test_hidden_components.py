"""No area is ranked better because a component of it is hidden or missing (ADR-0064)."""

from typing import ClassVar

import pytest
from usga_indicators.domain.composites import Index, Value, evaluate, shipped
from usga_indicators.domain.composites.results import AreaResult
from usga_indicators.operations.score_indices import scored
from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

BALANCE = next(i for i in shipped() if i.code == "BALANCE")
USGI = next(i for i in shipped() if i.code == "USGI")
FEAR = next(i for i in shipped() if i.code == "FEAR")
Areas = dict[str, dict[str, Value]]


def level(code: str, resilience: float, risk: float) -> dict[str, Value]:
    """Every indicator of a level at the same share of its goalposts."""
    return {
        c.name: Value(
            c.low + (c.high - c.low) * (resilience if c.side.value == "resilience" else risk) / 100
        )
        for p in BALANCE.pillars
        if p.code == code
        for c in p.components
    }


def all_levels(individual: float, community: float, institutions: float) -> dict[str, Value]:
    """A settlement by what resilience is more than risk at each level."""
    balances = {
        "individual": individual, "community": community, "institutions": institutions,
    }  # fmt: skip
    return {
        name: value
        for code, balance in balances.items()
        for name, value in level(code, 50 + balance / 2, 50 - balance / 2).items()
    }


def of(areas: Areas, index: Index = BALANCE) -> dict[str, AreaResult]:
    return {r.area: r for r in evaluate(index, areas, seed=1, draws=50).areas}


class TestASettlementWithoutItsWorstLevel:
    """As the demonstration had it: a level that is bad everywhere, hidden in one settlement."""

    WHOLE: ClassVar[Areas] = {
        "s01": all_levels(-30, 10, 0),
        "s02": all_levels(-54, 13, 9),
        "s08": all_levels(-14, 15, 2),
    }
    HIDDEN: ClassVar[Areas] = {
        **WHOLE,
        "s02": {k: v for k, v in WHOLE["s02"].items() if k != "FLO-03"},
    }

    def test_it_is_not_named_the_best(self) -> None:
        whole, hidden = of(self.WHOLE), of(self.HIDDEN)
        assert (whole["s02"].rank_low, whole["s02"].rank_high) == (3, 3)
        told = hidden["s02"]
        assert told.index == pytest.approx(11)  # of two levels: beside others it says nothing
        assert hidden["s08"].index == pytest.approx(1)
        assert (told.rank_low, told.rank_high) == (1, 3)
        assert told.ties == ("s01", "s08")

    def test_it_says_what_it_lacks_and_what_that_could_make_of_it(self) -> None:
        found = of(self.HIDDEN)
        assert found["s02"].lacking == ("individual",)
        assert found["s02"].missing[0] == "FLO-03"
        low, high = found["s02"].possible or (0, 0)
        # FLO-03 is 0 or 100 there, VIC-07 is at 77 of its goalposts
        assert (low, high) == pytest.approx(((-77 + 13 + 9) / 3, (23 + 13 + 9) / 3))
        assert (found["s01"].lacking, found["s01"].possible) == ((), None)

    def test_the_others_know_that_it_may_stand_before_them(self) -> None:
        found = of(self.HIDDEN)
        assert (found["s08"].rank_low, found["s08"].rank_high) == (1, 2)
        assert (found["s01"].rank_low, found["s01"].rank_high) == (2, 3)

    def test_what_nobody_knows_is_no_part_of_the_comparison(self) -> None:
        areas = {
            name: {k: v for k, v in values.items() if k != "FLO-03"}
            for name, values in self.WHOLE.items()
        }
        found = of(areas)
        assert [found[name].lacking for name in areas] == [(), (), ()]
        assert [found[name].rank_high for name in areas] == [3, 1, 2]

    def test_other_choices_do_not_rank_it_better_either(self) -> None:
        whole, hidden = of(self.WHOLE)["s02"].sensitivity, of(self.HIDDEN)["s02"].sensitivity
        assert whole is not None
        assert hidden is not None
        for kind in ("aggregation", "weights", "components"):
            assert hidden[kind][0] <= whole[kind][0]
            assert hidden[kind][1] >= whole[kind][1]


def test_a_pillar_less_does_not_help_in_the_usgi() -> None:
    """Six of eight pillars give an index, and no rank as if it were eight."""

    def at(share: float) -> dict[str, Value]:
        return {
            c.name: Value(c.low + (c.high - c.low) * (1 - share if c.reversed_ else share))
            for c in USGI.components
        }

    worst = USGI.pillars[0]
    bad = {c.name: Value(c.high if c.reversed_ else c.low) for c in worst.components}
    areas = {"a": at(0.5), "b": at(0.6) | bad}
    found = of(areas, USGI)
    assert [found[x].rank_high for x in "ab"] == [1, 2]
    without = {k: v for k, v in areas["b"].items() if k not in bad}
    found = of({**areas, "b": without}, USGI)
    assert found["b"].index == pytest.approx(60)
    assert (found["b"].rank_low, found["b"].rank_high) == (1, 2)
    assert (found["b"].lacking, found["a"].rank_high) == ((worst.code,), 2)


def test_an_area_without_an_index_may_still_be_the_best() -> None:
    calm, afraid = {"PER-12": Value(20.0, 1.0)}, {"PER-12": Value(70.0, 1.0)}
    found = of({"calm": calm, "afraid": afraid, "hidden": {}}, FEAR)
    assert (found["calm"].rank_low, found["calm"].rank_high) == (1, 2)
    assert (found["afraid"].rank_low, found["afraid"].rank_high) == (2, 3)
    assert (found["hidden"].rank_low, found["hidden"].possible) == (None, (0.0, 100.0))


def test_an_area_whose_only_number_is_hidden_is_listed_and_reckoned_with() -> None:
    def cell(stratum: str, value: float | None) -> Observation:
        return Observation(
            indicator="PER-12", stratum=stratum, ref_area=f"area-{stratum}", time_period="2026",
            obs_value=value, unit_measure="score", release="r", method_version="1.0.0",
            obs_status=ObsStatus.SUPPRESSED if value is None else ObsStatus.NORMAL,
            conf_status=ConfStatus.FREE,
        )  # fmt: skip

    cells = [cell("s01", 20.0), cell("s02", 70.0), cell("s03", None)]
    found = {r.area: r for r in scored(FEAR, cells, seed=1).strata.areas}
    assert [found[s].rank_high for s in ("s01", "s02", "s03")] == [2, 3, None]
    assert (found["s03"].index, found["s03"].missing) == (None, ("PER-12",))
