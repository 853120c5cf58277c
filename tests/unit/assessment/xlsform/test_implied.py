"""A rule of implied values that can never come true is an error at its cell (ADR-0027)."""

import pytest

from .support import codes, compiled, one

LISTS = """
| list_name | name | label |
| act | none | None |
| act | hit | Hit |
| yn | yes | Yes |
| yn | no | No |
"""


def rows(rule: str) -> str:
    return f"""| type | name | label | relevant | bind::usga:implied |
    | select_multiple act | act_3y | Three years | | |
    | begin_repeat | r | R | | |
    | select_one yn | inner | I | | |
    | end_repeat | | | | |
    | select_one yn | act_12m | One year | not(selected(${{act_3y}}, 'none')) | {rule} |"""


@pytest.mark.parametrize(
    ("rule", "code", "word"),
    [
        ("act_3y none no", "implied-unreadable", "act_3y none no"),
        ("act_3x: none -> no", "implied-unknown-question", "act_3x"),
        ("act_12m: no -> no", "implied-out-of-reach", "act_12m"),
        ("inner: no -> no", "implied-out-of-reach", "inner"),
        ("act_3y: non -> no", "no-such-choice", "none, hit"),
        ("act_3y: none -> never", "no-such-choice", "yes, no"),
    ],
)
def test_it_is_told_at_the_cell(rule: str, code: str, word: str) -> None:
    result = compiled(rows(rule), LISTS)
    said = one(result, code)
    assert result.document is None
    assert (said.cell, said.severity, said.name) == ("survey!E6", "error", "act_12m")
    assert word in f"{said.message} {said.expected}"
    assert said.hint


def test_the_question_that_was_meant_is_named() -> None:
    said = one(compiled(rows("act_3x: none -> no"), LISTS), "implied-unknown-question")
    assert said.hint == "Did you mean 'act_3y'?"


def test_a_rule_that_can_hold_is_no_matter() -> None:
    result = compiled(rows("act_3y: none hit -> no"), LISTS)
    assert result.document is not None
    assert not {c for c in codes(result) if c.startswith(("implied", "no-such"))}
