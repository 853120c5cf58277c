"""Definitions of a city's own: checked, drafted, previewed, published, part of what follows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from usga_indicators.domain.definition import catalogue

from tests.e2e.indicators.city import ELSEWHERE, City
from tests.e2e.indicators.weights import Weighted
from tools.demo import ASSESSMENT

COURTS: dict[str, Any] = {
    "code": "LOC-01", "version": "1.0.0", "theme": "LOC",
    "title": {"en": "Trust the courts a lot", "sw": "Wanaoziamini sana mahakama"},
    "statistic": "proportion", "unit": "person", "unit_measure": "percent", "weight": "person",
    "numerator": "${tr_court} = 'lot'", "missing_policy": "exclude", "reference_period": "now",
    "disaggregations": ["stratum", "sex"], "direction": "+", "sensitivity": 1,
}  # fmt: skip
LATER = {**COURTS, "version": "1.1.0", "numerator": "selected('lot some', ${tr_court})"}
STAGE = {
    **COURTS, "code": "LOC-02", "title": {"en": "Feel safe at the matatu stage"},
    "instrument": "stage", "numerator": "${stage_safe} = 'safe'", "disaggregations": ["stratum"],
}  # fmt: skip
SERIES = {
    **COURTS, "code": "LOC-03", "title": {"en": "Incidents told, per 100,000 adults"},
    "statistic": "rate_100k", "unit_measure": "per_100000", "disaggregations": ["sex"],
    "numerator": "if(count(${inc}[inc_n > 0]) > 0, min(sum(${inc}[inc_n > 0]/inc_n), 10), 0)",
    "reference_period": "12m", "direction": "-",
}  # fmt: skip
VERSIONS = "/v1/indicators/versions"
CHECKS = "/v1/indicators/checks"


def sent(definition: dict[str, Any]) -> dict[str, Any]:
    return {"json": {"assessment": ASSESSMENT, "definition": definition}}


def of(definition: dict[str, Any], step: str = "") -> str:
    return f"{VERSIONS}/{ASSESSMENT}/{definition['code']}/{definition['version']}{step}"


def stage_form(version: str, label: str) -> bytes:
    """A form of the city's own, asked of the same sample."""
    return (
        "| settings |\n| | form_title | form_id | version | namespaces |\n"
        f'| | Stage | stage | {version} | usga="urn:usga:xlsform:1" |\n| survey |\n'
        "| | type | name | label | bind::usga:sensitivity | bind::usga:field_class |\n"
        f"| | select_one feel | stage_safe | {label} | 0 | open |\n| choices |\n"
        "| | list_name | name | label |\n| | feel | safe | Safe |\n| | feel | unsafe | Unsafe |\n"
    ).encode()


@dataclass(frozen=True)
class Own:
    """What was answered on the way of the city's own definitions."""

    drafted: dict[str, Any]
    again: dict[str, Any]
    """The same content sent once more."""
    early: list[dict[str, Any]]
    """The preview of the draft."""
    published: dict[str, Any]
    later: dict[str, Any]
    """The second version, published."""


@pytest.fixture(scope="module")
def own(city: City) -> Own:
    """LOC-01 in two versions, LOC-02 on a form of which there are two, and a count of series."""
    desk, head = city.api("statistician"), city.api("coordinator")
    drafted = desk.call("POST", VERSIONS, **sent(COURTS)).json()
    again = desk.call("POST", VERSIONS, **sent(COURTS)).json()
    early = head.post(of(COURTS, "/preview"))["items"]
    published = head.post(of(COURTS, "/publication"))
    desk.call("POST", VERSIONS, **sent(LATER))
    later = head.post(of(LATER, "/publication"))
    _ask_at_the_stage(city)
    for definition in (STAGE, SERIES):
        desk.call("POST", VERSIONS, **sent(definition))
        head.post(of(definition, "/publication"))
    return Own(drafted, again, early, published, later)


def _ask_at_the_stage(city: City) -> None:
    """Half of the households answer the first wording, half the second."""
    base = f"/v1/assessments/{ASSESSMENT}/instruments"
    for version, label in (("1", "Safe at the stage?"), ("2", "Safe at the stage after dark?")):
        head = city.api("coordinator")
        made = head.call(
            "POST",
            base,
            content=stage_form(version, label),
            headers={"Content-Type": "text/markdown"},
        ).json()
        accepted = {"accept": "C-03-no-notice"}  # a test's form does not say who is responsible
        head.call("POST", f"/v1/instruments/{made['id']}/publication", params=accepted)
    for number in range(1, city.scene.tablets + 1):
        city.push(_at_the_stage(city, number), number)


def _at_the_stage(city: City, number: int) -> Iterator[dict[str, Any]]:
    mine = [h for h in city.answering(0, 8) if city.tablet_of(h) == number]
    for at, household in enumerate(mine):
        yield {
            "assessment": ASSESSMENT, "instrument": "stage", "version": str(1 + at % 2),
            "purpose": "production", "revises": None, "case": household.case,
            "started_at": "2026-06-01T08:00:00+03:00", "ended_at": "2026-06-01T08:05:00+03:00",
            "language": "en", "paradata": {}, "attachments": [],
            "answers": {"stage_safe": "safe" if at % 3 else "unsafe"},
        }  # fmt: skip


class TestCatalogue:
    def test_it_is_public_whole_and_titled_in_five_languages(self, city: City) -> None:
        listed = city.api().every("/v1/indicators", limit=50)
        assert [each["code"] for each in listed] == sorted(d.code for d in catalogue())
        assert len(listed) > 120
        for each in listed:
            assert set(each["title"]) == {"en", "es", "ru", "sw", "uz"}, each["code"]
            assert all(each["title"].values())
            assert len(set(each["title"].values())) > 1, each["code"]

    def test_themes_add_up_to_the_whole_and_codes_are_found(self, city: City) -> None:
        api = city.api()
        listed = api.every("/v1/indicators")
        themes = {each["theme"] for each in listed}
        by_theme = [code for t in themes for code in api.every("/v1/indicators", theme=t)]
        assert len(by_theme) == len(listed)
        assert api.get("/v1/indicators/VIC-03") in listed
        assert city.status(None, "GET", "/v1/indicators/VIC-99") == 404


class TestChecks:
    @pytest.mark.parametrize(
        ("changes", "field", "code", "valid"),
        [
            ({"numerator": "${tr_cuort} = 'lot'"}, "numerator", "unknown-variable", False),
            ({"numerator": "selected('sa a', ${pol_fair})"}, "filter", "universe", True),
            ({"numerator": "(${hv_burg_12m} = 'yes') + (${pv_rob_12m} = 'yes')"},
             "numerator", "unbounded", False),
            ({"numerator": "${tr_court} = 'lots'"}, "numerator", "unknown-choice", False),
            ({"code": "PER-01"}, "code", "code-taken", False),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )  # fmt: skip
    def test_findings_name_the_field_and_a_way_out(
        self, city: City, changes: dict[str, Any], field: str, code: str, *, valid: bool
    ) -> None:
        told = {}
        for language in ("en", "sw"):
            headers = {"Accept-Language": language}
            answer = (
                city.api("coordinator")
                .call("POST", CHECKS, headers=headers, **sent({**COURTS, **changes}))
                .json()
            )
            assert answer["valid"] is valid
            (told[language],) = [f for f in answer["findings"] if f["code"] == code]
        assert told["en"]["field"] == told["sw"]["field"] == field
        assert told["en"]["message"] != told["sw"]["message"]
        assert told["en"]["hint"]

    def test_nothing_of_a_check_is_kept_and_an_invalid_draft_neither(self, city: City) -> None:
        wrong = {**COURTS, "code": "LOC-09", "numerator": "${nobody} = 'yes'"}
        city.api("statistician").call("POST", CHECKS, **sent(wrong))
        refused = city.refused("statistician", "POST", VERSIONS, **sent(wrong))
        assert (refused["status"], refused["errors"][0]["pointer"]) == (
            409, "/definition/numerator",
        )  # fmt: skip
        listed = city.api("analyst").every(VERSIONS, assessment=ASSESSMENT)
        assert "LOC-09" not in {each["code"] for each in listed}

    def test_each_role_does_what_is_its_own(self, city: City, own: Own) -> None:
        assert own.published["state"] == "published"
        body = sent({**COURTS, "code": "LOC-04"})
        draft = [(role, city.status(role, "POST", VERSIONS, **body)) for role in
                 ("coordinator", "supervisor", "analyst", "stranger", None)]  # fmt: skip
        assert [status for _, status in draft] == [403, 403, 403, 404, 401]
        publish = of(LATER, "/publication")
        assert city.status("statistician", "POST", publish) == 403
        assert city.as_partner("GET", VERSIONS, assessment=ASSESSMENT).status_code == 403
        assert city.as_partner("GET", VERSIONS, assessment=ELSEWHERE).status_code == 404
        assert city.status("stranger", "GET", of(COURTS)) == 404


class TestVersions:
    def test_a_draft_is_kept_once_and_its_preview_is_protected(self, own: Own) -> None:
        assert (own.drafted["state"], own.published["state"]) == ("draft", "published")
        assert own.again == own.drafted
        (total,) = [c for c in own.early if {c["stratum"], c["sex"], c["age"]} == {"_T"}]
        assert total["lower_bound"] < total["obs_value"] < total["upper_bound"]
        assert {c["release"] for c in own.early} == {"preview"}

    def test_a_version_never_changes(self, city: City, own: Own) -> None:
        other = {**LATER, "title": {"en": "Something else"}}
        refused = city.refused("statistician", "POST", VERSIONS, **sent(other))
        assert refused["status"] == 409
        assert refused["type"].endswith("definition-exists")
        assert own.later["sha256"] == city.api("coordinator").get(of(LATER))["sha256"]
        assert (
            city.api("coordinator").get(of(COURTS))["indicator"]["numerator"]
            == (COURTS["numerator"])
        )

    def test_the_next_release_has_the_newest_and_says_what_is_comparable(
        self, city: City, own: Own, weighted: Weighted
    ) -> None:
        assert own.later["version"] == "1.1.0"
        release = weighted.release["id"]
        told = city.api("statistician").get(f"/v1/releases/{release}/indicators")
        mine = {each["code"]: each for each in told if each["theme"] == "LOC"}
        assert {c: (i["version"], i["comparability"]) for c, i in mine.items()} == {
            "LOC-01": ("1.1.0", "full"), "LOC-02": ("1.0.0", "partial"),
            "LOC-03": ("1.0.0", "full"),
        }  # fmt: skip
        (change, *_) = mine["LOC-02"]["changes"]
        assert (change["variable"], change["aspect"]) == ("stage_safe", "wording")
        cells = city.api("statistician").every(
            "/v1/observations", release=release, indicator="LOC-02"
        )
        assert {cell["comparability"] for cell in cells} == {"partial"}
