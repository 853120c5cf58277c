"""Paths by axes and names, and paths that lead nowhere."""

from typing import Any

import pytest
from usga_expressions.cases.single import evaluate_case
from usga_expressions.compiler import Compiler
from usga_expressions.findings import Severity
from usga_expressions.instrument import Instrument

from tests.unit.expressions.build import codes, document, group, instrument, question, repeat

FORM = document(
    question("n", "integer"),
    repeat(
        "r",
        question("q"),
        question("w", "integer"),
        question("here", "calculate"),
        repeat("s", question("z", "integer"), question("deep", "calculate")),
    ),
    group("one", question("twin")),
    group("two", question("twin")),
)
ANSWERS = {
    "n": 4,
    "r": [
        {"q": "a", "w": 1, "s": [{"z": 2}, {"z": 5}]},
        {"q": "b", "w": 2, "s": [{"z": 7}]},
        {"q": "c", "w": 3},
    ],
}


def value(expression: str, node: str | None = None, at: tuple[int, ...] = ()) -> object:
    case = {
        "form": "f", "expression": expression, "answers": ANSWERS, "node": node, "at": list(at),
        "tz": "UTC", "now": "2026-03-05T07:20:30+00:00",
    }  # fmt: skip
    return evaluate_case(case, lambda _name: FORM, {})


class TestAxes:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("sum(//z)", 14), ("sum(/data/r//z[. > 2])", 12), ("join('', //r/q)", "abc"),
            ("sum(//z[2])", 5), ("count(/data/r/s[1])", 2), ("sum(${r}/descendant::z)", 14),
            ("count(/data/r/self::r)", 3), ("count(/data/r/self::s)", 0),
            ("count(/data/r/parent::data)", 1), ("count(//n/ancestor::data)", 1),
        ],
    )  # fmt: skip
    def test_from_the_form(self, expression: str, expected: object) -> None:
        assert value(expression) == expected

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("string(../preceding-sibling::r[1]/q)", "b"),
            ("join('', ../preceding-sibling::r/q)", "ab"),
            ("count(../following-sibling::r)", 0),
            ("string(ancestor::r/q)", "c"),
            ("string(preceding-sibling::w)", "3"),
            ("count(following-sibling::w)", 0),
            ("sum(..//z)", 0),
            ("count(ancestor-or-self::here)", 0),
        ],
    )
    def test_from_an_instance(self, expression: str, expected: object) -> None:
        assert value(expression, "here", (3,)) == expected

    def test_the_nearest_instance_comes_first_backwards_and_the_order_stays(self) -> None:
        assert value("join('', ../preceding-sibling::r[position() < 3]/q)", "here", (3,)) == "ab"
        assert value("string(../following-sibling::r[1]/q)", "here", (1,)) == "b"

    def test_a_name_that_several_questions_have_is_not_clear(self) -> None:
        assert value("count(//twin)") == {"error": "unsupported-path"}

    def test_a_running_balance_may_look_back(self) -> None:
        look = "coalesce(../preceding-sibling::r[1]/sum, 0) + ${w}"
        loaded = instrument(
            repeat("r", question("w", "integer"), question("sum", "calculate", calculation=look))
        )
        assert loaded.findings == ()
        rows = [{"w": 1, "sum": 1}, {"w": 2, "sum": 3}, {"w": 4, "sum": 7}]
        assert codes(loaded, {"r": rows}) == []
        rows[2]["sum"] = 4
        assert codes(loaded, {"r": rows}) == [("/r/2/sum", "calculate-differs")]


class TestNowhere:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("count(/data/nothing)", 0), ("string(nothing)", ""), ("/data/nothing = ''", False),
            ("/data/nothing != 1", False), ("not(/data/r/nothing/more)", True),
            ("sum(//nothing)", 0), ("count(../r/nothing[. > 1])", 0), ("nothing + 1", "NaN"),
        ],
    )  # fmt: skip
    def test_a_path_to_nothing_gives_no_nodes(self, expression: str, expected: object) -> None:
        assert value(expression) == expected

    def test_the_author_is_warned(self) -> None:
        form = Instrument.load(FORM).plan.form
        found = Compiler(form).compile("/data/r/qq = 1", form.root).findings
        assert [(each.code, each.severity) for each in found] == [
            ("unknown-name", Severity.WARNING)
        ]
        assert found[0].hint == "did you mean q?"

    def test_a_reference_to_nothing_stays_an_error(self) -> None:
        assert value("${nothing} = 1") == {"error": "unknown-name"}

    def test_a_repeat_that_is_nowhere_is_no_repeat(self) -> None:
        found: Any = value("indexed-repeat(${q}, /data/nothing, 1)")
        assert found == {"error": "not-a-repeat"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 div round(-0.2)", "-Infinity"), ("1 div round(-1, -1)", "-Infinity"),
        ("1 div ceiling(-0.5)", "-Infinity"), ("1 div round(0.2)", "Infinity"),
        ("1 div ceiling(0)", "Infinity"), ("string(round(-0.2))", "0"), ("round(-0.2) = 0", True),
    ],
)  # fmt: skip
def test_what_is_below_nought_is_rounded_to_negative_nought(
    expression: str, expected: object
) -> None:
    assert value(expression) == expected


class TestDatesOfNoNumber:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("date(number('x')) = date(number('x'))", False),
            ("date(number('x')) != date(number('x'))", True),
            ("date(number('x')) != ''", True), ("date(3) = date(3)", True),
            ("date(3) != date(4)", True), ("date('') = date('')", True),
        ],
    )  # fmt: skip
    def test_they_equal_nothing(self, expression: str, expected: object) -> None:
        assert value(expression) is expected
