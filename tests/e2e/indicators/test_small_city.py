"""What a careful city never meets, by real processes: one PSU a stratum, forms that changed whom
they ask, a poll of whoever answers, weights below zero."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.indicators.city import ELSEWHERE, City, found_city
from tests.e2e.indicators.conftest import QUICK
from tests.e2e.indicators.definitions import COURTS, VERSIONS, of, sent
from tests.e2e.indicators.live import cells_of
from tools.demo import ASSESSMENT
from tools.demo.play import scene_of
from tools.demo.progress import Progress
from tools.demo.sample import Size, as_csv
from tools.launcher.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
SIZE = Size(villages=2, psus=6, interviews=(20,), tablets=1)
GATE = {
    **COURTS, "code": "LOC-08", "title": {"en": "Feel safe at the gate"}, "instrument": "gate",
    "numerator": "${gate_safe} = 'safe'", "disaggregations": [],
}  # fmt: skip
POLL = {
    **COURTS, "code": "LOC-07", "title": {"en": "Feel safe under curfew"}, "instrument": "rap",
    "numerator": "${rap_safe} = 'safe'", "disaggregations": [],
}  # fmt: skip
DESIGN = f"/v1/weights/design?assessment={ASSESSMENT}"


def form(name: str, version: str, relevant: str = "") -> bytes:
    """A form of two questions; `relevant` says who is asked the second."""
    return (
        "| settings |\n| | form_title | form_id | version | namespaces |\n"
        f'| | {name} | {name} | {version} | usga="urn:usga:xlsform:1" |\n| survey |\n'
        "| | type | name | label | relevant | bind::usga:sensitivity | bind::usga:field_class |\n"
        "| | select_one feel | day_safe | Safe by day? | | 0 | open |\n"
        f"| | select_one feel | {name}_safe | Safe at night? | {relevant} | 0 | open |\n"
        "| choices |\n| | list_name | name | label |\n"
        "| | feel | safe | Safe |\n| | feel | unsafe | Unsafe |\n"
    ).encode()


def answered(name: str, version: str, at: int, case: str | None) -> dict[str, Any]:
    day = "safe" if at % 5 else "unsafe"
    asked = version == "1" or day == "safe"
    night = {f"{name}_safe": "safe" if at % 3 else "unsafe"} if asked else {}
    return {
        "assessment": ASSESSMENT, "instrument": name, "version": version,
        "purpose": "production", "revises": None, "case": case,
        "started_at": "2026-06-01T08:00:00+03:00", "ended_at": "2026-06-01T08:05:00+03:00",
        "language": "en", "paradata": {}, "attachments": [],
        "answers": {"day_safe": day, **night},
    }  # fmt: skip


def publish(city: City, content: bytes) -> None:
    head = city.api("coordinator")
    path = f"/v1/assessments/{ASSESSMENT}/instruments"
    media = {"Content-Type": "text/markdown"}
    made = head.call("POST", path, content=content, headers=media).json()
    accepted = {"accept": "C-03-no-notice"}  # a test's form does not say who is responsible
    head.call("POST", f"/v1/instruments/{made['id']}/publication", params=accepted)


def leave_one_psu(city: City) -> None:
    """Of the first stratum, which is declared as taken with certainty: else no sample has it."""
    stratum = city.scene.villages[0].stratum
    alone = next(h.psu for h in city.scene.sample if h.stratum == stratum)
    city.scene.sample[:] = [h for h in city.scene.sample if h.stratum != stratum or h.psu == alone]
    city.api("statistician").call(
        "POST",
        f"/v1/assessments/{ASSESSMENT}/sample",
        params={"certainty": stratum},
        content=as_csv(city.scene.sample).encode(),
        headers={"Content-Type": "text/csv"},
    )


@dataclass(frozen=True)
class Met:
    """What the small city met."""

    city: City
    refused: dict[str, Any]
    """A release while lonely PSUs are to fail."""
    release: dict[str, Any]
    """The same under `adjust`."""


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    with (
        Stack(tmp_path_factory.mktemp("small-city"), environment=QUICK) as stack,
        scene_of(stack, Progress(io.StringIO()), size=SIZE) as scene,
    ):
        city = found_city(scene)
        leave_one_psu(city)
        desk, head = city.api("statistician"), city.api("coordinator")
        for content in (
            form("gate", "1"),
            form("gate", "2", "${day_safe} = 'safe'"),
            form("rap", "1"),
        ):
            publish(city, content)
        for definition in (GATE, POLL):
            desk.call("POST", VERSIONS, **sent(definition))
            head.post(of(definition, "/publication"))
        households = city.answering(0, 20)
        gate = [answered("gate", str(1 + n % 2), n, h.case) for n, h in enumerate(households)]
        poll = [answered("rap", "1", n, None) for n in range(60)]
        city.push([*gate, *poll])
        order = {"json": {"assessment": ASSESSMENT}}
        desk.put(DESIGN, {"lonely_psu": "fail"})
        refused = city.refused("statistician", "POST", "/v1/releases", **order)
        desk.put(DESIGN, {"lonely_psu": "adjust"})
        yield Met(city, refused, desk.post("/v1/releases", order["json"]))


def totals(met: Met, code: str) -> list[dict[str, Any]]:
    found = cells_of(met.city, met.release["id"]).values()
    return [cell for cell in found if cell["indicator"] == code]


def test_a_stratum_with_one_psu_is_refused_under_fail_and_told_under_adjust(met: Met) -> None:
    assert met.refused["status"] == 409
    assert met.refused["type"].endswith("/design-refused")
    assert met.refused["code"] == "design-lonely-psu"
    alone = [cell for cell in totals(met, "LOC-08") if cell["reason"] == "lonely-psu"]
    assert len(alone) == met.release["lonely_psu"] > 0
    assert met.release["analysis"]["design"]["lonely_psu"] == "adjust"


def test_a_form_that_asked_other_people_breaks_what_rests_on_it(met: Met) -> None:
    path = f"/v1/releases/{met.release['id']}/indicators"
    told = {each["code"]: each for each in met.city.api("statistician").get(path)}
    assert told["LOC-08"]["comparability"] == "broken"
    aspects = {(c["variable"], c["aspect"], c["effect"]) for c in told["LOC-08"]["changes"]}
    assert ("gate_safe", "universe", "broken") in aspects
    assert {cell["comparability"] for cell in totals(met, "LOC-08")} == {"broken"}
    assert told["LOC-07"]["comparability"] == "full"


def test_a_poll_of_whoever_answers_is_labelled_and_has_no_interval_Q03(met: Met) -> None:
    path = f"/v1/releases/{met.release['id']}/indicators"
    told = {each["code"]: each["source"] for each in met.city.api("statistician").get(path)}
    assert (told["LOC-07"], told["LOC-08"]) == ("non_probability", "survey")
    (total,) = totals(met, "LOC-07")
    assert total["sample_size"] == 60
    assert total["obs_value"] == pytest.approx(100 * 40 / 60, abs=0.05)
    assert {total[n] for n in ("standard_error", "lower_bound", "upper_bound")} == {None}
    (whole,) = totals(met, "LOC-08")
    assert whole["lower_bound"] < whole["obs_value"] < whole["upper_bound"]


def test_weights_below_zero_are_refused_where_they_arise(met: Met) -> None:
    """Two margins that ask for next to nobody twice: linear calibration overshoots."""
    desk = met.city.api("statistician")
    strata = [village.stratum for village in met.city.scene.villages]
    for name, variable, (few, many) in (
        ("few-safe", "gate_safe", ("safe", "unsafe")),
        ("few-first", "stratum", strata),
    ):
        cells = [(few, 100), (many, 9900)]
        margin = {
            "assessment": ASSESSMENT, "name": name, "variables": [variable],
            "cells": [{"categories": [each], "population": size} for each, size in cells],
            "source": "SYNTHETIC", "as_of": "2024-08-24",
        }  # fmt: skip
        assert desk.post("/v1/weights/margins", margin)["findings"] == []
    step = {"kind": "calibrate", "margins": ["few-safe", "few-first"], "missing": "keep"}
    body = {"assessment": ASSESSMENT, "instrument": "gate", "recipe": {"steps": [step]}}
    refused = met.city.refused("statistician", "POST", "/v1/weights/previews", json=body)
    error = refused["errors"][0]
    assert (refused["status"], error["code"]) == (409, "negative-weight")
    assert error["pointer"] == "/recipe/steps/0"


def test_a_negative_chance_of_selection_is_refused_with_its_row(met: Met) -> None:
    lines = as_csv(met.city.scene.sample).splitlines()
    fields = lines[3].split(",")  # the header is no row
    fields[3] = f"-{fields[3]}"
    lines[3] = ",".join(fields)
    refused = met.city.refused(
        "stranger",
        "POST",
        f"/v1/assessments/{ELSEWHERE}/sample",
        content="\n".join(lines).encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert refused["type"].endswith("/sample-refused")
    (error,) = refused["errors"]
    assert (error["pointer"], error["code"]) == ("/rows/3/pi1", "not-a-probability")
