"""Axes, `//`, paths to nothing and dates of no number: as the script engines give them."""

import random

import pytest

from tests.differential import bridge, grammar, oracle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(bridge.missing()), reason=bridge.missing() or "-"),
]
NOW = "2024-03-05T10:20:30.000+03:00"
FROM_THE_FORM = (
    "count(//z)", "sum(//z[. > 2])", "string(//z[2])", "join(',', //s/k)", "count(//nothing)",
    "count(/data/r/descendant::z)", "count(/data/r/self::r)", "count(/data/r/parent::data)",
    "count(/data/nothing)", "/data/nothing = 1", "/data/nothing != ''", "not(/data/r/nothing)",
    "string(nothing)", "${n2} + count(/data/r/nothing)", "boolean(//nothing)",
    "date(number('x')) = date(number('x'))", "date(number('x')) != date(number('x'))",
    "date(number('x')) != ''", "date(3) != date(4)",
)  # fmt: skip
FROM_AN_INSTANCE = (
    "count(../preceding-sibling::r)", "sum(../preceding-sibling::r/w)", "count(../following-sibling::r)",
    "string(../following-sibling::r[1]/q)", "count(ancestor::r)", "string(ancestor::r/q)",
    "sum(../descendant::z)", "count(parent::r)", "count(self::q)", "count(..//z)",
    "count(preceding-sibling::q)", "count(following-sibling::q)", "count(../nothing)",
    "count(../child::s/child::z)",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_an_engine_gives_the_same_value(seed: int) -> None:
    answers = grammar.answers(random.Random(seed))
    instance = max(len(answers["r"]) - 1, 1)
    cases = [
        {
            "id": f"{node}-{at}", "form": "fuzz", "expression": expression, "answers": answers,
            "node": node, "at": [instance] if node else [], "tz": "UTC",
            "now": NOW,
        }
        for node, expressions in ((None, FROM_THE_FORM), ("rm", FROM_AN_INSTANCE))
        for at, expression in enumerate(expressions)
    ]  # fmt: skip
    said = oracle.ask(cases, zone="UTC", now=NOW, engines=["getodk", "enketo"])
    assert [str(each) for each in said if not each.agreeing()] == []
