"""What may be kept of an interview: gates, consents, roster labels."""

from typing import Any

import pytest
from usga_assessment.domain.submission.ethics import Ruling, pointer, rule, watch, without


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


@pytest.mark.parametrize("value", ["no", ..., ["yes"], {}])
def test_without_consent_nothing_that_came_after_it_stays_P18(value: Any) -> None:
    extra = {"remark": "x", "ended": "2026-01-01T00:00:00Z", "psu": "p", "never asked": "x"}
    ruling, dropped = judged(consent=value, **extra)
    assert ruling.code == "C-01"
    assert dropped == {
        "age", "remark", "loc", "priv_ok", "hit", "priv_ok_i", "sv", "abuse", "never asked",
    }  # fmt: skip


def test_a_form_without_modules_asks_consent_like_any_P18() -> None:
    nodes = [
        {**node, "module": None}
        for node in (
            question("psu", ""), question("consent", ""), question("age", ""),
            question("disp_final", ""), question("group_of_age", "", type_="calculate"),
            {"kind": "repeat", "name": "thefts", "children": [question("what", "")]},
        )
    ]  # fmt: skip
    answers = {
        "psu": "p", "consent": "no", "age": 30, "disp_final": "d2_11", "group_of_age": "30-39",
        "thefts": [{}, {"what": "bicycle"}],
    }  # fmt: skip
    ruling = rule(answers, watch(nodes), age_floor=18)
    assert ruling.code == "C-01"
    assert without(answers, ruling.dropped) == {
        "psu": "p", "consent": "no", "disp_final": "d2_11",
    }  # fmt: skip


def test_what_the_tablet_alone_made_is_dropped_without_a_breach() -> None:
    made = question("area_code", "C", type_="calculate")
    ruling = rule({"consent": "no", "area_code": "x"}, watch([*NODES, made]), age_floor=18)
    assert (ruling.codes, ruling.dropped) == ((), (("area_code",),))


def test_a_refusal_breaks_nothing() -> None:
    roster = [{"m_age": 30}]
    answers = {"psu": "p", "consent": "no", "ended": "x", "roster": roster, "consent_geo": "no"}
    ruling = rule(answers, WATCH, age_floor=18)
    assert (ruling.codes, ruling.dropped) == ((), ())


def marked(name: str, module: str, role: str) -> dict[str, Any]:
    return {**question(name, module), "attributes": {"role": role}}


ROLES = watch(
    [
        question("consent", "B"), marked("agree_hard", "B", "consent_sensitive"),
        marked("alone", "H", "privacy_check"), question("hit", "H", "s3"),
        marked("still_alone", "H", "privacy_check"), question("sv", "H", "s3"),
        question("abuse", "K", "s3"),
    ]
)  # fmt: skip
OPENED = {
    "consent": "yes", "agree_hard": "yes", "alone": "yes", "still_alone": "yes", "hit": "no",
    "sv": "no", "abuse": "no",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "dropped"),
    [
        ({}, set()),
        ({"agree_hard": "no"}, {"hit", "sv", "abuse"}),
        ({"agree_hard": ["yes"]}, {"hit", "sv", "abuse"}),
        ({"alone": "no"}, {"hit", "abuse"}),
        ({"still_alone": "no"}, {"sv"}),
    ],
)
def test_roles_mark_the_gate_as_names_do_P18(changes: dict[str, Any], dropped: set[str]) -> None:
    ruling = rule({**OPENED, **changes}, ROLES, age_floor=18)
    assert {place[0] for place in ruling.dropped} == dropped
    assert ruling.code == ("E-01" if dropped else None)


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (("psu",), "/answers/psu"),
        (("roster", 1, "m_age"), "/answers/roster/1/m_age"),
        (("roster", 1, "Juma"), "/answers/roster/1"),
        (("Juma 0712345678",), "/answers"),
        ((712345678,), "/answers"),
        (("psu", 712345678), "/answers/psu"),
    ],
)
def test_pointers_name_only_what_the_form_names(place: tuple[str | int, ...], shown: str) -> None:
    assert pointer(place, WATCH) == shown


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
