"""Synthetic interviews are valid by construction, seeded, and planted faults are faults."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from usga_expressions.instrument import Instrument
from usga_tablet.habits import Habits, cluster_shift
from usga_tablet.planting import Fault, close_gate, edit, make_invalid, plan
from usga_tablet.respondent import CannotAnswer, Respondent, Situation

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def _question(name: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"kind": "question", "name": name, "type": type_, "children": [], **more}


DOCUMENT: dict[str, Any] = {
    "format": "usga-instrument/1",
    "name": "toy",
    "version": "1",
    "title": {"en": "Toy"},
    "default_language": "en",
    "languages": ["en"],
    "choice_lists": {
        "yes_no": [{"name": "yes", "label": {}}, {"name": "no", "label": {}}],
        "place": [{"name": n, "label": {}} for n in ("home", "street", "market", "none", "dk")],
    },
    "external_lists": [],
    "nodes": [
        _question("start", "start"),
        _question("consent", "select_one", list="yes_no", required="true()"),
        _question("age", "integer", relevant="${consent}='yes'", constraint=". >= 18 and . <= 110"),
        _question("where", "select_multiple", list="place", relevant="${consent}='yes'"),
        _question(
            "worst", "select_one", list="place", relevant="count-selected(${where}) > 0",
            choice_filter="selected(${where}, name)",
        ),
        _question("born", "date", constraint=". <= today()"),
        _question("at", "geopoint"),
        _question("double", "calculate", calculation="${age} * 2"),
        {
            "kind": "repeat", "name": "visit", "type": "", "repeat_count": "2",
            "children": [_question("hour", "integer", constraint=". >= 7 and . < 19")],
        },
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return Instrument.load(DOCUMENT)


def test_interviews_pass_the_servers_own_check(instrument: Instrument) -> None:
    situation = Situation(cluster="p1", started=NOW, place=(-1.26, 36.86))
    seen: set[str] = set()
    for number in range(150):
        answers = Respondent(Habits(), seed=7, number=number).interview(instrument, situation)
        result = instrument.check(answers, now=NOW)
        assert result.findings == (), answers
        seen |= set(answers)
    assert seen == {"start", "consent", "age", "where", "worst", "born", "at", "double", "visit"}


def test_the_same_seed_gives_the_same_interview(instrument: Instrument) -> None:
    situation = Situation(cluster="p1", started=NOW)
    one = Respondent(Habits(), seed=7, number=3).interview(instrument, situation)
    assert one == Respondent(Habits(), seed=7, number=3).interview(instrument, situation)
    assert one != Respondent(Habits(), seed=8, number=3).interview(instrument, situation)


def test_fixed_answers_are_given_where_the_form_accepts_them(instrument: Instrument) -> None:
    situation = Situation(cluster="p1", started=NOW, fixed={"consent": "yes", "age": 30})
    answers = Respondent(Habits(), seed=1, number=1).interview(instrument, situation)
    assert answers["age"] == 30
    assert answers["double"] == 60


def test_a_question_that_nobody_can_answer_is_said_so() -> None:
    impossible = {**DOCUMENT, "nodes": [
        _question("odd", "text", required="true()", constraint=". = 'never said'"),
    ]}  # fmt: skip
    with pytest.raises(CannotAnswer, match="odd"):
        Respondent(Habits(), seed=1, number=1).interview(
            Instrument.load(impossible), Situation(cluster="", started=NOW)
        )


def test_habits_are_followed(instrument: Instrument) -> None:
    habits = Habits(choices={"consent": {"yes": 0.9, "no": 0.1}}, spread=0.0)
    situation = Situation(cluster="p1", started=NOW)
    said = [
        Respondent(habits, seed=2, number=n).interview(instrument, situation)["consent"]
        for n in range(300)
    ]
    assert 240 < said.count("yes") < 295


def test_people_of_one_cluster_share_an_effect() -> None:
    shifts = [cluster_shift(1, f"p{i}", "safe_night", 0.5) for i in range(400)]
    assert cluster_shift(1, "p1", "safe_night", 0.5) == shifts[1]
    assert abs(sum(shifts) / 400) < 0.1
    assert 0.15 < sum(s * s for s in shifts) / 400 < 0.35


def test_every_fault_is_planted_in_its_share() -> None:
    planted = plan(400, 0.05, random.Random(5))
    assert len(planted) == 20
    assert set(planted.values()) == set(Fault)


def test_planted_faults_are_faults(instrument: Instrument) -> None:
    answers = {"consent": "yes", "age": 40}
    assert not instrument.check(make_invalid(answers), now=NOW).valid
    leaking = close_gate(answers, "consent")
    assert not instrument.check(leaking, now=NOW).valid
    draft = {"id": "a", "answers": answers}
    revised = edit(draft, "a", {"age": 41})
    assert revised["revises"] == "a"
    assert revised["id"] != "a"
    assert draft["answers"] == {"consent": "yes", "age": 40}
