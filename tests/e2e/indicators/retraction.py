"""A release that should not have been out is taken back, and stays known to those that follow."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.e2e.indicators.city import City
from tests.e2e.indicators.disclosure import stored
from tests.e2e.indicators.releases import RELEASES, Answer, Later, drafted, moved
from tests.e2e.indicators.weights import Weighted
from tools.demo import ASSESSMENT

NOTE = "Two strata of the weights were exchanged there."
TEXT = {"en": "Two strata were exchanged.", "ru": "Перепутаны две страты."}
BODY: Answer = {"reason": "wrong_method", "text": TEXT}


@dataclass
class TakenBack:
    """A release, what readers held of it, and what came of two that correct it."""

    bad: Answer
    held: dict[str, str] = field(default_factory=dict)
    """ETags of what was read, by address."""
    told: dict[str, int] = field(default_factory=dict)
    """What those meet who may not take it back."""
    view: Answer = field(default_factory=dict)
    after: dict[str, Answer] = field(default_factory=dict)
    """What a reader meets at each address, with the ETag at hand."""
    rivals: list[httpx.Response] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)
    """Releases that the one after was attacked with."""
    instead: str | None = None
    """What stands for it while the one after is out."""


def path_of(release: str) -> str:
    return f"{RELEASES}/{release}/retraction"


def read(city: City, address: str, **headers: str) -> httpx.Response:
    return city.api().http.get(address, headers=headers)


def report_of(city: City, release: str) -> str:
    """The address of a finished report of a release."""
    order = {"release": release, "template": "city-report", "language": "en", "format": "html"}
    made = city.api("coordinator").post("/v1/reports", order)
    address = f"/v1/reports/{made['id']}"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if city.api("coordinator").get(address)["state"] == "ready":
            return f"{address}/content"
        time.sleep(0.2)
    raise TimeoutError(release)


@pytest.fixture(scope="module")
def taken_back(city: City, later: Later, weighted: Weighted) -> TakenBack:
    """It is published, read, reported and retracted; then two drafts correct it at once."""
    wrong = later.corrected["id"]
    full = weighted.full["id"]
    draft = drafted(city, full, corrects=wrong, note=NOTE)
    bad = moved(city, draft["id"], "published")
    of, met = bad["id"], TakenBack(bad)
    for address in (
        f"/v1/observations?release={of}&indicator=PER-01",
        f"/v1/observations?release={of}&format=csv",
        report_of(city, of),
    ):
        met.held[address] = read(city, address).headers["ETag"]
    for role in ("supervisor", "analyst", "stranger", None):
        met.told[str(role)] = city.status(role, "POST", path_of(of), json=BODY)
    city.api("coordinator").post(path_of(of), {**BODY, "instead": wrong})
    met.view = city.api().get(f"{RELEASES}/{of}")
    for address, tag in met.held.items():
        answer = read(city, address, **{"If-None-Match": tag, "Accept-Language": "ru"})
        met.after[address] = {"status": answer.status_code, **answer.json()}
    drafts = [drafted(city, full, corrects=of, note=NOTE)["id"] for _ in range(2)]
    with ThreadPoolExecutor(2) as together:
        met.rivals = list(together.map(lambda each: published(city, each), drafts))
    (out,) = [a.json() for a in met.rivals if a.status_code == 200]
    audit: dict[str, Any] = stored(city, out["id"]).audit or {}
    met.beside = set(audit["at_publication"]["releases"])
    met.instead = city.api().get(f"{RELEASES}/{of}")["use_instead"]
    city.api("statistician").post(path_of(out["id"]), BODY)  # others look for the newest before
    return met


def published(city: City, release: str) -> httpx.Response:
    """What publishing is answered, refused or not."""
    api = city.api("statistician")
    headers = {"Authorization": f"Bearer {api.token}"}
    path = f"{RELEASES}/{release}/transitions"
    return api.http.post(path, json={"to": "published"}, headers=headers)


@pytest.mark.slow
class TestRetraction:
    def test_no_copy_is_confirmed_any_more_and_every_read_says_why(
        self, taken_back: TakenBack, later: Later
    ) -> None:
        for address, problem in taken_back.after.items():
            assert problem["status"] == 410, address
            assert problem["type"].endswith("/release-retracted")
            assert (problem["reason"], problem["because"]) == ("wrong_method", TEXT["ru"])
            assert problem["use_instead"] == later.corrected["id"]
            assert problem["since"] == taken_back.view["retraction"]["at"]

    def test_the_tombstone_is_for_everybody(self, city: City, taken_back: TakenBack) -> None:
        of = taken_back.bad["id"]
        assert taken_back.view["state"] == "retracted"
        assert taken_back.view["content_sha256"] == taken_back.bad["content_sha256"]
        listed = city.api().every(RELEASES, assessment=ASSESSMENT, state="retracted")
        assert of in {each["id"] for each in listed}
        for role in (None, "stranger", "statistician", "coordinator"):
            path = f"{RELEASES}/{of}/indicators"
            assert city.status(role, "GET", path) == 410
        partner = city.as_partner("GET", "/v1/observations", release=of)
        assert partner.status_code == 410

    def test_who_publishes_takes_back_and_nobody_else(
        self, city: City, taken_back: TakenBack
    ) -> None:
        told = {"supervisor": 403, "analyst": 403, "stranger": 403, "None": 401}
        assert taken_back.told == told
        of = taken_back.bad["id"]
        back = {"json": {"to": "published"}}
        refused = city.refused("statistician", "POST", f"{RELEASES}/{of}/transitions", **back)
        assert (refused["status"], refused["state"]) == (409, "retracted")

    def test_it_still_recomputes_and_counts_as_known(
        self, city: City, taken_back: TakenBack
    ) -> None:
        of = taken_back.bad["id"]
        found = city.api("statistician").get(f"{RELEASES}/{of}/verification")
        assert (found["reproducible"], found["same_content"]) == (True, True)
        assert of in taken_back.beside

    def test_of_two_corrections_at_once_one_is_published(self, taken_back: TakenBack) -> None:
        by_status = {a.status_code: a.json() for a in taken_back.rivals}
        assert set(by_status) == {200, 409}
        assert by_status[409]["type"].endswith("/already-corrected")
        assert by_status[409]["newest"] == by_status[200]["id"] == taken_back.instead
