"""Indicators while fieldwork goes on: exact after every batch, edit and withdrawal."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.indicators.city import FIRST, LIVE, City
from tests.e2e.indicators.sources import bring_sources
from tests.e2e.indicators.weights import Row, Weighted, exported
from tests.support.textbook import Person, weighted_share
from tools.demo import ASSESSMENT

VIEW = "/v1/observations/live"
PLACE = ("indicator", "ref_area", "stratum", "sex", "age", "item", "subgroup")
Cells = dict[tuple[str, ...], dict[str, Any]]


@dataclass(frozen=True)
class Watched:
    """The live view before and after 25 interviews, an edit and a withdrawal."""

    before: dict[str, Any]
    few: dict[str, Any]
    """After the first of them: the picture stands still."""
    after: dict[str, Any]
    people: list[Row]
    answers: dict[str, dict[str, Any]]
    """By case, as the tablets have them."""
    quality: dict[str, Any]
    """The measures of fieldwork at that moment."""


def look(city: City, **params: str) -> dict[str, Any]:
    found: dict[str, Any] = city.api("supervisor").get(VIEW, assessment=ASSESSMENT, **params)
    return found


def cells_of(city: City, release: str, role: str | None = "statistician") -> Cells:
    found = city.api(role).every("/v1/observations", release=release, limit=1000)
    return by_place(found)


def by_place(cells: list[dict[str, Any]]) -> Cells:
    return {tuple(cell[name] for name in PLACE): cell for cell in cells}


@pytest.fixture(scope="module")
def watched(city: City, weighted: object) -> Watched:
    """All other sources come; then 25 interviews in a day, one is edited, one withdrawn."""
    assert weighted
    bring_sources(city)
    before = look(city)
    one, *others = city.answering(FIRST, LIVE)
    city.interview([one])
    few = look(city)
    (last, *_) = city.answering(LIVE, LIVE + 1)
    assert city.interview([*others, last]) == {"stored": 24}
    edited, gone, *_ = city.answering(0, 2)
    now = city.sent[edited.case][1]["answers"]["safe_night"]
    city.revise(edited.case, safe_night="vsafe" if now != "vsafe" else "vunsafe")
    city.withdraw(gone.case)
    after = look(city)
    answers = {case: draft["answers"] for case, (_, draft, _) in city.sent.items()}
    quality = city.api("supervisor").get("/v1/quality", assessment=ASSESSMENT)
    return Watched(before, few, after, exported(city), answers, quality)


@dataclass(frozen=True)
class FullCount:
    """Drafts of the interviews of the last picture: everything computed from the beginning."""

    base: Cells
    raked: Cells
    view: dict[str, Any]
    """The live view under the weight set of the second."""


@pytest.fixture(scope="module")
def full_count(city: City, watched: Watched, weighted: Weighted) -> FullCount:
    """Under base weights, and under a weight set that was made before the last interviews."""
    assert watched.people
    view = look(city, weight_set=weighted.full["id"])
    of = [
        city.api("statistician").post("/v1/releases", {"assessment": ASSESSMENT, **weights})["id"]
        for weights in ({}, {"weight_set": weighted.full["id"]})
    ]
    base, raked = (cells_of(city, release) for release in of)
    return FullCount(base, raked, view)


def agree(live: dict[str, Any], released: Cells) -> int:
    """Every number that both show is the same; how many there are."""
    compared = 0
    for place, cell in by_place(live["observations"]).items():
        other = released[place]
        if "Q" in {cell["obs_status"], other["obs_status"]}:
            continue  # what stands beside it may differ
        compared += cell["obs_value"] is not None
        same = {"release": "", "comparability": ""}  # a live view does not compare versions
        assert {**cell, **same} == {**other, **same}
    return compared


@pytest.mark.slow
class TestLiveView:
    def test_pictures_are_some_interviews_apart(self, watched: Watched) -> None:
        assert watched.before["pictured_interviews"] == 12 * FIRST
        assert (watched.few["interviews"], watched.few["waiting"]) == (12 * FIRST + 1, 1)
        assert watched.few["observations"] == watched.before["observations"]
        assert (
            watched.after["interviews"]
            == watched.after["pictured_interviews"]
            == len(watched.people)
        )
        assert len(watched.people) == 12 * FIRST + 25 - 1
        assert watched.after["observations"] != watched.before["observations"]

    def test_coverage_is_told_by_stratum(self, city: City, watched: Watched) -> None:
        households = {h.case: h for h in city.scene.sample}
        counted = Counter(households[row["case"]].stratum for row in watched.people)
        assert {c["stratum"]: c["interviews"] for c in watched.after["coverage"]} == counted
        assert {(c["psus"], c["psus_drawn"]) for c in watched.after["coverage"]} == {(3, 3)}

    def test_a_share_equals_the_textbook_on_the_exported_microdata(
        self, city: City, watched: Watched
    ) -> None:
        households = {h.case: h for h in city.scene.sample}
        compared = 0
        for place, cell in by_place(watched.after["observations"]).items():
            if place[0] != "PER-01" or cell["obs_value"] is None or cell["subgroup"] != "_T":
                continue
            if cell["age"] != "_T":
                continue
            share, error, base = weighted_share(
                Person(
                    h.stratum,
                    h.psu,
                    h.n_eligible / (h.pi1 * h.pi2),
                    base=cell["stratum"] in {"_T", h.stratum}
                    and cell["sex"] in {"_T", "F" if row["sex"] == "female" else "M"},
                    value=float(row["safe_night"] in {"safe", "vsafe"}),
                )
                for row in watched.people
                for h in [households[row["case"]]]
            )
            compared += 1
            assert cell["sample_size"] == 5 * round(base / 5)
            assert cell["obs_value"] == pytest.approx(100 * share, abs=0.0501)
            assert cell["standard_error"] == pytest.approx(100 * error, abs=0.00501)
        assert compared >= 1

    def test_it_is_what_a_full_computation_gives(
        self, watched: Watched, full_count: FullCount
    ) -> None:
        assert agree(watched.after, full_count.base) > 50

    def test_under_a_weight_set_it_is_what_a_full_computation_gives(
        self, weighted: Weighted, full_count: FullCount
    ) -> None:
        """Whoever came after the weights were made has their factors."""
        view = full_count.view
        assert view["analysis"]["weight_set"] == weighted.full["id"]
        assert view["pictured_interviews"] == view["interviews"]
        compared = 0
        for place, cell in by_place(view["observations"]).items():
            other = full_count.raked[place]
            if None not in {cell["obs_value"], other["obs_value"]}:
                compared += 1
                assert cell["obs_value"] == other["obs_value"], place
                if view["errors_count_margins"]:
                    assert cell["standard_error"] == other["standard_error"], place
        assert compared > 50

    def test_each_role_sees_what_is_its_own(self, city: City, watched: Watched) -> None:
        params = {"params": {"assessment": ASSESSMENT}}
        told = [city.status(r, "GET", VIEW, **params) for r in
                ("coordinator", "statistician", "analyst", "stranger", None)]  # fmt: skip
        assert told == [200, 200, 403, 404, 401]
        assert city.as_partner("GET", VIEW, assessment=ASSESSMENT).status_code == 403
