"""Designs that are refused, and what the accepted ones know about themselves."""

from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.design import (
    ClusterCrossesStrata,
    DesignError,
    InvalidPopulationSize,
    InvalidReplicates,
    InvalidWeight,
    LonelyPrimaryUnit,
    MissingDesignValue,
    SinglePrimaryUnit,
    SurveyDesign,
    covariance_of_total,
)
from usga_indicators.domain.design.replicates import ReplicateDesign, jackknife

W = np.array([1.0, 2.0, 3.0, 4.0])
PSU = np.array(["a", "a", "b", "c"])
STRATUM = np.array(["x", "x", "x", "y"])


class TestRefusals:
    @pytest.mark.parametrize("bad", [float("nan"), -1.0, float("inf")])
    def test_a_weight_that_is_no_weight(self, bad: float) -> None:
        with pytest.raises((InvalidWeight, MissingDesignValue)):
            SurveyDesign.of(weights=np.array([1.0, bad, 1.0]))

    @pytest.mark.parametrize("bad", [0.0, 1.5, -0.1])
    def test_a_probability_outside_its_range(self, bad: float) -> None:
        with pytest.raises(InvalidWeight):
            SurveyDesign.of(probabilities=np.array([0.5, bad]))

    def test_weights_and_probabilities_together(self) -> None:
        with pytest.raises(InvalidWeight):
            SurveyDesign.of(weights=W, probabilities=1 / W)

    def test_text_for_weights(self) -> None:
        with pytest.raises(InvalidWeight):
            SurveyDesign.of(weights=np.array(["1", "2"]))

    @pytest.mark.parametrize(
        "ids",
        [
            np.array([1.0, float("nan"), 2.0, 3.0]),
            np.array(["a", "", "b", "c"]),
            np.array(["a", None, "b", "c"], dtype=object),
        ],
    )
    def test_a_missing_unit_identifier(self, ids: np.ndarray) -> None:
        with pytest.raises(MissingDesignValue, match="unit identifier of stage 1"):
            SurveyDesign.of(weights=W, ids=[ids])

    def test_a_missing_stratum(self) -> None:
        with pytest.raises(MissingDesignValue, match="stratum"):
            SurveyDesign.of(weights=W, strata=np.array(["x", "", "y", "y"]))

    def test_columns_of_unequal_length(self) -> None:
        with pytest.raises(MissingDesignValue, match="length"):
            SurveyDesign.of(weights=W, ids=[PSU[:3]])
        with pytest.raises(MissingDesignValue, match="length"):
            SurveyDesign.of(weights=W, strata=STRATUM[:3])

    def test_no_rows(self) -> None:
        with pytest.raises(MissingDesignValue):
            SurveyDesign.of(weights=np.array([]))

    def test_a_psu_in_two_strata(self) -> None:
        crossing = np.array(["a", "b", "b", "a"])
        with pytest.raises(ClusterCrossesStrata):
            SurveyDesign.of(weights=W, ids=[crossing], strata=STRATUM)
        SurveyDesign.of(weights=W, ids=[crossing], strata=STRATUM, nest=True)

    def test_one_psu_for_everything(self) -> None:
        with pytest.raises(SinglePrimaryUnit):
            SurveyDesign.of(weights=W, ids=[np.array(["a"] * 4)])

    @pytest.mark.parametrize(
        "fpc",
        [
            np.full(4, 2.0),  # fewer than the four sampled
            np.array([10.0, 10.0, 0.5, 0.5]),  # sizes and fractions
            np.array([10.0, 10.0, 10.0, 11.0]),  # two sizes in one stratum
            np.full(4, -1.0),
            np.array(["ten"] * 4),
        ],
    )
    def test_a_population_size_that_cannot_be(self, fpc: np.ndarray) -> None:
        with pytest.raises(InvalidPopulationSize):
            SurveyDesign.of(weights=W, fpc=[fpc])

    def test_a_missing_population_size(self) -> None:
        with pytest.raises(MissingDesignValue):
            SurveyDesign.of(weights=W, fpc=[np.array([9.0, 9.0, 9.0, float("nan")])])

    def test_unequal_probabilities_need_fractions(self) -> None:
        with pytest.raises(InvalidPopulationSize):
            SurveyDesign.of(weights=W, fpc=[np.full(4, 9.0)], unequal_probabilities=True)

    def test_weights_from_an_infinite_population(self) -> None:
        with pytest.raises(InvalidWeight):
            SurveyDesign.of(fpc=[np.full(4, np.inf)])

    def test_every_refusal_has_its_own_code(self) -> None:
        codes = [c.code for c in DesignError.__subclasses__()]
        assert len(set(codes)) == len(codes)
        assert DesignError.code not in codes


class TestWeights:
    def test_population_sizes_give_the_weights(self) -> None:
        design = SurveyDesign.of(
            ids=[PSU, np.arange(4)], fpc=[np.full(4, 30.0), np.array([8.0, 8.0, 5.0, 7.0])]
        )
        assert design.weights.tolist() == pytest.approx([40, 40, 50, 70])

    def test_probabilities_give_the_weights(self) -> None:
        assert SurveyDesign.of(probabilities=1 / W).weights.tolist() == pytest.approx(W.tolist())

    def test_a_simple_random_sample_needs_only_its_size(self) -> None:
        assert SurveyDesign.of(rows=3).weights.tolist() == [1, 1, 1]


class TestDegreesOfFreedom:
    def test_psus_minus_strata_of_rows_with_weight(self) -> None:
        weights = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
        design = SurveyDesign.of(
            weights=weights,
            ids=[np.array([1, 1, 2, 3, 4])],
            strata=np.array(["x", "x", "x", "y", "y"]),
        )
        assert design.degrees_of_freedom() == 1
        assert design.degrees_of_freedom(np.array([True, True, False, False, True])) == 0


class TestLonelyUnits:
    """Stratum y has one PSU with total 6 of z; stratum x has PSU totals 1 and 3."""

    z = np.array([[0.0], [1.0], [3.0], [6.0]])

    def variance(self, rule: str, rows: np.ndarray | None = None, **options: Any) -> float:
        design = SurveyDesign.of(
            weights=np.ones(4), ids=[PSU], strata=STRATUM, lonely_psu=rule, **options
        )
        z = self.z if rows is None else self.z * rows[:, None]
        return float(covariance_of_total(design, z, rows)[0, 0])

    def test_fail_refuses(self) -> None:
        with pytest.raises(LonelyPrimaryUnit, match="stage 1"):
            self.variance("fail")

    def test_fail_does_not_mind_a_domain_without_the_stratum(self) -> None:
        assert self.variance("fail", np.array([True, True, True, False])) == pytest.approx(4)

    @pytest.mark.parametrize("rule", ["remove", "certainty"])
    def test_remove_and_certainty_add_nothing(self, rule: str) -> None:
        assert self.variance(rule) == pytest.approx(4)  # 2 [(1-2)^2 + (3-2)^2]

    def test_average_lets_the_known_stratum_stand_for_both(self) -> None:
        assert self.variance("average") == pytest.approx(8)

    def test_adjust_centres_on_the_mean_of_all_psus(self) -> None:
        assert self.variance("adjust") == pytest.approx(4 + (6 - 10 / 3) ** 2)

    def test_adjust_domain_lonely_takes_in_psus_left_alone(self) -> None:
        left = np.array([False, False, True, True])  # PSU b alone of x with 3, c of y with 6
        centre = (3 + 6) / 3
        lonely = (6 - centre) ** 2
        assert self.variance("adjust", left) == pytest.approx(2 * 2 * 1.5**2 + lonely)
        adjusted = self.variance("adjust", left, adjust_domain_lonely=True)
        assert adjusted == pytest.approx(2 * ((3 - centre) ** 2 + centre**2) + lonely)

    def test_average_without_a_known_stratum_is_undefined(self) -> None:
        left = np.array([False, False, True, False])
        assert np.isnan(self.variance("average", left, adjust_domain_lonely=True))

    def test_a_stratum_taken_whole_is_not_lonely(self) -> None:
        design = SurveyDesign.of(
            weights=np.ones(4),
            ids=[PSU],
            strata=STRATUM,
            fpc=[np.array([2.0, 2.0, 2.0, 1.0])],
        )
        assert covariance_of_total(design, self.z)[0, 0] == 0


class TestStages:
    def test_stages_below_the_given_sizes_are_complete(self) -> None:
        psu, unit = np.array([1, 1, 2, 2]), np.arange(4)
        z = np.array([[1.0], [4.0], [2.0], [8.0]])
        sizes = np.full(4, 10.0)
        one = SurveyDesign.of(weights=np.ones(4), ids=[psu], fpc=[sizes])
        two = SurveyDesign.of(weights=np.ones(4), ids=[psu, unit], fpc=[sizes])
        assert covariance_of_total(two, z) == pytest.approx(covariance_of_total(one, z))

    def test_the_ultimate_cluster_leaves_later_stages_out(self) -> None:
        psu, unit = np.array([1, 1, 2, 2]), np.arange(4)
        z = np.array([[1.0], [4.0], [2.0], [8.0]])
        sizes = [np.full(4, 10.0), np.full(4, 20.0)]
        whole = SurveyDesign.of(weights=np.ones(4), ids=[psu, unit], fpc=sizes)
        cut = SurveyDesign.of(
            weights=np.ones(4), ids=[psu, unit], fpc=sizes, ultimate_cluster=True
        )
        first = (1 - 2 / 10) * 2 * ((5 - 7.5) ** 2 + (10 - 7.5) ** 2)
        second = 2 / 10 * (1 - 2 / 20) * 2 * (2 * 1.5**2 + 2 * 3**2)
        assert covariance_of_total(cut, z)[0, 0] == pytest.approx(first)
        assert covariance_of_total(whole, z)[0, 0] == pytest.approx(first + second)

    def test_fractions_may_differ_between_units_by_brewers_rule(self) -> None:
        z = np.array([[1.0], [4.0], [2.0]])
        fractions = np.array([0.5, 0.25, 0.2])
        design = SurveyDesign.of(weights=np.ones(3), fpc=[fractions], unequal_probabilities=True)
        expected = 3 / 2 * ((1 - fractions) * (z[:, 0] - z.mean()) ** 2).sum()
        assert covariance_of_total(design, z)[0, 0] == pytest.approx(expected)


class TestReplicates:
    def test_replicates_and_rows_differ(self) -> None:
        with pytest.raises(InvalidReplicates):
            ReplicateDesign.of(weights=W, replicates=np.ones((3, 2)), kind="BRR")

    def test_fay_needs_rho_and_unknown_kinds_a_scale(self) -> None:
        for kind in ("Fay", "JKn"):
            with pytest.raises(InvalidReplicates):
                ReplicateDesign.of(weights=W, replicates=np.ones((4, 2)), kind=kind)

    def test_a_missing_replicate_weight(self) -> None:
        replicates = np.ones((4, 2))
        replicates[1, 1] = np.nan
        with pytest.raises(MissingDesignValue):
            ReplicateDesign.of(weights=W, replicates=replicates, kind="BRR")

    def test_factors_are_multiplied_into_the_weights(self) -> None:
        factors = np.array([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0], [0.0, 2.0]])
        design = ReplicateDesign.of(weights=W, replicates=factors, kind="BRR", combined=False)
        assert design.replicates[:, 0].tolist() == [2, 0, 6, 0]
        assert design.scale == 0.5

    def test_jk1_is_not_for_strata(self) -> None:
        design = SurveyDesign.of(weights=np.ones(4), strata=np.array([1, 1, 2, 2]))
        with pytest.raises(InvalidReplicates):
            jackknife(design, "JK1")

    def test_a_lonely_unit_has_no_replicate(self) -> None:
        strata = np.array([1, 1, 1, 2])
        with pytest.raises(LonelyPrimaryUnit):
            jackknife(SurveyDesign.of(strata=strata, weights=W), "JKn")
        certain = SurveyDesign.of(strata=strata, weights=W, lonely_psu="certainty")
        kept = jackknife(certain, "JKn")
        assert kept.replicates.shape == (4, 3)

    def test_the_stratum_of_a_lonely_unit_is_dropped_under_adjust(self) -> None:
        strata = np.array([1, 1, 1, 2])
        adjusted = SurveyDesign.of(strata=strata, weights=W, lonely_psu="adjust")
        found = jackknife(adjusted, "JKn")
        assert found.replicates[:, 3].tolist() == [2, 4, 6, 0]  # the other stratum stands for both
        assert found.rscales.tolist() == pytest.approx([2 / 3] * 3 + [1 / 2])

    def test_units_with_a_replicate_stand_for_all_under_average(self) -> None:
        strata = np.array([1, 1, 1, 2])
        found = jackknife(SurveyDesign.of(strata=strata, weights=W, lonely_psu="average"), "JKn")
        assert found.scale == pytest.approx(4 / 3)
        assert found.replicates.shape == (4, 3)

    def test_strata_taken_whole_have_no_replicates(self) -> None:
        strata, sizes = np.array([1, 1, 2, 2]), np.array([5.0, 5.0, 2.0, 2.0])
        found = jackknife(SurveyDesign.of(strata=strata, weights=W, fpc=[sizes]), "JKn")
        assert found.replicates.shape == (4, 2)
        assert found.degrees_of_freedom() == 1
        whole = SurveyDesign.of(strata=strata, weights=W, fpc=[np.full(4, 2.0)])
        with pytest.raises(InvalidReplicates, match="taken"):
            jackknife(whole, "JKn")

    def test_replicates_without_a_value_are_left_out(self) -> None:
        design = jackknife(SurveyDesign.of(rows=5), "JK1")
        rows = np.array([True, False, False, False, False])
        y = np.array([7.0, 0, 0, 0, 0])
        variance = design.covariance(lambda w: np.array([(w @ y) / w.sum()]), rows)
        assert variance[0, 0] == pytest.approx(0)
