"""Lexer and parser: what is read, and what is said of what cannot be read."""

import pytest
from usga_expressions import Position, parse, references
from usga_expressions.lexer import MAX_LENGTH
from usga_expressions.parser import MAX_DEPTH
from usga_expressions.syntax import Axis, Binary, Call, Number, Path, Reference, Start, Text


class TestParse:
    def test_and_binds_tighter_than_or(self) -> None:
        found = parse("1 or 0 and 0").expression
        assert isinstance(found, Binary)
        assert found.operator == "or"
        assert isinstance(found.right, Binary)
        assert found.right.operator == "and"

    def test_subtraction_goes_from_left_to_right(self) -> None:
        found = parse("10 - 4 - 3").expression
        assert isinstance(found, Binary)
        assert isinstance(found.left, Binary)
        assert isinstance(found.right, Number)

    def test_a_name_may_hold_a_minus_and_a_word_operator_may_be_a_name(self) -> None:
        found = parse("div div mod-x").expression
        assert isinstance(found, Binary)
        assert found.operator == "div"
        assert isinstance(found.left, Path)
        assert isinstance(found.right, Path)
        assert found.right.steps[0].name == "mod-x"

    def test_a_reference_followed_by_a_minus_is_a_subtraction(self) -> None:
        found = parse("${n}-1").expression
        assert isinstance(found, Binary)
        assert isinstance(found.left, Reference)

    def test_a_dot_before_a_sign_is_the_answer_itself(self) -> None:
        found = parse(".>=18 and .<=110 or .=-99").expression
        assert isinstance(found, Binary)
        assert found.operator == "or"

    def test_a_path_knows_axes_and_predicates(self) -> None:
        found = parse("instance('w')/root/item[name = current()/../ward][2]/label").expression
        assert isinstance(found, Path)
        assert isinstance(found.origin, Call)
        assert [len(step.predicates) for step in found.steps] == [0, 2, 0]
        above = parse("../../member").expression
        assert isinstance(above, Path)
        assert above.origin is Start.HERE
        assert [step.axis for step in above.steps] == [Axis.PARENT, Axis.PARENT, Axis.CHILD]

    def test_positions_point_into_the_text(self) -> None:
        found = parse("  'a' = ${name} ").expression
        assert isinstance(found, Binary)
        assert found.position == Position(2, 15)
        assert isinstance(found.left, Text)

    def test_references_are_listed_once_in_order(self) -> None:
        found = parse("${b} + ${a} * sum(${r}[x = ${b}]/${q})").findings
        assert found
        expression = parse("${b} + ${a} * count(${r}[x = ${b}])").expression
        assert expression is not None
        assert references(expression) == ("b", "a", "r")


class TestFindings:
    @pytest.mark.parametrize(
        ("text", "code", "start"),
        [
            ("", "empty-expression", None),
            ("1 +", "syntax", 3),
            ("(1", "syntax", 2),
            ("1 2", "syntax", 2),
            ("${a b}", "invalid-reference", 0),
            ("${last-saved#x}", "invalid-reference", 0),
            ("'abc", "unreadable-character", 0),
            ("${x} = ‘yes’", "unreadable-character", 7),
            ("${a} && ${b}", "unreadable-character", 5),
            ("${a} == 1", "syntax", 6),
            ("a | b", "unsupported-union", 2),
            ("//", "syntax", 2),
            ("a//..", "unsupported-path", 5),
            ("/data/*", "unsupported-path", 6),
            ("following::a", "unsupported-axis", 11),
            ("ancestor::*", "unsupported-axis", 10),
            ("descendant::node()", "unsupported-axis", 16),
            ("*", "unsupported-path", 0),
            ("1.5e3", "syntax", 3),
        ],
    )
    def test_what_cannot_be_read_is_a_finding_with_its_place(
        self, text: str, code: str, start: int | None
    ) -> None:
        parsed = parse(text)
        assert parsed.expression is None
        assert parsed.findings[0].code == code
        position = parsed.findings[0].position
        assert (position.start if position else None) == start

    def test_a_wrong_sign_gets_a_hint(self) -> None:
        assert "single =" in str(parse("${a} == 1").findings[0].hint)
        assert "quotes" in str(parse("‘a’").findings[0].hint)

    def test_deep_nesting_is_refused_before_it_exhausts_the_stack(self) -> None:
        assert parse("(" * 60 + "1" + ")" * 60).expression is not None
        deep = parse("(" * 5000 + "1" + ")" * 5000)
        assert [finding.code for finding in deep.findings] == ["too-complex"]
        assert parse("-" * 5000 + "1").findings[0].code == "too-complex"
        assert parse("f(" * 5000).findings[0].code == "too-complex"

    def test_a_long_chain_is_refused(self) -> None:
        assert parse(" + ".join(["1"] * (MAX_DEPTH - 2))).expression is not None
        assert parse(" + ".join(["1"] * 200)).findings[0].code == "too-complex"

    def test_a_long_text_is_refused(self) -> None:
        assert parse("1" * (MAX_LENGTH + 1)).findings[0].code == "expression-too-long"
