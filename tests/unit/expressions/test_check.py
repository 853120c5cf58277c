"""Checking interviews against the rules of their form: types and rules."""

from datetime import UTC, datetime
from typing import Any

import pytest
from usga_expressions.environment import Table
from usga_expressions.findings import Severity
from usga_expressions.instrument import Ask

from tests.unit.expressions.build import (
    NOW,
    check,
    codes,
    group,
    instrument,
    question,
    repeat,
)


class TestTypes:
    @pytest.mark.parametrize(
        ("type_", "good", "bad"),
        [
            ("integer", [0, -98, 34], [1.5, "34", True, [1], {"a": 1}]),
            ("decimal", [0, 1.5], ["1.5", False, float("inf")]),
            ("text", ["a"], [1, ["a"], {}]),
            ("date", ["2024-02-29"], ["2023-02-29", "29.02.2024", 5]),
            ("time", ["08:15", "08:15:00.000+03:00"], ["25:00", 8]),
            ("dateTime", ["2024-02-29T10:00:00.000+03:00"], ["2024-02-29", "x"]),
            ("geopoint", ["-1.2 36.8 1600 5", "1 2"], ["1", "91 0", "a b", 3]),
            ("geotrace", ["1 2;3 4"], ["1 2;x", ";"]),
            ("image", ["a.jpg"], ["../a.jpg", "", 3]),
            ("select_one", ["yes"], [["yes"], True]),
            ("select_multiple", ["yes no"], ["yes yes", ["yes"], "yes  no"]),
        ],
    )
    def test_an_answer_of_another_type_is_found(
        self, type_: str, good: list[Any], bad: list[Any]
    ) -> None:
        loaded = instrument(question("q", type_, list="yes_no"))
        for value in good:
            assert codes(loaded, {"q": value}) == []
        for value in bad:
            if value != "":
                assert ("/q", "wrong-type") in codes(loaded, {"q": value}), value

    @pytest.mark.parametrize("type_", ["integer", "decimal", "text", "select_one", "calculate"])
    @pytest.mark.parametrize("value", [10**400, -(10**4000), float("nan"), 1e308, [], {}, True])
    def test_no_value_makes_the_check_raise(self, type_: str, value: Any) -> None:
        loaded = instrument(question("q", type_, list="place"), question("p", relevant="${q} > 1"))
        check(loaded, {"q": value})
        check(loaded, {"q": [value], "p": {"a": value}})

    def test_null_and_empty_text_are_no_answer(self) -> None:
        loaded = instrument(question("q", "integer"), question("p", required="true()"))
        assert codes(loaded, {"q": None, "p": ""}) == [("/p", "required")]

    def test_an_unknown_variable_is_found_by_name(self) -> None:
        loaded = instrument(repeat("r", question("q")))
        assert codes(loaded, {"x/y": 1, "r": [{"q": "a", "z": 1}]}) == [
            ("/r/0/z", "unknown-variable"),
            ("/x~1y", "unknown-variable"),
        ]

    def test_no_finding_holds_an_answer(self) -> None:
        loaded = instrument(
            question("q", "integer", constraint=". < 5"), question("s", "select_one", list="place")
        )
        result = check(loaded, {"q": 777123, "s": "Amina", "t": "Amina"})
        assert len(result.findings) == 3
        assert "777123" not in repr(result)
        assert "Amina" not in repr(result)


class TestRules:
    def test_an_answer_to_an_irrelevant_question_is_found(self) -> None:
        loaded = instrument(
            question("c", "select_one", list="yes_no"),
            group("g", question("q", "integer"), relevant="${c} = 'yes'"),
        )
        assert codes(loaded, {"c": "yes", "q": 1}) == []
        assert codes(loaded, {"c": "no", "q": 1}) == [("/q", "irrelevant-answer")]

    def test_an_irrelevant_answer_counts_as_empty_for_others(self) -> None:
        loaded = instrument(
            question("c", "select_one", list="yes_no"),
            question("q", "integer", relevant="${c} = 'yes'"),
            question("p", relevant="${q} > 1"),
        )
        found = codes(loaded, {"c": "no", "q": 5, "p": "x"})
        assert found == [("/q", "irrelevant-answer"), ("/p", "irrelevant-answer")]

    def test_required_holds_only_where_relevant(self) -> None:
        loaded = instrument(
            question("c", "select_one", list="yes_no"),
            question("q", relevant="${c} = 'yes'", required="true()"),
        )
        assert codes(loaded, {"c": "no"}) == []
        assert codes(loaded, {"c": "yes"}) == [("/q", "required")]

    def test_a_broken_constraint_is_found_an_empty_answer_breaks_none(self) -> None:
        loaded = instrument(question("age", "integer", constraint=".>=18 and .<=110 or .=-99"))
        assert [codes(loaded, {"age": age}) for age in (18, 110, -99)] == [[], [], []]
        assert codes(loaded, {}) == []
        assert codes(loaded, {"age": 17}) == [("/age", "constraint")]

    def test_choices_are_those_of_the_list_after_its_filter(self) -> None:
        loaded = instrument(
            question("m", "select_multiple", list="place"),
            question("top", "select_one", list="place", choice_filter="selected(${m}, name)"),
        )
        assert codes(loaded, {"m": "home street", "top": "street"}) == []
        assert codes(loaded, {"m": "home", "top": "street"}) == [("/top", "choice-not-offered")]
        assert codes(loaded, {"m": "home moon"}) == [("/m", "unknown-choice")]

    def test_external_lists_come_with_the_check(self) -> None:
        loaded = instrument(
            question("stratum"),
            question(
                "psu", "select_one_from_file", list="psu.csv",
                choice_filter="stratum = ${stratum}",
            ),
            external_lists=["psu.csv"],
        )  # fmt: skip
        assert loaded.external_lists == {"psu"}
        rows = [{"name": "p1", "stratum": "s1"}, {"name": "p2", "stratum": "s2"}]
        good = {"stratum": "s1", "psu": "p1"}
        assert codes(loaded, good, lists={"psu": rows}) == []
        assert codes(loaded, good, lists={"psu.csv": Table(rows)}) == []
        assert codes(loaded, {"stratum": "s1", "psu": "p2"}, lists={"psu": rows}) == [
            ("/psu", "choice-not-offered")
        ]
        missing = check(loaded, good)
        assert [(f.code, f.severity) for f in missing.findings] == [
            ("list-missing", Severity.WARNING)
        ]
        assert missing.valid

    def test_another_column_of_a_list_may_be_the_answer(self) -> None:
        loaded = instrument(
            question("psu", "select_one_from_file", list="psu.csv", choice_filter="open = 'y'",
                     parameters={"value": "code", "label": "town"}),
            question("said", "calculate", calculation="jr:choice-name(${psu}, '${psu}')"),
            external_lists=["psu.csv"],
        )  # fmt: skip
        rows = [{"code": "7", "town": "Huruma", "open": "y"}, {"code": "8", "open": "n"}]
        good = {"psu": "7", "said": "Huruma"}
        for answers in (good, {**good, "psu": 7}):
            assert codes(loaded, answers, lists={"psu": rows}) == []
        assert codes(loaded, {"psu": "8"}, lists={"psu": rows}) == [("/psu", "choice-not-offered")]
        assert codes(loaded, {"psu": "Huruma"}, lists={"psu": rows}) == [
            ("/psu", "unknown-choice")
        ]
        offered = next(iter(loaded.walk(now=NOW, lists={"psu": rows})))
        assert isinstance(offered, Ask)
        assert offered.choices == ("7",)

    def test_a_calculate_that_differs_is_a_warning_and_the_computed_value_counts(self) -> None:
        loaded = instrument(
            question("a", "integer"),
            question("double", "calculate", calculation="${a} * 2"),
            question("q", relevant="${double} > 5"),
        )
        assert codes(loaded, {"a": 3, "double": 6, "q": "x"}) == []
        assert codes(loaded, {"a": 3, "double": "6.0", "q": "x"}) == []
        result = check(loaded, {"a": 1, "double": 9, "q": "x"})
        assert [(f.code, f.severity) for f in result.findings] == [
            ("calculate-differs", Severity.WARNING),
            ("irrelevant-answer", Severity.ERROR),
        ]

    def test_a_drawn_value_is_taken_as_sent(self) -> None:
        loaded = instrument(
            question("n", "integer"),
            question("draw", "calculate", calculation="once(random())"),
            question("line", "calculate", calculation="int(${draw} * ${n}) + 1"),
        )
        assert codes(loaded, {"n": 4, "draw": "0.75", "line": 4}) == []
        assert codes(loaded, {"n": 4, "draw": 0.75, "line": 3}) == [("/line", "calculate-differs")]

    def test_today_is_the_day_of_the_check(self) -> None:
        loaded = instrument(question("d", "date", constraint=". <= today()"))
        assert codes(loaded, {"d": "2026-03-05"}) == []
        assert codes(loaded, {"d": "2026-03-06"}) == [("/d", "constraint")]

    def test_today_is_the_day_where_the_device_is(self) -> None:
        loaded = instrument(
            question("end", "end"), question("d", "date", constraint=". = today()")
        )
        late = datetime(2026, 3, 5, 22, 30, tzinfo=UTC)
        for offset, day in (("+03:00", "2026-03-06"), ("-06:00", "2026-03-05")):
            answers = {"end": f"2026-03-06T01:30:00.000{offset}", "d": day}
            assert loaded.check(answers, now=late).valid
        assert not loaded.check({"d": "2026-03-06"}, now=late).valid
        stamped = {"end": "2026-03-06T01:30:00.000+03:00", "d": "2026-03-06"}
        assert not loaded.check(stamped, now=late, zone=UTC).valid
        assert codes(loaded, {"end": "2026-03-06T01:30:00+99:99"}) == [("/end", "wrong-type")]
