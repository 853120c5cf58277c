"""What cannot be weighted is refused with its place, before anything is stored."""

from dataclasses import replace

import numpy as np
import pytest
from usga_indicators.domain.weighting.make import apply_steps, make_weights
from usga_indicators.domain.weighting.recipe import (
    Calibrate,
    NonResponse,
    Of,
    Rake,
    Recipe,
    Trim,
)
from usga_indicators.domain.weighting.refusals import WeightingRefused
from usga_indicators.domain.weighting.replicate_weights import (
    Asked,
    Method,
    Psus,
    factors_of_psus,
    replicate_weights,
)
from usga_indicators.domain.weighting.units import (
    CaseGroup,
    Categories,
    Margin,
    Surroundings,
    Units,
)

PERSON = (Of.PERSON,)


def of(*values: str) -> Categories:
    levels = tuple(sorted({v for v in values if v}))
    return Categories(
        np.array([levels.index(v) if v else -1 for v in values], dtype=np.int64), levels
    )


W = np.array([10.0, 10, 20, 20, 20, 60])
SIX = Units(
    list("uvwxyz"),
    W,
    W,
    {
        "stratum": of("s", "s", "s", "t", "t", "t"),
        "psu": of("a", "a", "b", "c", "c", "d"),
        "sex": of("f", "m", "f", "m", "f", "m"),
        "twin": of("f", "m", "f", "m", "f", "m"),
        "half": of("f", "", "f", "m", "", "m"),
        "only": of("x", "y", "y", "y", "y", "y"),
    },
)


def around(**margins: dict[str, float]) -> Surroundings:
    found = {
        name: Margin(name, (name,), {(k,): v for k, v in counts.items()})
        for name, counts in margins.items()
    }
    return Surroundings(margins=found)


def refusal(
    recipe: Recipe, units: Units = SIX, near: Surroundings | None = None
) -> tuple[str, str]:
    with pytest.raises(WeightingRefused) as caught:
        make_weights(recipe, units, near or Surroundings())
    return caught.value.findings[0].place, caught.value.findings[0].code


def test_margins_that_contradict_one_another_do_not_converge() -> None:
    near = around(sex={"f": 100.0, "m": 100.0}, twin={"f": 150.0, "m": 50.0})
    rake = Recipe((Rake(("sex", "twin"), of=PERSON),))
    assert refusal(rake, near=near) == ("/recipe/steps/0", "raking-not-converging")
    greg = Recipe((Calibrate(("sex", "twin"), of=PERSON),))
    assert refusal(greg, near=near) == ("/recipe/steps/0", "calibration-failed")


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1.0])
def test_base_weights_are_finite_and_not_negative(wrong: float) -> None:
    weights = W.copy()
    weights[3] = wrong
    place, code = refusal(Recipe(), replace(SIX, household=weights))
    assert (place, code) == ("/base/household", "invalid-base-weight")


def test_weights_that_overflow() -> None:
    near = around(sex={"f": 1e300, "m": 1e300})
    place, code = refusal(Recipe((Rake(("sex",), of=PERSON),)), near=near)
    assert (place, code) == ("/recipe/steps/0", "weights-overflow")


@pytest.mark.parametrize("step", [Calibrate(("sex",), bounds=(5.0, 1.0)), Trim(upper=1, lower=5)])
def test_crossed_bounds_are_named_as_such(step: Calibrate | Trim) -> None:
    near = around(sex={"f": 70.0, "m": 70.0})
    recipe = Recipe((replace(step, of=PERSON),))
    assert refusal(recipe, near=near) == ("/recipe/steps/0", "bounds-crossed")


@pytest.mark.parametrize(
    ("counts", "warned"),
    [
        ({"f": 70.0, "m": 70.0}, 0),
        ({"f": 140.0, "m": 139.0}, 0),  # not yet twice the weighted sum of 140
        ({"f": 140.0, "m": 141.0}, 1),
        ({"f": 35.0, "m": 34.0}, 1),
        ({"f": 0.04, "m": 139.96}, 1),  # the 50 of the women shrink by more than a thousand
        ({"f": 1e-300, "m": 1e12}, 3),
    ],
)
@pytest.mark.parametrize(
    "step", [Rake(("sex",), of=PERSON), Calibrate(("sex",), distance="linear", of=PERSON)]
)
def test_populations_that_may_be_a_slip_are_warned_of(
    step: Rake | Calibrate, counts: dict[str, float], warned: int
) -> None:
    made = make_weights(Recipe((step,)), SIX, around(sex=counts))
    warnings = made.diagnostics["steps"][0]["person"]["warnings"]
    assert len(warnings) == warned, warnings
    assert all("margin sex" in each for each in warnings)


def test_a_linear_calibration_never_gives_negative_weights() -> None:
    near = around(sex={"f": 49.0, "m": 91.0}, only={"x": 139.0, "y": 1.0})
    place, code = refusal(Recipe((Calibrate(("sex", "only"), of=PERSON),)), near=near)
    assert (place, code) == ("/recipe/steps/0", "negative-weight")


def test_who_has_no_category_is_refused_or_keeps_a_share() -> None:
    near = around(half={"f": 300.0, "m": 500.0})
    rake = Rake(("half",), of=PERSON)
    assert refusal(Recipe((rake,)), near=near)[1] == "interviews-outside-margin"
    made = make_weights(Recipe((replace(rake, missing="keep"),)), SIX, near)
    weights = made.weights[Of.PERSON]
    unknown = np.array([False, True, False, False, True, False])
    assert weights[unknown].sum() == pytest.approx(800 * 30 / 140)  # v and y weigh 30 of 140
    assert weights[[0, 2]].sum() == pytest.approx(300 * 110 / 140)
    assert weights.sum() == pytest.approx(800)


def test_more_interviews_than_cases() -> None:
    near = Surroundings(
        [CaseGroup("s", "a", "", 1, 5.0, 0, 0), CaseGroup("t", "c", "", 1, 1e4, 0, 0)]
    )
    place, code = refusal(Recipe((NonResponse(("stratum",)),)), near=near)
    assert (place, code) == ("/recipe/steps/0/by", "more-interviews-than-cases")


def test_a_class_that_a_weight_set_does_not_know() -> None:
    near = around(only={"x": 100.0, "y": 300.0})
    made = make_weights(Recipe((Rake(("only",), of=PERSON),)), SIX, near)
    later = replace(SIX, variables={**SIX.variables, "only": of("x", "y", "y", "z", "y", "y")})
    with pytest.raises(WeightingRefused, match="1 interviews are in no class of only"):
        apply_steps(made.steps, later)


def test_later_interviews_of_known_classes_have_their_weight() -> None:
    near = around(only={"x": 100.0, "y": 300.0})
    made = make_weights(
        Recipe((Rake(("only",), of=PERSON), Trim(upper=90.0, of=PERSON))), SIX, near
    )
    one = Units(["new"], np.array([4.0]), np.array([4.0]), {"only": of("x")})
    (weight,) = apply_steps(made.steps, one)[Of.PERSON]
    x_of_six = float(made.steps[0].apply(Of.PERSON, W, SIX, "")[0])
    assert made.steps[0].apply(Of.PERSON, one.person, one, "")[0] == pytest.approx(
        4 * x_of_six / 10
    )
    assert weight <= 90.0


def test_who_stood_at_the_bound_already_is_not_in_the_log() -> None:
    """Three times the median in exact numbers, a hair above it in floats."""
    hair = replace(SIX, person=np.array([10.0, 10, 20, 20, np.nextafter(40, 41), 60]))
    made = make_weights(Recipe((Trim(upper=40.0, of=PERSON),)), hair, Surroundings())
    assert [(each.unit, each.before, each.after) for each in made.trimmed] == [("z", 60.0, 40.0)]


class TestReplicates:
    def test_a_replicate_that_loses_a_category_is_named(self) -> None:
        near = around(only={"x": 100.0, "y": 300.0})  # x is in PSU a alone
        recipe = Recipe((Rake(("only",), of=PERSON),))
        made = make_weights(recipe, SIX, near)
        psus = Psus.of(SIX, near, {})
        with pytest.raises(WeightingRefused, match="in replicate 1: margin only, only = x"):
            replicate_weights(recipe, made.weights, SIX, near, psus=psus, asked=Asked(Method.JKN))
        plain = replicate_weights(
            recipe,
            made.weights,
            SIX,
            near,
            psus=psus,
            asked=Asked(Method.JKN, readjust=False),
        )
        assert plain.replicates[Of.PERSON].shape == (6, 4)

    def test_a_lonely_psu_is_in_every_replicate(self) -> None:
        psus = Psus((("s", "a"), ("s", "b"), ("t", "c")))
        factors = factors_of_psus(psus, Asked(Method.JKN))
        assert factors.of_psu.tolist() == [[0.0, 2.0], [2.0, 0.0], [1.0, 1.0]]
        booted = factors_of_psus(psus, Asked(Method.BOOTSTRAP, replicates=9))
        assert (booted.of_psu[2] == 1).all()
        assert (booted.of_psu[:2].sum(axis=0) == 2).all()

    def test_psus_without_an_interview_are_dropped_too(self) -> None:
        psus = Psus.of(SIX, Surroundings(), {"s": 3})
        factors = factors_of_psus(psus, Asked(Method.JKN))
        assert factors.count == 3 + 2
        assert sorted(set(factors.of_psu[0])) == [0.0, 1.0, 1.5]

    def test_population_sizes_shrink_rscales(self) -> None:
        psus = Psus((("s", "a"), ("s", "b")), {"s": 8.0})
        assert factors_of_psus(psus, Asked(Method.JKN)).rscales.tolist() == [0.375, 0.375]
        with pytest.raises(WeightingRefused, match="stratum s has 1 PSUs"):
            factors_of_psus(Psus(psus.keys, {"s": 1.0}), Asked(Method.JKN))

    def test_a_sample_without_pairs_has_no_replicate(self) -> None:
        with pytest.raises(WeightingRefused, match="no stratum has two PSUs"):
            factors_of_psus(Psus((("s", "a"), ("t", "c"))), Asked(Method.JKN))
