"""Weight sets and replicate weights against R 4.2.2 `survey` 4.1.1.

The numbers are those of tests/golden/survey (its README says which R call each is): `rake`,
`postStratify`, `calibrate`, `trimWeights(strict = TRUE)` and `as.svrepdesign`.
"""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.estimation import Statistic, estimate
from usga_indicators.domain.weighting.make import Made, apply_steps, make_weights
from usga_indicators.domain.weighting.recipe import Calibrate, NonResponse, Of, Rake, Recipe, Trim
from usga_indicators.domain.weighting.replicate_weights import (
    Asked,
    Method,
    Psus,
    replicate_weights,
)
from usga_indicators.domain.weighting.units import (
    CaseGroup,
    Categories,
    Margin,
    Surroundings,
    Units,
)

SURVEY = Path(__file__).parents[1] / "survey"
PERSON = (Of.PERSON,)


@cache
def table(name: str) -> dict[str, list[str]]:
    with (SURVEY / "data" / name).open() as file:
        rows = list(csv.DictReader(file))
    return {column: [row[column] for row in rows] for column in rows[0]}


@cache
def expected(case: str) -> dict[str, Any]:
    cases = json.loads((SURVEY / "cases.json").read_text())["cases"]
    found: dict[str, Any] = next(c["expected"] for c in cases if c["id"] == case)
    return found


@cache
def adjustments(design: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SURVEY / "designs.json").read_text())[design][
        "adjust"
    ]
    return found


def floats(values: list[str]) -> FloatArray:
    return np.array([float(v) for v in values])


def units(name: str, weight: str, variables: dict[str, str]) -> Units:
    data = table(name)
    columns = {}
    for called, column in variables.items():
        levels = sorted(set(data[column]))
        codes = np.array([levels.index(v) for v in data[column]], dtype=np.int64)
        columns[called] = Categories(codes, tuple(levels))
    weights = floats(data[weight])
    return Units([f"u{i}" for i in range(len(weights))], weights, weights, columns)


def margin(name: str, variables: list[str], population: list[dict[str, Any]]) -> Margin:
    counts = {tuple(str(cell[v]) for v in variables): float(cell["Freq"]) for cell in population}
    return Margin(name, tuple(variables), counts)


def agrees(made: Made, case: str, rtol: float = 1e-6) -> None:
    weights, r = made.weights[Of.PERSON], expected(case)
    got = {
        "sum": weights.sum(), "sumsq": weights @ weights,
        "min": weights.min(), "max": weights.max(),
    }  # fmt: skip
    for name, value in got.items():
        assert value == pytest.approx(r[name], rel=rtol), name
    assert weights[:10] == pytest.approx(np.array(r["first"]), rel=rtol)


def settlements() -> Units:
    names = {"settlement": "settlement", "sex": "sex", "age_group": "age_group"}
    return units("settlement_resp.csv", "weight", names)


def settlement_margins() -> dict[str, Margin]:
    (step,) = adjustments("sett_rake")
    found = [margin(str(at), m["by"], m["population"]) for at, m in enumerate(step["margins"])]
    return {m.name: m for m in found}


def test_raked_weights() -> None:
    around = Surroundings(margins=settlement_margins())
    made = make_weights(Recipe((Rake(("0", "1"), of=PERSON),)), settlements(), around)
    agrees(made, "weights-014")
    weights = made.weights[Of.PERSON]
    for each in around.margins.values():
        classes = settlements().classes(each.variables, "")
        sums = np.bincount(classes.placed_in(tuple(each.counts)), weights=weights)
        assert sums == pytest.approx(np.array(list(each.counts.values())), rel=1e-9)


def test_one_margin_is_post_stratification() -> None:
    (step,) = adjustments("clus1_ps")
    around = Surroundings(margins={"m": margin("m", step["by"], step["population"])})
    sample = units("apiclus1.csv", "pw", {"stype": "stype"})
    agrees(make_weights(Recipe((Rake(("m",), of=PERSON),)), sample, around), "weights-002")
    linear = Recipe((Calibrate(("m",), distance="linear", of=PERSON),))
    agrees(make_weights(linear, sample, around), "weights-002")


def test_calibration_by_the_raking_distance_is_raking() -> None:
    (step,) = adjustments("clus1_rake")
    found = [margin(str(at), m["by"], m["population"]) for at, m in enumerate(step["margins"])]
    around = Surroundings(margins={m.name: m for m in found})
    sample = units("apiclus1.csv", "pw", {"stype": "stype", "sch_wide": "sch_wide"})
    for recipe in (
        Recipe((Rake(("0", "1"), of=PERSON),)),
        Recipe((Calibrate(("0", "1"), distance="raking", of=PERSON),)),
    ):
        agrees(make_weights(recipe, sample, around), "weights-003")


def test_weighting_classes_of_non_response() -> None:
    """`weight` of the file was made by its own script: settlement x sex, the ineligible leave."""
    cases = table("settlement_survey.csv")
    groups: dict[tuple[str, str], list[float]] = {}
    rows = zip(
        cases["settlement"], cases["sex"], cases["disposition"], floats(cases["base_weight"]),
        strict=True,
    )  # fmt: skip
    for settlement, sex, disposition, weight in rows:
        held = groups.setdefault((settlement, sex), [0.0, 0.0])
        held[disposition == "ineligible"] += weight
    around = Surroundings(
        [CaseGroup(s, "", sex, 1, eligible=e, unknown=0.0, not_eligible=ne)
         for (s, sex), (e, ne) in groups.items()]
    )  # fmt: skip
    answered = units(
        "settlement_resp.csv", "base_weight", {"stratum": "settlement", "area": "sex"}
    )
    made = make_weights(Recipe((NonResponse(("stratum", "area")),)), answered, around)
    wanted = floats(table("settlement_resp.csv")["weight"])
    assert made.weights[Of.PERSON] == pytest.approx(wanted, rel=1e-12)
    assert made.weights[Of.HOUSEHOLD] == pytest.approx(wanted, rel=1e-12)


def test_trimmed_weights_and_who_was_trimmed() -> None:
    sample = settlements()
    made = make_weights(
        Recipe((Trim(upper=250.0, lower=15.0, of=PERSON),)), sample, Surroundings()
    )
    agrees(made, "weights-015", rtol=1e-9)
    base, now = sample.person, made.weights[Of.PERSON]
    cut = (base < 15) | (base > 250)
    logged = {t.unit: (t.before, t.after) for t in made.trimmed}
    assert set(logged) >= {f"u{i}" for i in np.flatnonzero(cut)}
    for unit, (before, after) in logged.items():
        at = int(unit[1:])
        assert (before, after) == (base[at], now[at])
        assert after in {15.0, 250.0}
    assert now.sum() == pytest.approx(base.sum(), rel=1e-12)


def test_frozen_steps_give_the_same_weights_to_the_same_people() -> None:
    recipe = Recipe((Trim(upper=250.0, of=PERSON), Rake(("0", "1"), of=PERSON)))
    sample = settlements()
    made = make_weights(recipe, sample, Surroundings(margins=settlement_margins()))
    again = apply_steps(made.steps, sample)
    assert (again[Of.PERSON] == made.weights[Of.PERSON]).all()
    assert (again[Of.HOUSEHOLD] == sample.household).all()


class TestReplicates:
    def error(self, sample: Units, asked: Asked, psus: Psus, column: FloatArray) -> float:
        made = replicate_weights(
            Recipe(),
            {Of.PERSON: sample.person, Of.HOUSEHOLD: sample.household},
            sample,
            Surroundings(),
            psus=psus,
            asked=asked,
        )
        return estimate(made.design(Of.PERSON), Statistic.MEAN, numerator=column).se

    def test_jk1_of_a_cluster_sample(self) -> None:
        data = table("apiclus1.csv")
        data = data | {"all": ["1"] * len(data["pw"])}
        levels = sorted(set(data["dnum"]))
        weights = floats(data["pw"])
        sample = Units(
            [str(i) for i in range(len(weights))],
            weights,
            weights,
            {
                "stratum": Categories(np.zeros(len(weights), dtype=np.int64), ("1",)),
                "psu": Categories(
                    np.array([levels.index(v) for v in data["dnum"]], dtype=np.int64),
                    tuple(levels),
                ),
            },
        )
        psus = Psus.of(sample, Surroundings(), {})
        got = self.error(sample, Asked(Method.JK1, mse=False), psus, floats(data["api00"]))
        assert got == pytest.approx(expected("mean-076")["rows"][0]["se"], rel=1e-9)

    def test_jkn_with_the_finite_population_correction(self) -> None:
        sample = units("apistrat.csv", "pw", {"stratum": "stype", "psu": "snum"})
        data = table("apistrat.csv")
        population = dict(zip(data["stype"], floats(data["fpc"]), strict=True))
        psus = Psus.of(sample, Surroundings(), {}, population)
        made = replicate_weights(
            Recipe(),
            {Of.PERSON: sample.person, Of.HOUSEHOLD: sample.household},
            sample,
            Surroundings(),
            psus=psus,
            asked=Asked(Method.JKN, mse=True),
        )
        got = estimate(
            made.design(Of.PERSON),
            Statistic.RATIO,
            numerator=floats(data["api_stu"]),
            denominator=floats(data["enroll"]),
        )
        assert got.se == pytest.approx(expected("ratio-032")["se"], rel=1e-9)

    def test_balanced_half_samples_of_a_total_are_exact(self) -> None:
        """Full balance gives the error of a total whatever the matrix: R's BRR prints 21.49419."""
        data = table("scd_w.csv")
        sample = units("scd_w.csv", "w1", {"stratum": "ESA", "psu": "ambulance"})
        psus = Psus.of(sample, Surroundings(), {})
        for asked in (Asked(Method.BRR, mse=False), Asked(Method.FAY, rho=0.3, mse=False)):
            made = replicate_weights(
                Recipe(),
                {Of.PERSON: sample.person, Of.HOUSEHOLD: sample.household},
                sample,
                Surroundings(),
                psus=psus,
                asked=asked,
            )
            got = estimate(
                made.design(Of.PERSON), Statistic.TOTAL, numerator=floats(data["alive"])
            )
            assert got.se == pytest.approx(expected("total-029")["rows"][0]["se"], rel=1e-12)

    #: R 4.2.2, survey 4.1.1: svytotal(~alive, svydesign(~ambulance, strata = ~ESA, nest = TRUE,
    #: weights = ~w1, fpc = ~N)) of scd with N = 5, 4 and 10 ambulances.
    SE_WITHOUT_REPLACEMENT = 16.1585890473147

    def test_balanced_half_samples_know_how_many_units_there_are(self) -> None:
        data = table("scd_w.csv")
        sample = units("scd_w.csv", "w1", {"stratum": "ESA", "psu": "ambulance"})
        psus = Psus.of(sample, Surroundings(), {}, {"1": 5.0, "2": 4.0, "3": 10.0})
        weights = {Of.PERSON: sample.person, Of.HOUSEHOLD: sample.household}
        for asked in (Asked(Method.BRR), Asked(Method.FAY, rho=0.3)):
            made = replicate_weights(
                Recipe(), weights, sample, Surroundings(), psus=psus, asked=asked
            )
            got = estimate(
                made.design(Of.PERSON), Statistic.TOTAL, numerator=floats(data["alive"])
            )
            assert got.se == pytest.approx(self.SE_WITHOUT_REPLACEMENT, rel=1e-12)

    def test_the_bootstrap_knows_how_many_units_there_are(self) -> None:
        data = table("scd_w.csv")
        sample = units("scd_w.csv", "w1", {"stratum": "ESA", "psu": "ambulance"})
        weights = {Of.PERSON: sample.person, Of.HOUSEHOLD: sample.household}

        def error(population: dict[str, float]) -> float:
            psus = Psus.of(sample, Surroundings(), {}, population)
            made = replicate_weights(
                Recipe(), weights, sample, Surroundings(), psus=psus, asked=Asked(Method.BOOTSTRAP)
            )
            assert made.replicates[Of.PERSON].min() >= 0
            alive = floats(data["alive"])
            return estimate(made.design(Of.PERSON), Statistic.TOTAL, numerator=alive).se

        half = error({"1": 4.0, "2": 4.0, "3": 4.0})
        assert half == pytest.approx(error({}) / 2**0.5, rel=1e-12)

    def test_the_bootstrap_tends_to_the_linearised_error(self) -> None:
        data = table("settlement_resp.csv")
        sample = units("settlement_resp.csv", "weight", {"stratum": "settlement", "psu": "psu_id"})
        psus = Psus.of(sample, Surroundings(), {})
        y = np.array([v == "1" for v in data["unsafe_night"]])
        asked = Asked(Method.BOOTSTRAP, replicates=800, seed=20261126)
        got = self.error(sample, asked, psus, y.astype(float))
        design = SurveyDesign.of(
            weights=sample.person,
            strata=sample.variables["stratum"].codes,
            ids=[sample.variables["psu"].codes],
        )
        linear = estimate(design, Statistic.MEAN, numerator=y.astype(float)).se
        assert got == pytest.approx(linear, rel=0.08)
        assert got == self.error(sample, asked, psus, y.astype(float))
        assert got != self.error(sample, Asked(Method.BOOTSTRAP, replicates=800, seed=2), psus, y)
