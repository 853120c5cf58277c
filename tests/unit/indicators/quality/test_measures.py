"""Measures by hand: digits, distances, effects, flags."""

import numpy as np
import pytest
from usga_indicators.domain.quality import Area, first_digits, myers, whipple
from usga_indicators.domain.quality.detection import (
    Counted,
    benjamini_hochberg,
    fisher_upper,
    flags,
)
from usga_indicators.domain.quality.effects import interviewer_effect
from usga_indicators.domain.quality.places import great_circle_m, inside
from usga_indicators.domain.quality.ratings import ratings


class TestDigits:
    def test_evenly_spread_ages_have_no_heaping(self) -> None:
        assert whipple(np.arange(23.0, 63.0)) == 100.0
        # both series end at 79: (d + 1) 6 + (9 - d) 5 = 51 + d of 555, so nearly even
        assert myers(np.arange(20.0, 80.0)) == pytest.approx(12.5 / 5.55)

    def test_only_tens_and_fives_are_all_heaping(self) -> None:
        assert whipple(np.array([25.0, 30.0, 40.0, 55.0, 18.0, 65.0])) == 500.0
        assert myers(np.array([30.0, 40.0, 50.0])) == pytest.approx(90.0)

    def test_nobody_of_age_has_no_index(self) -> None:
        assert np.isnan(whipple(np.array([np.nan, 5.0])))
        assert np.isnan(myers(np.array([np.nan, 5.0])))

    def test_amounts_of_any_size_have_a_first_digit(self) -> None:
        found = first_digits(np.array([0.00199, 1.0, 1999.0, 1e15, 0.0, np.nan]))
        expected = np.log10(1 + 1 / np.arange(1, 10))
        off = np.abs(np.array([1.0, *[0.0] * 8]) - expected)
        assert found.mad == pytest.approx(off.mean())


class TestPlaces:
    def test_a_quarter_of_the_equator(self) -> None:
        quarter = great_circle_m(np.array([0.0]), np.array([0.0]), 0.0, 90.0)
        assert quarter[0] == pytest.approx(np.pi / 2 * 6_371_008.8)

    def test_a_notch_is_outside(self) -> None:
        # a square with a bite taken out of its eastern side
        corners = (
            (0.0, 0.0),
            (0.0, 4.0),
            (1.5, 4.0),
            (2.0, 2.0),
            (2.5, 4.0),
            (4.0, 4.0),
            (4.0, 0.0),
        )
        area = Area((2.0, 2.0), corners)
        points = np.array([[2.0, 1.0], [2.0, 3.5], [3.0, 3.5], [5.0, 1.0], [2.0, -1.0]])
        assert inside(area, points[:, 0], points[:, 1]).tolist() == [
            True,
            False,
            True,
            False,
            False,
        ]


class TestRatings:
    def test_straight_lines_have_neither_spread_nor_difference(self) -> None:
        found = ratings(np.array([[3.0, 3.0, 3.0, 3.0], [1.0, 1.0, 5.0, np.nan]]))
        assert found.sd.tolist() == [0.0, pytest.approx(np.std([1, 1, 5], ddof=1))]
        assert found.longest_run.tolist() == [4, 2]
        assert found.modal_share.tolist() == [1.0, pytest.approx(2 / 3)]
        assert found.nondifferentiation.tolist() == [0.0, pytest.approx(4 / 3)]

    def test_a_missing_answer_ends_a_run(self) -> None:
        assert ratings(np.array([[2.0, 2.0, np.nan, 2.0]])).longest_run.tolist() == [2]


class TestEffects:
    def test_answers_that_depend_on_the_interviewer_alone_correlate_wholly(self) -> None:
        found = interviewer_effect(np.array([1.0, 1.0, 5.0, 5.0]), np.array([0, 0, 1, 1]))
        assert (found.icc, found.interviewer_deff) == (1.0, 2.0)

    def test_one_interviewer_has_no_effect(self) -> None:
        assert np.isnan(interviewer_effect(np.array([1.0, 2.0]), np.array([0, 0])).icc)

    def test_less_alike_than_chance_is_negative_and_no_design_effect(self) -> None:
        found = interviewer_effect(np.array([1.0, 5.0, 1.0, 5.0]), np.array([0, 0, 1, 1]))
        assert found.icc == pytest.approx(-1.0)
        assert found.interviewer_deff == 1.0


class TestFlags:
    def test_fishers_test_is_that_of_the_textbook(self) -> None:
        # Fisher's tea: 3 of 4 right among 8, of which 4 were so
        assert fisher_upper(3, 4, 4, 8) == pytest.approx(17 / 70)
        assert fisher_upper(0, 4, 4, 8) == pytest.approx(1.0)

    def test_adjusted_p_values_are_those_of_the_procedure(self) -> None:
        found = benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.005]))
        assert found == pytest.approx([0.02, 0.04, 0.04, 0.02])

    def test_honest_interviewers_are_seldom_flagged(self) -> None:
        random = np.random.default_rng(20261125)
        surveys = [self.flagged(random) for _ in range(40)]
        assert sum(len(flagged) > 0 for flagged in surveys) <= 6
        assert all("p" in self.flagged(random, cheat=True) for _ in range(20))

    def flagged(self, random: np.random.Generator, *, cheat: bool = False) -> set[str]:
        """Twenty interviewers of forty interviews; the first, "p", may cheat."""
        names = ["p", *(f"h{i:02d}" for i in range(19))]
        looked = np.full(20, 40)
        measures = {}
        for name in "abcdefghi":
            measures[name] = Counted(random.binomial(40, 0.05, size=20), looked)
        if cheat:
            measures["a"].found[0] = 16
        digits = random.multinomial(40, np.log10(1 + 1 / np.arange(1, 10)), size=20)
        variance = random.normal(1.2, 0.08, size=20)
        found = flags(names, measures, first_digits=digits, answer_variance=variance)
        return {flag.interviewer for flag in found}
