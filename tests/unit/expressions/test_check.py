"""Checking interviews against the rules of their form."""

from datetime import UTC, datetime
from typing import Any

import pytest
from usga_expressions.environment import Table
from usga_expressions.findings import Position, Severity
from usga_expressions.form import MOST_HINTS
from usga_expressions.instrument import Ask, Instrument, InvalidInstrument

from tests.unit.expressions.build import (
    NOW,
    check,
    codes,
    document,
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


class TestRepeats:
    def roster(self) -> Instrument:
        return instrument(
            question("n", "integer"),
            repeat(
                "person",
                question("age", "integer", constraint=". >= 0"),
                question("works", "select_one", list="yes_no", relevant="${age} >= 15"),
                repeat_count="${n}",
            ),
            question("adults", "calculate", calculation="count(${person}[age >= 18])"),
            question("talk", relevant="${adults} > 0"),
        )

    def test_every_instance_is_checked_in_its_place(self) -> None:
        people = [{"age": 40, "works": "yes"}, {"age": 3, "works": "no"}, {"age": -1}]
        assert codes(self.roster(), {"n": 3, "person": people, "talk": "x"}) == [
            ("/person/1/works", "irrelevant-answer"),
            ("/person/2/age", "constraint"),
        ]

    def test_the_number_of_instances_must_be_the_repeat_count(self) -> None:
        result = check(self.roster(), {"n": 3, "person": [{"age": 2}]})
        assert [(f.pointer, f.code, dict(f.params)) for f in result.findings] == [
            ("/person", "wrong-repeat-count", {"expected": 3, "found": 1})
        ]
        assert codes(self.roster(), {}) == []

    def test_a_repeat_of_another_shape_is_found(self) -> None:
        assert ("/person", "wrong-type") in codes(self.roster(), {"n": 1, "person": {"age": 1}})
        assert ("/person", "wrong-type") in codes(self.roster(), {"n": 1, "person": [5]})
        many = codes(self.roster(), {"n": 1, "person": [{}] * 1001})
        assert ("/person", "too-many-instances") in many

    def test_an_endless_repeat_count_is_only_wrong(self) -> None:
        loaded = instrument(repeat("r", question("q"), repeat_count="1 div ${n}"),
                            question("n", "integer"))  # fmt: skip
        assert codes(loaded, {"n": 0, "r": [{}]}) == [("/r", "wrong-repeat-count")]

    def test_instances_inside_instances_are_counted_together(self) -> None:
        loaded = instrument(repeat("r", repeat("s", question("q"))))
        inner: list[dict[str, Any]] = [{"s": [{}] * 900}] * 12
        assert {code for _, code in codes(loaded, {"r": inner})} == {"too-many-instances"}
        assert codes(loaded, {"r": inner[:10]}) == []

    def test_findings_are_bounded_and_warnings_leave_room_for_errors(self) -> None:
        loaded = instrument(repeat("r", question("q", "calculate", calculation="1"),
                                   question("x", "integer")))  # fmt: skip
        rows = [{"q": 2, "x": "a" * 999, "y" * 999: 1} for _ in range(1000)]
        found = check(loaded, {"r": rows}).findings
        assert len(found) == 2000
        assert {each.code for each in found} == {
            "calculate-differs", "wrong-type", "unknown-variable",
        }  # fmt: skip
        assert max(len(each.pointer) for each in found) < 100

    def test_a_running_total_over_instances_is_no_circle(self) -> None:
        loaded = instrument(
            repeat(
                "r",
                question("x", "integer"),
                question(
                    "before", "calculate",
                    calculation="if(position(..) = 1, 0, "
                    "indexed-repeat(${total}, ${r}, position(..) - 1))",
                ),
                question("total", "calculate", calculation="number(${before}) + ${x}"),
            ),
            question("last", "calculate", calculation="indexed-repeat(${total}, ${r}, 3)"),
        )  # fmt: skip
        assert loaded.findings == ()
        rows = [{"x": 1, "total": 1}, {"x": 2, "total": 3}, {"x": 3, "total": 6}]
        assert codes(loaded, {"r": rows, "last": 6}) == []

    def test_what_reads_an_instance_further_down_is_computed_after_it(self) -> None:
        loaded = instrument(
            question("first", "calculate", calculation="indexed-repeat(${twice}, ${r}, 1)"),
            question("q", relevant="${first} = 4"),
            repeat(
                "r",
                question("x", "integer"),
                question("twice", "calculate", calculation="${x} * 2"),
            ),
        )
        assert codes(loaded, {"q": "a", "r": [{"x": 2}]}) == []
        assert codes(loaded, {"q": "a", "r": [{"x": 3}]}) == [("/q", "irrelevant-answer")]


class TestLoad:
    def test_a_circle_is_a_finding(self) -> None:
        loaded = instrument(
            question("a", "calculate", calculation="${b} + 1"),
            question("b", "calculate", calculation="${a} + 1"),
        )
        assert [each.finding.code for each in loaded.findings] == ["circular-reference"]
        assert not loaded.usable

    def test_a_circle_is_shown_from_link_to_link_and_where_it_begins(self) -> None:
        loaded = instrument(
            group("g", question("c", "calculate", calculation="1 + ${a}"), relevant="${b} = 1"),
            question("a", relevant="${n} = 1 and ${b} > 1"),
            question("b", "calculate", calculation="concat(${n}, ${c})"),
            question("n"),
        )
        (found,) = loaded.findings
        assert found.node == "/data/g"
        assert found.property == "relevant"
        assert found.finding.message.endswith("g \u2192 b \u2192 c \u2192 g")
        assert found.finding.position == Position(0, 4)

    def test_a_reference_to_a_later_question_is_no_circle(self) -> None:
        loaded = instrument(
            question("a", relevant="${twice} > 4"),
            question("twice", "calculate", calculation="${late} * 2"),
            question("late", "integer"),
        )
        assert loaded.findings == ()
        assert codes(loaded, {"a": "x", "late": 1}) == [("/a", "irrelevant-answer")]
        assert codes(loaded, {"a": "x", "late": 3}) == []

    def test_relevance_that_reads_its_own_question_is_a_circle(self) -> None:
        loaded = instrument(question("a", relevant="${a} != ''"))
        assert [each.finding.code for each in loaded.findings] == ["circular-reference"]

    @pytest.mark.parametrize(
        ("expression", "code"),
        [
            ("${agge} > 1", "unknown-name"),
            ("../agge > 1", "unknown-name"),
            ("selectd(${age}, 'a')", "unknown-function"),
            ("selected(${age})", "wrong-argument-count"),
            ("sum(5)", "not-nodes"),
            ("instance('moon')/root/item[name = 'a']/label", "unknown-list"),
            ("jr:choice-name(${age}, '${age}')", "not-a-select"),
            ("regex(${age}, '[')", "invalid-pattern"),
            ("indexed-repeat(${age}, ${age}, 1)", "not-a-repeat"),
            ("../../../x", "path-above-root"),
            ("last() > 1", "last-outside-condition"),
        ],
    )
    def test_what_an_author_can_fix_is_a_finding_with_node_and_property(
        self, expression: str, code: str
    ) -> None:
        loaded = instrument(question("age", "integer"), question("q", relevant=expression))
        assert code in [each.finding.code for each in loaded.findings]
        assert {(each.node, each.property) for each in loaded.findings} == {
            ("/data/q", "relevant")
        }

    @pytest.mark.parametrize(
        ("pattern", "risky"),
        [
            ("(?=.*[0-9])(a|b)+$", True), (r"(a+)+\1", True), ("((a{2,60}){2,60}x)*", True),
            ("(a+)+$", False), ("([a-z]*)*", False), ("((a{2,})x)*", False), ("(a|b*)+", False),
            ("^[A-Z]{2}-[A-Z0-9]{2,16}-[0-9]{4}$", False), ("(ab)+", False), ("[(+)+]*", False),
            (r"(\+)+", False), ("(a+)?", False), ("(a+)b+", False),
        ],
    )  # fmt: skip
    def test_a_pattern_that_no_matcher_ends_in_time_is_refused(
        self, pattern: str, risky: bool
    ) -> None:
        loaded = instrument(question("q", constraint=f"regex(., '{pattern}')"))
        assert [each.finding.code for each in loaded.findings] == ["risky-pattern"] * risky

    def test_a_select_without_its_list_is_a_finding(self) -> None:
        loaded = instrument(question("q", "select_one", list="moon"))
        assert [(each.property, each.finding.code) for each in loaded.findings] == [
            ("list", "unknown-list")
        ]

    def test_choices_from_the_answers_of_no_question_are_a_finding(self) -> None:
        loaded = instrument(repeat("r", question("q")), question("p", "select_one", list="${z}"))
        assert [each.finding.code for each in loaded.findings] == ["unknown-list"]

    def test_a_misspelt_name_gets_the_nearest_as_a_hint(self) -> None:
        loaded = instrument(question("age", "integer"), question("q", relevant="${agge} > 1"))
        assert loaded.findings[0].finding.hint == "did you mean age?"

    def test_of_very_many_misspelt_names_only_the_first_get_a_hint(self) -> None:
        wrong = [question(f"q{n}", relevant=f"${{q{n}x}} > 1") for n in range(MOST_HINTS + 5)]
        hints = [each.finding.hint for each in instrument(*wrong).findings]
        assert hints[0] is not None
        assert hints[MOST_HINTS:] == [None] * 5

    def test_a_bare_path_as_a_condition_is_a_warning(self) -> None:
        loaded = instrument(question("a"), question("q", relevant="${a}"))
        assert [each.finding.code for each in loaded.findings] == ["path-as-condition"]
        assert loaded.usable

    def test_another_format_is_refused(self) -> None:
        with pytest.raises(InvalidInstrument):
            Instrument.load({"format": "other", "nodes": []})
        with pytest.raises(InvalidInstrument):
            Instrument.load({**document(), "nodes": [{"kind": "question"}]})
        with pytest.raises(InvalidInstrument):
            Instrument.load({**document(), "nodes": [{"kind": "moon", "name": "a"}]})

    @pytest.mark.parametrize(
        "part",
        [
            {"nodes": {}}, {"nodes": [5]}, {"nodes": [{"name": 5}]}, {"choice_lists": [1]},
            {"choice_lists": {"a": 1}}, {"choice_lists": {"a": [1]}},
            {"nodes": [{"kind": "group", "name": "g", "children": {"a": 1}}]},
            {"nodes": [{"kind": "group", "name": "g", "children": [5]}]},
            {"nodes": [{"name": "q", "parameters": "value=code"}]},
        ],
    )  # fmt: skip
    def test_a_document_of_another_shape_is_refused(self, part: dict[str, Any]) -> None:
        with pytest.raises(InvalidInstrument):
            Instrument.load({**document(), **part})

    def test_groups_inside_each_other_are_bounded(self) -> None:
        deep = group("g0")
        for at in range(1, 40):
            deep = group(f"g{at}", deep)
        with pytest.raises(InvalidInstrument):
            Instrument.load(document(deep))

    def test_an_author_cannot_run_code(self) -> None:
        nasty = "concat('\\'); __import__(\"os\").abort(); (\\'', '{}')"
        loaded = instrument(
            question("q", "calculate", calculation=nasty),
            question("p", "calculate", calculation="pulldata('a\\']+[', 'b\"', 'c', \"d'\")"),
        )
        assert loaded.check({}, now=NOW).valid
