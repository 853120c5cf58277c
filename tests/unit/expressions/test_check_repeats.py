"""Checking rows of repeats: each with its own answers, counts and names."""

from typing import Any

from usga_expressions.instrument import Instrument

from tests.unit.expressions.build import (
    check,
    codes,
    instrument,
    question,
    repeat,
)


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
