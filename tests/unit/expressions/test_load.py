"""Loading a form: what it needs, what it refuses."""

from typing import Any

import pytest
from usga_expressions.findings import Position
from usga_expressions.form import MOST_HINTS
from usga_expressions.instrument import Instrument, InvalidInstrument

from tests.unit.expressions.build import (
    NOW,
    codes,
    document,
    group,
    instrument,
    question,
    repeat,
)


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
