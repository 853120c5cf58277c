"""What a tablet writes by itself: entries that ask for more, values that a trigger wrote."""

import random
from typing import Any

import pytest
from usga_expressions.instrument import Ask, Instrument

from tests.property.expressions.respondent import interview
from tests.unit.expressions.build import NOW, check, codes, instrument, question, repeat


def growing(count: str, counted: str = "count(${person})") -> Instrument:
    """One more person as long as the last one says so, as docs.getodk.org shows it."""
    return instrument(
        question("n", "calculate", calculation=counted),
        repeat(
            "person",
            question("nick"),
            question("more", "select_one", list="yes_no"),
            repeat_count=count,
        ),
    )


MORE = (
    "if(${n} = 0 or indexed-repeat(${more}, ${person}, ${n}) = 'yes', ${n} + 1, ${n})",
    "count(${person}[more = 'yes']) + 1",
)


class TestGrowingRepeats:
    @pytest.mark.parametrize("count", MORE)
    def test_a_number_that_follows_from_the_entries_is_no_circle(self, count: str) -> None:
        loaded = growing(count)
        assert loaded.usable
        people = [{"more": "yes"}, {"more": "no"}]
        assert codes(loaded, {"n": 2, "person": people}) == []

    @pytest.mark.parametrize("count", MORE)
    def test_another_number_is_a_warning_and_quarantines_nothing(self, count: str) -> None:
        result = check(growing(count), {"n": 1, "person": [{"more": "yes"}]})
        assert [(f.pointer, f.code) for f in result.findings] == [
            ("/person", "wrong-repeat-count")
        ]
        assert result.valid

    @pytest.mark.parametrize("count", MORE)
    def test_a_respondent_adds_entries_until_the_last_says_no(self, count: str) -> None:
        loaded, sizes = growing(count), set()
        for seed in range(8):
            chance = random.Random(seed)
            answers = interview(loaded.walk(now=NOW, draw=chance.random), chance)
            people = answers.get("person", [])
            assert [p.get("more") for p in people[:-1]] == ["yes"] * (len(people) - 1)
            assert people[-1].get("more") != "yes"
            assert codes(loaded, answers) == []
            sizes.add(len(people))
        assert len(sizes) > 1

    def test_an_endless_one_ends(self) -> None:
        walk = growing("count(${nick}) + 1").walk(now=NOW)
        assert len(list(walk)) < 1000

    def test_endless_ones_inside_each_other_end(self) -> None:
        node = question("x", "integer")
        for name in "abcd":
            node = repeat(name, node, repeat_count=f"count(${{{name}}}) + 1")
        walk = instrument(node).walk(now=NOW)
        assert len(list(walk)) < 1000

    def test_a_circle_of_calculations_through_the_count_stays_one(self) -> None:
        loaded = instrument(
            question("n", "calculate", calculation="${m} + 1"),
            question("m", "calculate", calculation="${n} + count(${r})"),
            repeat("r", question("x"), repeat_count="${n}"),
        )
        assert not loaded.usable


class TestTriggers:
    def loaded(self, **rest: Any) -> Instrument:
        return instrument(
            question("a", "integer"),
            question("b", "integer", calculation="${a} * 2", trigger="${a}", **rest),
            question("c", relevant="${b} > 100", required="true()"),
        )

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            ({"a": 2, "b": 150, "c": "x"}, []),  # suggested 4, changed by the interviewer
            ({"a": 2, "b": 150}, [("/c", "required")]),
            ({"a": 60, "b": 4, "c": "x"}, [("/c", "irrelevant-answer")]),
            ({"a": 60}, []),  # the interviewer emptied it
        ],
    )
    def test_what_it_wrote_is_an_answer_like_others(
        self, answers: dict[str, Any], expected: list[tuple[str, str]]
    ) -> None:
        assert codes(self.loaded(), answers) == expected

    def test_its_own_rules_hold(self) -> None:
        loaded = self.loaded(constraint=". < 100")
        assert codes(loaded, {"a": 2, "b": 150, "c": "x"}) == [("/b", "constraint")]

    def test_a_counter_of_changes_is_no_circle(self) -> None:
        loaded = instrument(
            question("a", "integer"),
            question("n", "calculate", calculation="${n} + 1", trigger="${a}"),
            question("often", relevant="${n} > 3"),
        )
        assert loaded.usable
        assert codes(loaded, {"a": 1, "n": "5", "often": "x"}) == []

    def test_a_respondent_leaves_what_it_writes(self) -> None:
        walk = self.loaded().walk(now=NOW)
        for ask in walk:
            assert isinstance(ask, Ask)
            ask.answer(3 if ask.name == "a" else "x")
        answers = walk.answers()
        assert answers == {"a": 3, "b": 6}
        assert codes(self.loaded(), answers) == []
