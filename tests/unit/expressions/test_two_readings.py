"""Interviews that ODK Collect takes are not held back where engines read the form differently."""

from typing import Any

import pytest
from usga_expressions.instrument import Instrument
from usga_expressions.reading import Reading

from tests.unit.expressions.build import NOW, check, document, instrument, question, repeat


def summed() -> Instrument:
    """A sum over questions of which one is empty: none by the letter, the others in Collect."""
    return instrument(
        repeat("r", question("w", "integer")),
        question("s", "calculate", calculation="sum(${w})"),
        question("t", relevant="${s} > 3", required="true()"),
    )


WEIGHED = {"r": [{"w": 5}, {}], "s": "5", "t": "heavy"}


class TestSecondReading:
    def test_what_follows_from_a_sum_as_collect_has_it_is_a_warning(self) -> None:
        result = check(summed(), WEIGHED)
        assert result.valid
        assert [(f.pointer, f.code, dict(f.params)) for f in result.findings] == [
            ("/s", "calculate-differs", {}),
            ("/t", "engines-differ", {"rule": "irrelevant-answer"}),
        ]

    @pytest.mark.parametrize(
        "answers",
        [
            {"r": [{"w": 1}, {}], "s": "5", "t": "x"},  # a value that no engine gives
            {"r": [{"w": "five"}, {}], "s": "5", "t": "x"},
        ],
    )
    def test_what_no_reading_takes_stays_wrong(self, answers: dict[str, Any]) -> None:
        result = check(summed(), answers)
        assert not result.valid
        assert "engines-differ" not in {f.code for f in result.findings}

    def test_a_question_alone_as_condition(self) -> None:
        loaded = instrument(question("x"), question("y", relevant="${x}", required="true()"))
        assert check(loaded, {}).valid
        assert not check(loaded, {"x": "here"}).valid

    def test_the_letter_alone_is_enough_too(self) -> None:
        loaded = instrument(question("x", constraint="regex(., '[0-9]')"))
        assert check(loaded, {"x": "a1"}).findings == ()

    def test_whoever_asks_for_collect_hears_of_it_alone(self) -> None:
        loaded = Instrument.load(
            document(question("x", constraint="regex(., '[0-9]')")), reading=Reading.JAVAROSA
        )
        assert not loaded.check({"x": "a1"}, now=NOW).valid


class TestWordsOfTheScreen:
    def told(self, *languages: str) -> Instrument:
        return instrument(
            question("a", "select_one", list="yes_no"),
            question("said", "calculate", calculation="jr:choice-name(${a}, '${a}')"),
            question("why", relevant="${said} = 'Ndiyo'", required="true()"),
            languages=list(languages),
        )

    def test_the_label_of_a_choice_is_in_the_language_of_the_tablet(self) -> None:
        loaded = self.told("en", "sw")
        assert check(loaded, {"a": "yes", "said": "Ndiyo", "why": "x"}).findings == ()
        assert [f.pointer for f in check(loaded, {"a": "yes", "said": "Ndiyo"}).findings] == [
            "/why"
        ]

    def test_a_form_of_one_language_is_calculated_again(self) -> None:
        result = check(self.told("en"), {"a": "yes", "said": "Ndiyo"})
        assert [f.code for f in result.findings] == ["calculate-differs"]
