"""Weights as data: made by recipe, looked into, downloaded, and used outside of the platform."""

import csv
import io
import json
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from usga_indicators.cli.main import main as usga_indicators

from tests.e2e.indicators.city import City
from tools.demo import ASSESSMENT
from tools.demo.population import margins

WEIGHTS = "/v1/weights"
JKN = {"method": "JKn"}
TRIM = {"kind": "trim", "by": ["stratum"], "upper_median": 1.5, "sets": ["person"]}
CLASSES = {"kind": "nonresponse", "by": ["stratum"]}
RAKE = {"kind": "rake", "margins": ["sex", "age"]}
Row = dict[str, str]


@dataclass(frozen=True)
class Weighted:
    """Weight sets of the first part of fieldwork, and a draft release under one of them."""

    base: dict[str, Any]
    full: dict[str, Any]
    """Non-response, trimmed, raked."""
    release: dict[str, Any]
    """A draft under `full` whose errors come from JKn replicates."""
    people: list[Row]
    """Microdata of that moment, as an analyst exports them."""
    weights: dict[str, list[Row]]
    """Downloaded units of each set, by id."""
    replicates: list[Row]
    facts: dict[str, Any]


def rows(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def exported(city: City) -> list[Row]:
    """Interviews that estimates are made of."""
    path = f"/v1/assessments/{ASSESSMENT}/export.csv"
    found = rows(city.api("analyst").call("GET", path, params={"instrument": "hvs"}).text)
    return [row for row in found if row["state"] in {"stored", "approved"}]


def make(city: City, *steps: dict[str, Any], path: str = "") -> dict[str, Any]:
    body = {"assessment": ASSESSMENT, "title": "SYNTHETIC", "recipe": {"steps": steps}}
    made: dict[str, Any] = city.api("statistician").post(WEIGHTS + path, body)
    return made


@pytest.fixture(scope="module")
def weighted(city: City, own: object) -> Weighted:
    """Margins are uploaded, sets made, replicates and units downloaded, a draft computed."""
    assert own
    desk, reader = city.api("statistician"), city.api("analyst")
    for margin in margins(city.scene.sample):
        desk.post(f"{WEIGHTS}/margins", {"assessment": ASSESSMENT, **margin})
    base, full = make(city), make(city, CLASSES, TRIM, RAKE)
    people = exported(city)
    files = {
        each["id"]: rows(reader.call("GET", f"{WEIGHTS}/{each['id']}/units").text)
        for each in (base, full)
    }
    path = f"{WEIGHTS}/{full['id']}/replicates"
    replicates = rows(reader.call("GET", path, params=JKN).text)
    facts = reader.get(path, **JKN, format="json")
    release = desk.post(
        "/v1/releases",
        {"assessment": ASSESSMENT, "title": "JKn", "weight_set": full["id"], "variance": JKN},
    )
    return Weighted(base, full, release, people, files, replicates, facts)


def person(file: list[Row]) -> dict[str, float]:
    return {row["unit"]: float(row["w_person"]) for row in file}


class TestWeightSets:
    def test_base_weights_are_those_of_the_sample(self, city: City, weighted: Weighted) -> None:
        households = {h.case: h for h in city.scene.sample}
        found = person(weighted.weights[weighted.base["id"]])
        for row in weighted.people:
            h = households[row["case"]]
            assert found[row["unit"]] == pytest.approx(h.n_eligible / (h.pi1 * h.pi2), rel=1e-9)
        assert len(found) == len(weighted.people) == weighted.base["interviews"]

    def test_respondents_of_a_class_stand_for_its_eligible_cases(self, weighted: Weighted) -> None:
        (step, *_) = weighted.full["diagnostics"]["steps"]
        classes = step["person"]["classes"]
        assert [each["class"] for each in classes] == [[f"s0{n}"] for n in range(1, 5)]
        for each in classes:
            assert each["cases"] > each["respondents"]
            assert each["factor"] == pytest.approx(
                each["eligible_weight"] / each["respondent_weight"]
            )

    def test_raked_weights_meet_the_margins(self, city: City, weighted: Weighted) -> None:
        weights = person(weighted.weights[weighted.full["id"]])
        (by_sex, _) = margins(city.scene.sample)
        for cell in by_sex["cells"]:
            of = [weights[r["unit"]] for r in weighted.people if r["sex"] == cell["categories"][0]]
            assert sum(of) == pytest.approx(cell["population"], rel=1e-6)
        assert weighted.full["margins"][0]["source"].startswith("SYNTHETIC")

    def test_who_was_trimmed_is_on_record(self, city: City, weighted: Weighted) -> None:
        log = city.api("coordinator").every(f"{WEIGHTS}/{weighted.full['id']}/trimmed", limit=5)
        assert log
        units = {row["unit"] for row in weighted.people}
        assert all(each["step"] == 1 and each["set"] == "person" for each in log)
        bounds = {
            each["upper"] for each in weighted.full["diagnostics"]["steps"][1]["person"]["classes"]
        }
        assert {each["after"] for each in log} == bounds
        assert all(each["before"] != pytest.approx(each["after"]) for each in log)
        assert {each["unit"] for each in log} <= units

    def test_the_same_recipe_is_the_same_set_and_the_list_has_it(
        self, city: City, weighted: Weighted
    ) -> None:
        listed = city.api("coordinator").every(WEIGHTS, assessment=ASSESSMENT, limit=1)
        numbers = [each["number"] for each in listed]
        assert numbers == sorted(numbers, reverse=True)
        assert {weighted.base["id"], weighted.full["id"]} <= {each["id"] for each in listed}
        assert city.api("coordinator").get(f"{WEIGHTS}/{weighted.full['id']}") == weighted.full


class TestReplicates:
    def test_each_meets_the_margins_by_itself(self, city: City, weighted: Weighted) -> None:
        count = len({h.psu for h in city.scene.sample})
        assert (weighted.facts["method"], weighted.facts["replicates"]) == ("JKn", count)
        sex = {row["unit"]: row["sex"] for row in weighted.people}
        (by_sex, _) = margins(city.scene.sample)
        wanted = {c["categories"][0]: c["population"] for c in by_sex["cells"]}
        for name in ("weight", *(f"rep_{r}" for r in range(1, count + 1))):
            women = [float(r[name]) for r in weighted.replicates if sex[r["unit"]] == "female"]
            assert sum(women) == pytest.approx(wanted["female"], rel=1e-6)

    def test_outside_they_give_the_served_number_and_its_error(
        self, city: City, weighted: Weighted, tmp_path: Path
    ) -> None:
        """By hand, and by `usga-indicators estimate` that knows nothing of the platform."""
        (served,) = totals(city, weighted.release["id"], "PER-01")
        safe = {r["unit"]: r["safe_night"] in {"safe", "vsafe"} for r in weighted.people}
        y = np.array([float(safe[row["unit"]]) for row in weighted.replicates])
        names = [f"rep_{r}" for r in range(1, weighted.facts["replicates"] + 1)]
        w = np.array([float(row["weight"]) for row in weighted.replicates])
        r = np.array([[float(row[n]) for n in names] for row in weighted.replicates])
        share, shares = (w @ y) / w.sum(), (y @ r) / r.sum(axis=0)
        scales = weighted.facts["scale"] * np.array(weighted.facts["rscales"])
        error = sqrt(float(scales @ (shares - share) ** 2))
        by_command = _by_command(weighted, y, names, tmp_path)
        assert by_command == pytest.approx((share, error), rel=1e-9)
        assert served["obs_value"] == pytest.approx(100 * share, abs=0.0501)
        assert served["standard_error"] == pytest.approx(100 * error, abs=0.00501)

    def test_another_method_must_fit_the_sample(self, city: City, weighted: Weighted) -> None:
        path = f"{WEIGHTS}/{weighted.base['id']}/replicates"
        refused = city.refused("analyst", "GET", path, params={"method": "BRR"})
        assert refused["status"] == 409
        assert "s01 has 3" in refused["errors"][0]["message"]


def totals(
    city: City, release: str, indicator: str, role: str | None = "statistician"
) -> list[Any]:
    """Cells of nobody in particular."""
    found = city.api(role).every("/v1/observations", release=release, indicator=indicator)
    names = ("ref_area", "stratum", "sex", "age", "subgroup")
    return [cell for cell in found if {cell[name] for name in names} == {"_T"}]


def _by_command(weighted: Weighted, y: Any, names: list[str], folder: Path) -> tuple[float, float]:
    """Estimate and error by the command line, from the downloaded files alone."""
    with (folder / "people.csv").open("w", newline="") as file:
        plain = csv.writer(file)
        plain.writerow(["safe", "w"])
        plain.writerows(
            [int(v), row["weight"]] for v, row in zip(y, weighted.replicates, strict=True)
        )
    with (folder / "reps.csv").open("w", newline="") as file:
        plain = csv.writer(file)
        plain.writerow(names)
        plain.writerows([row[n] for n in names] for row in weighted.replicates)
    design = {
        "data": "people.csv", "kind": "replicate", "weights": "w", "repweights_file": "reps.csv",
        "combined_weights": True, "type": "JKn", "mse": True,
        "scale": weighted.facts["scale"], "rscales": weighted.facts["rscales"],
    }  # fmt: skip
    case = {"id": "PER-01", "design": "city", "op": "mean", "vars": ["safe"], "rtol": 1e-8}
    (folder / "designs.json").write_text(json.dumps({"city": design}))
    (folder / "cases.json").write_text(json.dumps({"meta": {}, "cases": [case]}))
    files = [str(folder / name) for name in ("cases.json", "designs.json", "out.json")]
    assert (
        usga_indicators(["estimate", *files[:2], "--data-dir", str(folder), "-o", files[2]]) == 0
    )
    (row,) = json.loads(Path(files[2]).read_text())["PER-01"]["rows"]
    return row["est"], row["se"]


MISFITS: tuple[tuple[str, dict[str, Any], int, str], ...] = (
    ("nobody", {"cells": [{"categories": ["female"], "population": 0}]}, 409, "/cells"),
    ("negative", {"cells": [{"categories": ["female"], "population": -5}]}, 422,
     "/cells/0/population"),
    ("unasked", {"variables": ["sexx"]}, 409, "/variables/0"),
    ("unheard", {"cells": [{"categories": ["third"], "population": 5}]}, 409,
     "/cells/0/categories/0"),
    ("wide", {"cells": [{"categories": ["female", "Y18T24"], "population": 5}]}, 409,
     "/cells/0/categories"),
)  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize(("name", "change", "status", "pointer"), MISFITS)
    def test_a_margin_that_cannot_be(
        self, city: City, name: str, change: dict[str, Any], status: int, pointer: str
    ) -> None:
        margin = {**margins(city.scene.sample)[0], "name": name, "assessment": ASSESSMENT}
        refused = city.refused(
            "statistician", "POST", f"{WEIGHTS}/margins", json={**margin, **change}
        )
        assert (refused["status"], refused["errors"][0]["pointer"]) == (status, pointer)

    @pytest.mark.usefixtures("weighted")
    def test_margins_that_do_not_fit_the_people(self, city: City) -> None:
        by_sex, _ = margins(city.scene.sample)
        psus = [*{household.psu: 0 for household in city.scene.sample}, "nowhere"]
        third = [{"categories": [psu], "population": 100} for psu in psus]
        half = [{**c, "population": c["population"] / 2} for c in by_sex["cells"]]
        for name, cells, of in (("third", third, "psu"), ("half", half, "sex")):
            margin = {**by_sex, "name": name, "cells": cells, "assessment": ASSESSMENT}
            margin["variables"] = [of]
            city.api("statistician").post(f"{WEIGHTS}/margins", margin)
        for names, place, code in (
            (["third"], "0", "margin-category-without-interviews"),
            (["sex", "half"], "1", "margins-disagree"),
            (["sex", "none"], "1", "unknown-margin"),
        ):
            step = {"kind": "rake", "margins": names}
            body = {"assessment": ASSESSMENT, "recipe": {"steps": [CLASSES, step]}}
            refused = city.refused("statistician", "POST", f"{WEIGHTS}/previews", json=body)
            error = refused["errors"][0]
            assert (error["pointer"], error["code"]) == (
                f"/recipe/steps/1/margins/{place}", code,
            )  # fmt: skip

    def test_each_role_does_what_is_its_own(self, city: City, weighted: Weighted) -> None:
        path = f"{WEIGHTS}/{weighted.full['id']}"
        body = {"json": {"assessment": ASSESSMENT, "recipe": {"steps": []}}}
        made = [
            city.status(r, "POST", WEIGHTS, **body)
            for r in ("coordinator", "supervisor", "stranger", None)
        ]
        assert made == [403, 403, 404, 401]
        for role, read, load in (
            ("coordinator", 200, 403), ("analyst", 403, 200), ("supervisor", 403, 403),
            ("stranger", 404, 404), (None, 401, 401),
        ):  # fmt: skip
            assert city.status(role, "GET", path) == read
            assert city.status(role, "GET", f"{path}/units") == load
        assert city.as_partner("GET", path).status_code == 403
