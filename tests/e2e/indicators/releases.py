"""Releases: drafted, frozen, shared, held under embargo, out, corrected, checked for ever."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.e2e.indicators.city import LIVE, ROUND, City
from tests.e2e.indicators.live import Cells, FullCount, by_place, cells_of
from tests.e2e.indicators.weights import CLASSES, RAKE, Weighted, make
from tools.demo import ASSESSMENT, collection
from tools.demo.records import of_release, of_validation
from tools.demo.setting_up import move

RELEASES = "/v1/releases"
EMBARGO, SOON = timedelta(hours=1), timedelta(seconds=1)
Answer = dict[str, Any]
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass
class First:
    """The first release, and what was met on its way out."""

    alone: int = 0
    """The partner before it was given access."""
    draft_shared: Answer = field(default_factory=dict)
    early: Answer = field(default_factory=dict)
    """Publishing before residents have validated."""
    shared: Answer = field(default_factory=dict)
    until: datetime = _NEVER
    under_embargo: dict[str, Any] = field(default_factory=dict)
    """What each caller meets before the moment."""
    hurried: Answer = field(default_factory=dict)
    """Publishing it by hand before the moment."""
    published: Answer = field(default_factory=dict)
    at: datetime = _NEVER
    """When a reader saw it first."""


def moved(city: City, release: str, to: str, **more: Any) -> Answer:
    path = f"{RELEASES}/{release}/transitions"
    found: Answer = city.api("statistician").post(path, {"to": to, **more})
    return found


def refused_move(city: City, release: str, **body: Any) -> Answer:
    path = f"{RELEASES}/{release}/transitions"
    return city.refused("statistician", "POST", path, json={"to": "published", **body})


def drafted(city: City, weight_set: str, **more: Any) -> Answer:
    """A new release, frozen."""
    body = {"assessment": ASSESSMENT, "weight_set": weight_set, **more}
    draft = city.api("statistician").post(RELEASES, body)
    return moved(city, draft["id"], "frozen")


def validated(city: City, release: Answer) -> None:
    """The record of the release that residents have validated."""
    for kind, value in of_release(release["id"], release["snapshot_sha256"]).items():
        path = f"/v1/assessments/{ASSESSMENT}/records/{kind}"
        city.api("coordinator").put(path, {**value, "synthetic": True})


@pytest.fixture(scope="module")
def first(city: City, full_count: FullCount, weighted: Weighted) -> First:
    """Fieldwork ends; a release is made of it and goes the whole way."""
    assert full_count.view
    scene, met = city.scene, First()
    city.interview(city.answering(LIVE, ROUND)[1:])
    collection.close_other_cases(scene)
    move(scene, "processing")
    move(scene, "analysing")
    body = {"assessment": ASSESSMENT, "weight_set": weighted.full["id"], "title": "First"}
    draft = city.api("statistician").post(RELEASES, body)
    share = f"{RELEASES}/{draft['id']}/shares/{city.partner_id}"
    met.draft_shared = city.refused("coordinator", "PUT", share)
    frozen = moved(city, draft["id"], "frozen")
    met.early = refused_move(city, draft["id"])
    move(scene, "validating", of_release(frozen["id"], frozen["snapshot_sha256"]))
    counts = scene.memory["counts"]
    today = datetime.now(UTC).date()
    held = of_validation(today, interviews=int(counts["i"] + counts["p"]), missing=0)
    met.alone = city.as_partner("GET", f"{RELEASES}/{draft['id']}").status_code
    move(scene, "published", held)
    met.shared = city.api("coordinator").put(share, None)
    far = datetime.now(UTC) + EMBARGO
    moved(city, draft["id"], "published", embargo_until=far.isoformat())
    met.under_embargo = _looks(city, draft["id"])
    met.hurried = refused_move(city, draft["id"])
    met.until = datetime.now(UTC) + SOON
    moved(city, draft["id"], "published", embargo_until=met.until.isoformat())
    met.published, met.at = _wait(city, draft["id"])
    return met


def _looks(city: City, release: str) -> dict[str, Any]:
    """Status and number of releases that each caller sees."""
    found: dict[str, Any] = {}
    for role in (None, "supervisor", "analyst", "stranger", "coordinator"):
        paths = (f"{RELEASES}/{release}", f"/v1/observations?release={release}&limit=1")
        found[str(role)] = [city.status(role, "GET", path) for path in paths]
    partner = [
        city.as_partner("GET", f"{RELEASES}/{release}").status_code,
        city.as_partner("GET", "/v1/observations", release=release, limit=1).status_code,
    ]
    listed = city.as_partner("GET", RELEASES, assessment=ASSESSMENT).json()["items"]
    everybody = city.api().every(RELEASES, assessment=ASSESSMENT)
    return {**found, "partner": partner, "listed": [r["id"] for r in listed],
            "public": [r["id"] for r in everybody]}  # fmt: skip


def _wait(city: City, release: str) -> tuple[Answer, datetime]:
    """Until anybody may read it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if city.status(None, "GET", f"{RELEASES}/{release}") == 200:
            return city.api().get(f"{RELEASES}/{release}"), datetime.now(UTC)
        time.sleep(0.1)
    raise TimeoutError(release)


@dataclass(frozen=True)
class Later:
    """A second release, and a correction of it."""

    checked: Answer
    """The first release, recomputed while all its interviews were there."""
    close: Answer
    """What a release met that differs by three interviews."""
    too_close: str
    second: Answer
    before: Cells
    """Cells of the second release before it was corrected."""
    corrected: Answer


@pytest.fixture(scope="module")
def later(city: City, first: First, weighted: Weighted) -> Later:
    """More interviews, edits, a withdrawal; then the second release was wrong."""
    desk = city.api("statistician")
    checked = desk.get(f"{RELEASES}/{first.published['id']}/verification")
    rest = city.answering(ROUND, 16)
    city.interview(rest[:3])
    early = drafted(city, weighted.full["id"])
    validated(city, early)
    close = refused_move(city, early["id"])
    city.interview(rest[3:])
    edited, again, gone = (h.case for h in city.answering(2, 4)[:3])
    for case in (edited, again):
        city.revise(case, safe_night="unsafe")
    city.withdraw(gone)
    second = drafted(city, weighted.full["id"], title="Second")
    validated(city, second)
    second = moved(city, second["id"], "published")
    before = cells_of(city, second["id"], None)
    weights = make(city, CLASSES, RAKE)
    note = "Weights were trimmed too hard; shares by sex and age move."
    right = drafted(city, weights["id"], corrects=second["id"], note=note)
    right = moved(city, right["id"], "published")
    return Later(checked, close, first.published["id"], second, before, right)


@pytest.mark.slow
class TestOnTheWayOut:
    def test_each_step_waits_for_what_it_needs(self, first: First) -> None:
        assert first.draft_shared["type"].endswith("/not-shareable")
        assert (first.early["status"], first.early["assessment_state"]) == (409, "analysing")
        assert first.hurried["type"].endswith("/release-under-embargo")

    def test_under_embargo_the_chosen_partner_reads_and_the_public_does_not(
        self, city: City, first: First
    ) -> None:
        of, met = first.published["id"], first.under_embargo
        assert first.alone == 404
        assert first.shared["partner"] == city.partner_id
        assert (met["partner"], met["coordinator"]) == ([200, 200], [200, 200])
        assert of in met["listed"]
        for caller in ("None", "supervisor", "analyst", "stranger"):
            assert met[caller] == [404, 404], caller
        assert of not in met["public"]

    def test_it_comes_out_by_itself_at_its_moment(self, first: First) -> None:
        assert first.published["state"] == "published"
        moment = datetime.fromisoformat(first.published["published_at"])
        assert first.until <= moment <= first.at

    def test_readers_who_have_it_get_304(self, city: City, first: First) -> None:
        params = {"release": first.published["id"], "indicator": "PER-01"}
        whole = city.api().call("GET", "/v1/observations", params=params)
        assert whole.headers["Cache-Control"] == "public, no-cache"
        again = _read(city, params, {"If-None-Match": whole.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert _read(city, params, {"If-None-Match": '"other"'}).status_code == 200

    def test_nothing_moves_back_and_who_may_not_move_it_may_not(
        self, city: City, first: First
    ) -> None:
        path = f"{RELEASES}/{first.published['id']}/transitions"
        back = {"json": {"to": "frozen"}}
        assert city.refused("statistician", "POST", path, **back)["state"] == "published"
        assert city.status("supervisor", "POST", path, **back) == 403
        assert city.status(None, "POST", path, **back) == 401
        order = {"json": {"assessment": ASSESSMENT}}
        told = [city.status(r, "POST", RELEASES, **order) for r in
                ("supervisor", "analyst", "stranger", None)]  # fmt: skip
        assert told == [403, 403, 404, 401]


def _read(city: City, params: dict[str, str], headers: dict[str, str]) -> httpx.Response:
    return city.api().http.get("/v1/observations", params=params, headers=headers)


@pytest.mark.slow
class TestOneAfterAnother:
    def test_recompute_equals_what_was_stored(self, later: Later) -> None:
        found = later.checked
        assert (found["basis"], found["reproducible"]) == ("microdata", True)
        assert found["largest_difference"] <= 1e-9
        assert found["recomputed"] > 1000
        assert found["not_recomputable"] == {}

    def test_a_few_people_are_no_release_of_their_own_D04(self, later: Later) -> None:
        assert later.close["type"].endswith("/release-too-close")
        assert (later.close["release"], later.close["least"]) == (later.too_close, 10)

    def test_after_a_withdrawal_linear_estimates_recompute_and_others_say_why(
        self, city: City, later: Later, first: First
    ) -> None:
        of = f"{RELEASES}/{first.published['id']}"
        assert city.api().get(of)["not_recomputable"] == "withdrawal"
        found = city.api("statistician").get(f"{of}/verification")
        assert (found["basis"], found["reproducible"]) == ("statistics", True)
        assert found["largest_difference"] <= 1e-9
        assert 500 < found["recomputed"] < later.checked["recomputed"]
        assert "VIC-12" in found["not_recomputable"]
        assert set(found["not_recomputable"].values()) == {"withdrawal"}
        assert found["same_content"]
        assert city.api().get(of)["content_sha256"] == first.published["content_sha256"]
        new = city.api("statistician").get(f"{RELEASES}/{later.second['id']}/verification")
        assert (new["basis"], new["reproducible"]) == ("microdata", True)

    def test_the_difference_is_told_cell_by_cell(
        self, city: City, later: Later, first: First
    ) -> None:
        path = f"{RELEASES}/{later.second['id']}/diff"
        asked = {"against": first.published["id"], "limit": 1000}
        whole = city.api().get(path, **asked)
        assert (whole["same_snapshot"], whole["same_analysis"]) == (False, True)
        old, new = (cells_of(city, of, None) for of in (whole["before"], whole["after"]))
        listed = city.api().every(path, **asked)
        assert len(listed) == whole["added"] + whole["removed"] + whole["changed"]
        for each in listed:
            (place,) = by_place([each["after"] or each["before"]])
            assert (
                each["before"] is None or each["before"]["obs_value"] == (old[place]["obs_value"])
            )
            assert each["after"] is None or each["after"]["obs_value"] == new[place]["obs_value"]
        assert city.status("stranger", "GET", path, params=asked) == 200, "both are published"

    def test_a_correction_stands_beside_what_it_corrects(self, city: City, later: Later) -> None:
        wrong = city.api().get(f"{RELEASES}/{later.second['id']}")
        assert wrong["corrected_by"] == [later.corrected["id"]]
        assert (later.corrected["corrects"], later.corrected["note"][:7]) == (
            wrong["id"],
            "Weights",
        )
        assert wrong["content_sha256"] == later.second["content_sha256"]
        assert cells_of(city, wrong["id"], None) == later.before
        newest = city.api().get("/v1/observations", assessment=ASSESSMENT, limit=1)["items"][0]
        assert newest["release"] == later.corrected["id"]
