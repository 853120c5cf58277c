"""The compact form of answers says exactly what the full form says, or refuses."""

import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from usga_expressions.compact import Layout, NotCompact
from usga_tablet.drafts import WILLING
from usga_tablet.habits import Habits
from usga_tablet.respondent import Respondent, Situation

from tests.support.forms import compiled, loaded

STARTED = datetime.fromisoformat("2026-06-01T08:00:00+03:00")
DOCUMENT: dict[str, Any] = {
    "nodes": [
        {"name": "age", "type": "integer"},
        {"name": "block", "kind": "group", "children": [
            {"name": "sex", "type": "select_one", "list": "sex"},
            {"name": "why", "type": "select_multiple", "list": "why"},
        ]},
        {"name": "line", "kind": "repeat", "children": [
            {"name": "day", "type": "date"},
            {"name": "who", "type": "text"},
        ]},
        {"name": "at", "type": "dateTime"},
        {"name": "place", "type": "select_one", "list": "places.csv"},
    ],
    "choice_lists": {
        "sex": [{"name": "female"}, {"name": "male"}],
        "why": [{"name": n} for n in ("cold", "dark", "far")],
    },
}  # fmt: skip
LAYOUT = Layout.of(DOCUMENT)
PAIRS: list[tuple[dict[str, Any], list[Any]]] = [
    ({}, []),
    ({"age": 31}, [31]),
    ({"age": "31"}, ["31"]),
    ({"sex": "male"}, [None, 1]),
    ({"sex": "unheard of"}, [None, "unheard of"]),
    ({"why": "cold far"}, [[2], 5]),
    ({"why": "far cold"}, [[2], "far cold"]),
    ({"why": "cold  far"}, [[2], "cold  far"]),
    ({"line": [{"day": "2026-05-31", "who": "x"}, {}]}, [[3], [[-1, "x"], []]]),
    ({"line": [{"day": "soon"}]}, [[3], [["soon"]]]),
    ({"line": []}, [[3], []]),
    ({"at": "2026-06-01T08:00:05+03:00"}, [[4], 5]),
    ({"at": "2026-06-01T08:00:05.000+03:00"}, [[4], "2026-06-01T08:00:05.000+03:00"]),
    ({"at": "2026-06-01T05:00:05Z", "place": "p1"}, [[4], "2026-06-01T05:00:05Z", "p1"]),
]


@pytest.mark.parametrize(("full", "short"), PAIRS)
def test_both_ways(full: dict[str, Any], short: list[Any]) -> None:
    assert LAYOUT.shorten(full, STARTED) == short
    assert LAYOUT.expand(short, STARTED) == full


def test_what_is_not_answered_is_left_out() -> None:
    assert LAYOUT.shorten({"age": None, "sex": "male"}, STARTED) == [None, 1]


@pytest.mark.parametrize(
    "full", [{"surprise": 1}, {"sex": 1}, {"line": "x"}, {"line": [{"x": 1}]}, {"age": {}}]
)
def test_what_would_be_lost_is_refused(full: dict[str, Any]) -> None:
    with pytest.raises(NotCompact):
        LAYOUT.shorten(full, STARTED)


@pytest.mark.parametrize(
    "short",
    [
        [None, 2], [None, -1], [[2], 8], [[2], 0], [[2], -1], [[7]], [[0]], [[-1]],
        [1, 0, 0, [], 0, "p", "too many"], [[3], 5], [[3], [5]], [[3], ["x"]], [[1, 2]], [{}],
        [[4], 10**15], [[4], 3 * 10**12], [[6], 1], [[5], [[]]],
    ],
)  # fmt: skip
def test_what_the_form_does_not_have_is_refused(short: list[Any]) -> None:
    with pytest.raises(NotCompact):
        LAYOUT.expand(short, STARTED)


def test_a_few_bytes_never_become_a_flood() -> None:
    names = [{"name": f"choice-{n}"} for n in range(52)]
    layout = Layout.of(
        {
            "nodes": [{"name": "r", "kind": "repeat", "children": [
                {"name": f"q{n}", "type": "select_multiple", "list": "l"} for n in range(50)]}],
            "choice_lists": {"l": names},
        }
    )  # fmt: skip
    with pytest.raises(NotCompact):
        layout.expand([[[2**52 - 1] * 50 for _ in range(50)]], STARTED)


_VALUES = st.none() | st.booleans() | st.text(max_size=5) | st.integers(-5, 60) | st.floats(0, 1)
_ITEMS = st.recursive(_VALUES, lambda inner: st.lists(inner, max_size=4), max_leaves=12)


@given(st.lists(_ITEMS, max_size=8))
def test_whatever_opens_can_be_closed_again(row: list[Any]) -> None:
    try:
        full = LAYOUT.expand(row, STARTED)
    except NotCompact:
        return
    assert LAYOUT.expand(LAYOUT.shorten(full, STARTED), STARTED) == full


def test_whole_interviews_of_the_household_form() -> None:
    source = Path("services/assessment/usga_assessment/instruments/hvs/hvs.csv")
    document = compiled(source.read_bytes()).document
    assert document is not None
    instrument, layout = loaded(source.read_bytes()), Layout.of(document)
    for number in range(10):
        answers = Respondent(Habits(), seed=7, number=number).interview(
            instrument, Situation("p1", STARTED, fixed=dict(random.Random(1).sample(
                list(WILLING.items()), len(WILLING)))), lists={},
        )  # fmt: skip
        short = layout.shorten(answers, STARTED)
        assert layout.expand(short, STARTED) == answers
