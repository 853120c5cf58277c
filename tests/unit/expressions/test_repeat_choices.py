"""Choices from the answers of a repeat: `select_one ${name}`."""

import time
from typing import Any

import pytest
from usga_expressions.instrument import Ask, Instrument, RepeatAsk

from tests.unit.expressions.build import NOW, check, codes, instrument, question, repeat


def household(*inside: dict[str, Any], **rest: Any) -> Instrument:
    return instrument(
        question("limit", "integer"),
        repeat("person", question("name"), question("age", "integer"), *inside),
        question("head", "select_one", list="${name}", **rest),
        question("many", "select_multiple", list="${name}"),
        question("shown", "calculate", calculation="jr:choice-name(${head}, '${head}')"),
    )


PEOPLE: list[dict[str, Any]] = [{"name": "Ann", "age": 30}, {"name": "Bob", "age": 4}, {"age": 9}]


class TestCheck:
    def test_an_answer_among_the_rows_is_accepted(self) -> None:
        answers = {"person": PEOPLE, "head": "Ann", "many": "Bob Ann", "shown": "Ann"}
        assert codes(household(), answers) == []

    @pytest.mark.parametrize("given", [{"head": "Cy"}, {"many": "Ann Cy"}])
    def test_an_answer_that_no_row_holds_is_unknown(self, given: dict[str, Any]) -> None:
        name = next(iter(given))
        assert codes(household(), {"person": PEOPLE, **given}) == [(f"/{name}", "unknown-choice")]

    def test_a_filter_reads_the_row_and_the_questions_outside(self) -> None:
        loaded = household(choice_filter="${age} > ${limit}")
        answers = {"limit": 5, "person": PEOPLE, "head": "Bob"}
        assert codes(loaded, answers) == [("/head", "choice-not-offered")]
        assert codes(loaded, {**answers, "limit": 3}) == []

    def test_the_question_beside_the_select_is_named_from_the_select(self) -> None:
        friend = question(
            "friend", "select_one", list="${name}", choice_filter="${name} != current()/../name"
        )
        people = [{**PEOPLE[0], "friend": "Ann"}, {**PEOPLE[1], "friend": "Ann"}]
        found = codes(household(friend), {"person": people})
        assert found == [("/person/0/friend", "choice-not-offered")]

    def test_what_an_irrelevant_question_would_offer_is_not_offered(self) -> None:
        loaded = instrument(
            question("ask", "integer"),
            repeat("person", question("name", relevant="${ask} = 1")),
            question("head", "select_one", list="${name}"),
        )
        assert codes(loaded, {"ask": 1, "person": [{"name": "Ann"}], "head": "Ann"}) == []
        found = codes(loaded, {"ask": 2, "person": [{"name": "Ann"}], "head": "Ann"})
        assert ("/head", "unknown-choice") in found

    def test_in_a_nested_repeat_only_the_rows_around_the_select_count(self) -> None:
        loaded = instrument(
            repeat(
                "household",
                repeat("person", question("name")),
                question("head", "select_one", list="${name}"),
            )
        )
        houses = [
            {"person": [{"name": "Ann"}], "head": "Bob"},
            {"person": [{"name": "Bob"}], "head": "Bob"},
        ]
        assert codes(loaded, {"household": houses}) == [("/household/0/head", "unknown-choice")]

    def test_rows_and_columns_may_be_named_as_xforms_do(self) -> None:
        loaded = instrument(
            repeat("person", question("name"), question("nick")),
            question(
                "head", "select_one", list="${person}", choice_filter="./name != ''",
                parameters={"value": "name", "label": "nick"},
            ),
            question("shown", "calculate", calculation="jr:choice-name(${head}, '${head}')"),
        )  # fmt: skip
        answers = {"person": [{"name": "Ann", "nick": "A."}], "head": "Ann", "shown": "A."}
        assert check(loaded, answers).findings == ()
        found = codes(loaded, {**answers, "shown": "Ann"})
        assert found == [("/shown", "calculate-differs")]


def test_a_respondent_is_offered_the_answers() -> None:
    walk = household(choice_filter="${age} > 5").walk(now=NOW)
    names = iter(["Ann", "Bob"])
    seen: dict[str, tuple[str, ...]] = {}
    for ask in walk:
        if isinstance(ask, RepeatAsk):
            ask.count = 2
        elif ask.name == "name":
            ask.answer(next(names))
        elif ask.name == "age":
            ask.answer(30 if ask.pointer == "/person/0/age" else 4)
        else:
            seen[ask.name] = ask.choices
            _choose(ask)
    assert seen == {"limit": (), "head": ("Ann",), "many": ("Ann", "Bob")}
    assert walk.answers()["shown"] == "Ann"


def _choose(ask: Ask) -> None:
    if ask.choices:
        ask.answer(ask.choices[-1])
        with pytest.raises(ValueError, match="breaks a rule"):
            ask.answer("Zed")


def test_a_thousand_choices_among_a_thousand_rows_take_no_long_time() -> None:
    many = question("friends", "select_multiple", list="${name}")
    loaded = instrument(repeat("person", question("name"), many))
    names = [f"n{at}" for at in range(1000)]
    people = [{"name": name, "friends": " ".join(names)} for name in names]
    start = time.process_time()
    assert check(loaded, {"person": people}).valid
    assert time.process_time() - start < 5


class TestRank:
    FORM = instrument(
        repeat("person", question("name"), question("age", "integer")),
        question("order", "rank", list="${name}", choice_filter="${age} > 3"),
        question("first", "calculate", calculation="selected-at(${order}, 0)"),
    )

    def test_answers_of_a_repeat_are_put_in_order(self) -> None:
        answers = {"person": PEOPLE[:2], "order": "Bob Ann", "first": "Bob"}
        assert codes(self.FORM, answers) == []

    @pytest.mark.parametrize(
        ("order", "code"), [("Ann Cy", "unknown-choice"), ("Ann Ann", "wrong-type")]
    )
    def test_others_and_repetitions_are_found(self, order: str, code: str) -> None:
        answers = {"person": PEOPLE[:2], "order": order, "first": "Ann"}
        assert codes(self.FORM, answers) == [("/order", code)]

    def test_what_the_filter_leaves_out_is_not_offered(self) -> None:
        people = [PEOPLE[0], {"name": "Bob", "age": 2}]
        answers = {"person": people, "order": "Ann Bob", "first": "Ann"}
        assert codes(self.FORM, answers) == [("/order", "choice-not-offered")]


class TestQuick:
    """What is simple never comes to the general check, and is never taken for right wrongly."""

    FORM = household()

    def quick(self, answers: dict[str, Any]) -> bool:
        assert self.FORM.shortcut is not None
        return self.FORM.shortcut(self.FORM.environment(now=NOW), answers)

    def test_right_answers_take_the_short_way(self) -> None:
        assert self.quick({"person": PEOPLE, "head": "Ann", "many": "Bob Ann", "shown": "Ann"})

    @pytest.mark.parametrize(
        "answers",
        [
            {"person": PEOPLE, "head": "Cy"}, {"head": "Ann"}, {"person": [], "head": "Ann"},
            {"person": PEOPLE, "many": "Ann Ann"}, {"person": PEOPLE, "many": "Ann Cy"},
            {"person": 3, "head": "Ann"}, {"person": "Ann", "head": "A"},
            {"person": [{"name": ["Ann"]}], "head": "Ann"}, {"person": ["Ann"], "head": "Ann"},
            {"person": PEOPLE, "head": ["Ann"]}, {"person": {"name": "Ann"}, "head": "name"},
        ],
    )  # fmt: skip
    def test_wrong_ones_do_not(self, answers: dict[str, Any]) -> None:
        assert not self.quick(answers)
        assert codes(self.FORM, answers)
