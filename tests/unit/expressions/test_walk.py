"""Answering a form question by question."""

from typing import Any

import pytest
from usga_expressions.instrument import Ask, Instrument, RepeatAsk
from usga_expressions.instrument.bounds import Bound

from tests.unit.expressions.build import NOW, codes, group, instrument, question, repeat


def answer(loaded: Instrument, given: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Walk and answer by name; the names asked and the answers."""
    walk = loaded.walk(now=NOW)
    asked = []
    for ask in walk:
        asked.append(ask.name)
        if isinstance(ask, RepeatAsk):
            ask.count = given[ask.name]
        else:
            ask.answer(given.get(ask.name))
    return asked, walk.answers()


class TestWalk:
    def form(self) -> Instrument:
        return instrument(
            question("c", "select_one", list="yes_no", required="true()"),
            group(
                "g",
                question("n", "integer", constraint=". >= 0 and . <= 3"),
                question("next", "calculate", calculation="${n} + 1"),
                repeat("r", question("x"), repeat_count="${n}"),
                relevant="${c} = 'yes'",
            ),
            question("why", relevant="${c} = 'no'"),
        )

    def test_only_relevant_questions_are_offered(self) -> None:
        assert answer(self.form(), {"c": "no", "why": "a"}) == (
            ["c", "why"],
            {"c": "no", "why": "a"},
        )

    def test_a_counted_repeat_has_its_instances_and_calculates_are_there(self) -> None:
        asked, answers = answer(self.form(), {"c": "yes", "n": 2, "x": "a"})
        assert asked == ["c", "n", "x", "x"]
        assert answers == {"c": "yes", "n": 2, "next": 3, "r": [{"x": "a"}, {"x": "a"}]}
        assert codes(self.form(), answers) == []

    def test_an_open_repeat_asks_for_its_count(self) -> None:
        loaded = instrument(repeat("r", question("x")))
        assert answer(loaded, {"r": 2, "x": "a"})[1] == {"r": [{"x": "a"}, {"x": "a"}]}
        assert answer(loaded, {"r": 0})[1] == {}

    def test_an_answer_against_the_rules_is_refused(self) -> None:
        with pytest.raises(ValueError, match="the answer to n breaks a rule"):
            answer(self.form(), {"c": "yes", "n": 4})
        with pytest.raises(ValueError, match="breaks a rule"):
            answer(self.form(), {"c": "perhaps"})

    def test_a_question_says_what_it_takes(self) -> None:
        loaded = instrument(
            question("m", "select_multiple", list="place"),
            question("top", "select_one", list="place", choice_filter="selected(${m}, name)"),
            question(
                "age", "integer", constraint="(. >= 18 and . < 110) or . = -99",
                required="${top} = 'home'",
            ),
        )  # fmt: skip
        seen: dict[str, Ask] = {}
        for ask in loaded.walk(now=NOW):
            assert isinstance(ask, Ask)
            seen[ask.name] = ask
            if ask.name == "m":
                assert ask.choices == ("home", "street", "none")
                ask.answer("street home")
            if ask.name == "top":
                assert ask.choices == ("home", "street")
                assert not ask.accepts("none")
                ask.answer("home")
        assert seen["age"].required
        assert seen["age"].bounds == (Bound(18, 110, high_open=True), Bound(-99, -99))
        assert [seen["age"].accepts(v) for v in (17, 18, 110, -99, "18")] == [
            False, True, False, True, False,
        ]  # fmt: skip

    def test_a_question_reopened_by_a_later_answer_is_offered_after_it(self) -> None:
        loaded = instrument(
            question("early", relevant="${late} = 'yes'"),
            question("late", "select_one", list="yes_no"),
        )
        asked, answers = answer(loaded, {"late": "yes", "early": "x"})
        assert asked == ["late", "early"]
        assert answers == {"early": "x", "late": "yes"}

    def test_an_answer_closed_by_a_later_one_is_left_out(self) -> None:
        loaded = instrument(
            question("early", relevant="${late} != 'no'"),
            question("late", "select_one", list="yes_no"),
        )
        assert answer(loaded, {"late": "no", "early": "x"})[1] == {"late": "no"}

    def test_a_calculate_further_down_is_there_when_it_is_read(self) -> None:
        loaded = instrument(
            question("a", "integer"),
            question("q", relevant="${twice} > 2"),
            question("twice", "calculate", calculation="${once_more} * 2"),
            question("once_more", "calculate", calculation="${a} + 0"),
        )
        assert answer(loaded, {"a": 2, "q": "x"})[0] == ["a", "q"]

    def test_a_draw_is_made_once(self) -> None:
        loaded = instrument(
            question("draw", "calculate", calculation="once(random())"),
            question("again", "calculate", calculation="${draw}"),
        )
        drawn = iter([0.25, 0.5, 0.75])
        walk = loaded.walk(now=NOW, draw=lambda: next(drawn))
        assert list(walk) == []
        assert walk.answers() == {"draw": "0.25", "again": "0.25"}
