"""The index: worked values, missing rules, intervals, ranks, ties, sensitivity."""

from dataclasses import replace

import numpy as np
import pytest
from usga_indicators.domain.composites import (
    Aggregation,
    Component,
    Index,
    Normalisation,
    Pillar,
    Value,
    Weights,
    ampi,
    evaluate,
    goalposts,
    read_index,
    score,
    shipped,
)
from usga_indicators.domain.composites.sensitivity import ranks_between
from usga_indicators.domain.definition import catalogue

USGI = next(i for i in shipped() if i.code == "USGI")


def plain(pillars: int, each: int = 1, *, needs: int | None = None) -> Index:
    """Pillars of components on 0 to 100."""
    return Index(
        "X", "1.0.0", {"en": "X"},
        tuple(
            Pillar(
                f"p{p}", {"en": f"p{p}"},
                tuple(Component(f"I{p}{c}", "_T", 0, 100, reversed_=False) for c in range(each)),
            )
            for p in range(pillars)
        ),
        floor=1, pillar_needs=2 / 3, index_needs=needs or pillars,
    )  # fmt: skip


def of(index: Index, **areas: list[float]) -> dict[str, dict[str, Value]]:
    return {
        area: {
            c.name: Value(v, 2.0)
            for c, v in zip(index.components, values, strict=True)
            if not np.isnan(v)
        }
        for area, values in areas.items()
    }


class TestShipped:
    def test_every_component_is_an_indicator_with_the_same_direction(self) -> None:
        directions = {d.code: d.direction for d in catalogue()}
        for component in USGI.components:
            assert directions[component.indicator] == ("-" if component.reversed_ else "+")

    def test_it_has_eight_pillars_in_five_languages(self) -> None:
        assert len(USGI.pillars) == 8
        assert len(USGI.components) == 40
        for titled in (USGI, *USGI.pillars):
            assert set(titled.title) == {"en", "es", "ru", "sw", "uz"}

    def test_goalposts_that_fall_are_refused(self) -> None:
        text = (
            "{code: X, version: '1', title: {en: X}, floor: 1, pillar_needs: 1, index_needs: 1,"
            " pillars: [{code: p, title: {en: p}, indicators:"
            " [{indicator: A-01, direction: '+', low: 5, high: 5}]}]}"
        )
        with pytest.raises(ValueError, match="A-01"):
            read_index(text)


class TestScores:
    def test_the_worked_values_of_normalisation(self) -> None:
        index = replace(
            plain(1),
            pillars=(
                Pillar(
                    "p", {},
                    (
                        Component("A", "_T", 20, 95, reversed_=False),
                        Component("B", "_T", 0, 60, reversed_=True),
                        Component("C", "_T", 0, 60, reversed_=True),
                    ),
                ),
            ),
        )  # fmt: skip
        assert goalposts(np.array([[62.0, 18.0, 99.0]]), index)[0] == pytest.approx([56, 70, 0])

    def test_the_worked_values_of_aggregation(self) -> None:
        index, values = plain(3), np.array([[56.0, 70.0, 40.0]])
        equal = Weights.equal(index)
        found = {a: float(score(values, index, equal, aggregation=a)[0][0]) for a in Aggregation}
        assert found[Aggregation.GEOMETRIC] == pytest.approx(156_800 ** (1 / 3))
        assert found[Aggregation.ARITHMETIC] == pytest.approx(55.33, abs=0.005)
        assert found[Aggregation.AMPI] < found[Aggregation.ARITHMETIC]

    def test_balance_is_not_punished(self) -> None:
        assert ampi(np.array([50.0, 50.0])) == pytest.approx(50)

    def test_a_pillar_of_zero_does_not_make_the_whole_zero(self) -> None:
        index = plain(2)
        found, _ = score(np.array([[0.0, 100.0]]), index, Weights.equal(index))
        assert found[0] == pytest.approx(10)  # the root of 1 x 100

    @pytest.mark.parametrize(("known", "valid"), [(3, True), (2, True), (1, False)])
    def test_a_pillar_needs_two_thirds_of_its_indicators(self, known: int, valid: bool) -> None:
        index = plain(1, 3)
        values = np.array([[50.0] * known + [np.nan] * (3 - known)])
        assert np.isnan(score(values, index, Weights.equal(index))[1][0, 0]) != valid

    @pytest.mark.parametrize(("known", "valid"), [(8, True), (6, True), (5, False)])
    def test_the_index_needs_six_of_eight_pillars(self, known: int, valid: bool) -> None:
        index = plain(8, needs=6)
        values = np.array([[50.0] * known + [np.nan] * (8 - known)])
        assert np.isnan(score(values, index, Weights.equal(index))[0][0]) != valid

    @pytest.mark.parametrize("how", Normalisation)
    def test_more_of_what_is_good_is_never_worse(self, how: Normalisation) -> None:
        index = plain(2)
        values = np.array([[30.0, 40.0], [60.0, 70.0], [80.0, 90.0]])
        found, _ = score(values, index, Weights.equal(index), normalisation=how)
        assert list(found) == sorted(found)


class TestResults:
    INDEX = plain(3, needs=2)
    AREAS = of(INDEX, a=[20, 30, 25], b=[70, 72, 74], c=[71, 73, 73])

    def test_the_interval_is_that_of_the_errors(self) -> None:
        one = plain(1)
        found = evaluate(one, {"a": {"I00": Value(50, 4)}}, seed=7, draws=4000).areas[0]
        assert found.low is not None
        assert found.high is not None
        assert found.low == pytest.approx(50 - 1.96 * 4, abs=0.5)
        assert found.high == pytest.approx(50 + 1.96 * 4, abs=0.5)

    def test_the_same_seed_gives_the_same_numbers(self) -> None:
        first, again, other = (evaluate(self.INDEX, self.AREAS, seed=s) for s in (1, 1, 2))
        assert first == again
        assert first.areas[0].low != other.areas[0].low

    def test_areas_whose_intervals_overlap_are_ties_Q04(self) -> None:
        found = {r.area: r for r in evaluate(self.INDEX, self.AREAS, seed=1).areas}
        assert found["a"].ties == ()
        assert found["b"].ties == ("c",)
        assert (found["a"].rank_low, found["a"].rank_high) == (3, 3)
        assert (found["b"].rank_low, found["b"].rank_high) == (1, 2)

    def test_sensitivity_tells_the_range_of_ranks(self) -> None:
        areas = of(self.INDEX, even=[55, 55, 55], uneven=[95, 68, 12], low=[5, 5, 5])
        found = {r.area: r for r in evaluate(self.INDEX, areas, seed=1).areas}
        ranges = found["uneven"].sensitivity
        assert ranges is not None
        assert set(ranges) == {"normalisation", "aggregation", "weights", "components"}
        assert ranges["aggregation"] == (1, 2)  # first where pillars make up for one another
        assert found["low"].sensitivity == dict.fromkeys(ranges, (3, 3))

    def test_what_is_missing_is_named_and_never_imputed(self) -> None:
        areas = of(self.INDEX, a=[20, float("nan"), 25], b=[70, 72, 74])
        first, second = evaluate(self.INDEX, areas, seed=1).areas
        assert first.missing == ("I10",)
        assert first.pillars["p1"] is None
        assert evaluate(plain(3), areas, seed=1).areas[0].rank_low is None
        assert second.index is not None

    def test_equal_scores_share_a_rank(self) -> None:
        scores = np.array([5.0, 9.0, 9.0, np.nan])
        best, worst = ranks_between(scores, scores, self.INDEX)
        assert best[:3].tolist() == worst[:3].tolist() == [3, 1, 1]
