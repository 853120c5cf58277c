"""The short ways of the generated check give what the functions give that they stand for."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from usga_expressions.compiler.runtime import NAMESPACE
from usga_expressions.environment import Environment
from usga_expressions.instrument.quick import QUICK

TEXTS = st.one_of(
    st.sampled_from(
        ["", "7", "007", "-3", " 4 ", "2.5", "1e5", "٣", "²", "2024-02-29", "2024-2-9", "no date",
         "2024-03-05T23:30:00.000+05:00", "2024-03-05T07:20:00Z", "19723.5", "9" * 400]
    ),
    st.text(max_size=12),
)  # fmt: skip
NUMBERS = st.one_of(
    st.floats(), st.integers(-9, 9).map(float), st.sampled_from([1e9, -1e9, math.nan, math.inf])
)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-6)), timezone(timedelta(hours=14))])
NOW = datetime(2024, 3, 5, 7, 20, tzinfo=UTC)


def _same(one: object, other: object) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN


@given(text=TEXTS, zone=ZONES)
def test_numbers(text: str, zone: timezone) -> None:
    environment = Environment(now=NOW, zone=zone)
    assert _same(QUICK["number"](environment, text), NAMESPACE["number"](environment, text))


@given(values=st.lists(st.one_of(TEXTS, NUMBERS, st.booleans()), max_size=6), zone=ZONES)
@example(values=["2024-02-29", "2024-02-29"], zone=UTC)
def test_dates_also_when_asked_again(values: list[object], zone: timezone) -> None:
    environment = Environment(now=NOW, zone=zone)
    for value in [*values, *values]:
        plain = Environment(now=NOW, zone=zone)
        assert QUICK["date_of"](environment, value) == NAMESPACE["date_of"](plain, value)


@given(text=st.one_of(TEXTS, st.text("abc😀é", max_size=8)), start=NUMBERS, end=NUMBERS)
def test_parts_of_texts(text: str, start: float, end: float) -> None:
    assert QUICK["substr"](text, start, end) == NAMESPACE["substr"](text, start, end)
    assert QUICK["substr"](text, start) == NAMESPACE["substr"](text, start)


@pytest.mark.parametrize("name", sorted(QUICK))
def test_each_stands_for_a_function(name: str) -> None:
    assert NAMESPACE[name] is not QUICK[name]
