"""Generated expressions: the value here is the value of at least one independent engine."""

import random
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.differential import bridge, grammar, oracle
from tests.differential.oracle import Said

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(bridge.missing()), reason=bridge.missing() or "-"),
]
ZONES = ("Africa/Nairobi", "America/Mexico_City", "Asia/Tashkent", "UTC")
MOMENT = "2024-03-05T10:20:30.000+03:00"
EXPRESSIONS = 250
_HALF = re.compile("[\ud800-\udfff]")  # of a UTF-16 pair: no text that could be kept
_REPEATS = {None: [], "rm": [2], "z": [2, 1]}


def cases(seed: int, zone: str) -> list[dict[str, Any]]:
    """Expressions of one seed over the same random answers."""
    chance = random.Random(seed)
    answers = grammar.answers(chance)
    found = []
    for at in range(EXPRESSIONS):
        place = chance.choice(grammar.PLACES)
        found.append(
            {
                "id": f"{seed}-{at}",
                "form": "fuzz",
                "expression": grammar.Grammar(chance, place).any(chance.choice((2, 3, 4))),
                "node": place,
                "at": _REPEATS[place],
                "answers": answers,
                "tz": zone,
                "now": MOMENT,
            }
        )
    return found


def excused(said: Said) -> bool:
    """Whether a known slip of the engines (docs/adr/0026) is all that parts us."""
    return any(_slip(said.ours, value) for value in said.engines.values())


def _slip(ours: Any, value: Mapping[str, Any]) -> bool:
    text = str(value.get("string", ""))
    if isinstance(ours, str) and _HALF.search(text):
        return True
    if isinstance(ours, str) and _plain(ours) == _plain(text):
        return True  # NaN is written as an empty text, a decimal of whole value as 4.0
    return bool(ours == "NaN" and value.get("number") == "0")  # the number of blanks


def _plain(text: str) -> str:
    return re.sub(r"(\d)\.0(?!\d)", r"\1", text.replace("NaN", ""))


@pytest.mark.parametrize("seed", range(8))
def test_an_engine_gives_the_same_value(seed: int) -> None:
    zone = ZONES[seed % len(ZONES)]
    engines = ["getodk", "enketo"]
    if not bridge.java_missing():
        engines.append("javarosa")
    said = oracle.ask(cases(seed, zone), zone=zone, now=MOMENT, engines=engines)
    alone = [str(each) for each in said if not each.agreeing() and not excused(each)]
    agreed = sum(bool(each.agreeing()) for each in said)
    assert alone == []
    assert agreed > EXPRESSIONS * 0.95


def test_the_comparison_notices_a_wrong_value() -> None:
    found = oracle.same
    assert found(3, {"type": "number", "number": "3", "string": "3"})
    assert not found(3, {"type": "number", "number": "4", "string": "4"})
    assert not found("3", {"type": "boolean", "boolean": True, "string": "true"})
    assert not found(True, {"type": "string", "string": "true"})
    assert not found("a", {"error": "no such function"})
    assert found({"error": "syntax"}, {"error": "no such function"})
