"""What may be kept of an interview: gates, consents, roster labels."""

from typing import Any

import pytest
from usga_assessment.domain.submission.ethics import Ruling, rule, watch, without


def question(
    name: str, module: str, field_class: str = "open", type_: str = "text"
) -> dict[str, Any]:
    return {
        "kind": "question", "name": name, "type": type_, "module": module,
        "field_class": field_class,
    }  # fmt: skip


NODES: list[dict[str, Any]] = [
    question("psu", "A"),
    {
        "kind": "group", "name": "b", "children": [
            {"kind": "repeat", "name": "roster", "children": [
                question("m_label", "B", "identifier"), question("m_age", "B", type_="integer"),
            ]},
            question("consent", "B"), question("consent_sens", "B"), question("consent_geo", "B"),
            question("loc", "B", "location", "geopoint"),
        ],
    },
    question("age", "C", type_="integer"),
    question("remark", "C", "text"),
    question("priv_ok", "H"), question("hit", "H", "s3"),
    question("priv_ok_i", "I"), question("sv", "I", "s3"),
    question("abuse", "K", "s3"),
    question("ended", "P", type_="end"),
]  # fmt: skip
WATCH = watch(NODES)
GOOD = {
    "consent": "yes", "consent_sens": "yes", "consent_geo": "yes", "loc": "-1 36 0 5", "age": 30,
    "priv_ok": "yes", "hit": "no", "priv_ok_i": "yes", "sv": "none", "abuse": "no",
}  # fmt: skip


def judged(**changes: Any) -> tuple[Ruling, set[str]]:
    answers = {k: v for k, v in {**GOOD, **changes}.items() if v is not ...}
    ruling = rule(answers, WATCH, age_floor=18)
    return ruling, {"/".join(map(str, place)) for place in ruling.dropped}


def test_an_open_gate_lets_everything_through() -> None:
    ruling, dropped = judged()
    assert (ruling.codes, dropped) == ((), set())


@pytest.mark.parametrize("value", ["no", ..., "", None])
def test_without_sensitive_consent_no_s3_answer_stays(value: Any) -> None:
    ruling, dropped = judged(consent_sens=value)
    assert ruling.code == "E-01"
    assert dropped == {"hit", "sv", "abuse"}


def test_each_module_has_its_own_privacy_check() -> None:
    assert judged(priv_ok_i="no")[1] == {"sv"}
    assert judged(priv_ok="no")[1] == {"hit", "abuse"}  # K has none of its own


def test_an_s3_answer_that_is_not_there_breaks_nothing() -> None:
    ruling, dropped = judged(consent_sens="no", hit="", sv=None, abuse=...)
    assert (ruling.codes, dropped) == ((), set())


def test_an_s3_answer_to_a_question_not_asked_is_dropped() -> None:
    ruling = rule(GOOD, WATCH, age_floor=18, irrelevant=[("sv",), ("psu",)])
    assert (ruling.code, ruling.dropped) == ("E-01", (("sv",),))


@pytest.mark.parametrize("value", ["no", ...])
def test_a_location_without_its_consent_is_dropped(value: Any) -> None:
    ruling, dropped = judged(consent_geo=value)
    assert (ruling.code, dropped) == ("C-04", {"loc"})


@pytest.mark.parametrize("value", ["no", ...])
def test_without_consent_sealed_answers_are_dropped(value: Any) -> None:
    ruling, dropped = judged(consent=value, remark="x", ended="2026-01-01T00:00:00Z")
    assert ruling.code == "C-01"
    assert dropped == {"hit", "sv", "abuse", "remark"}


def test_a_refusal_breaks_nothing() -> None:
    ruling = rule({"psu": "p", "consent": "no", "ended": "x"}, WATCH, age_floor=18)
    assert ruling.codes == ()


def test_roster_labels_are_dropped_and_quarantine_nothing() -> None:
    ruling, dropped = judged(roster=[{"m_label": "A", "m_age": 30}, {"m_age": 31}])
    assert (ruling.code, dropped) == (None, {"roster/0/m_label"})


@pytest.mark.parametrize(("age", "code"), [(17, "E-09"), (18, None), (-99, None), (0, "E-09")])
def test_the_age_floor(age: int, code: str | None) -> None:
    assert judged(age=age)[0].code == code


def test_dropping_leaves_what_was_given_as_it_is() -> None:
    answers = {"a": 1, "r": [{"x": 1, "y": 2}, {"x": 3}]}
    kept = without(answers, [("a",), ("r", 0, "x")])
    assert kept == {"r": [{"y": 2}, {"x": 3}]}
    assert answers == {"a": 1, "r": [{"x": 1, "y": 2}, {"x": 3}]}
