"""Rows that differ: what is told, applied, gives the newer list; the digest is RFC 8785's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from usga_assessment.domain.sync.rows import (
    RowChanges,
    canonical,
    changes_between,
    digest_of,
    digest_of_plain,
    index_of,
)

Rows = list[dict[str, Any]]
ROWS = st.lists(
    st.builds(
        lambda name, label: {"name": name, "label": label},
        st.sampled_from("abcdefgh"),
        st.integers(0, 2),
    ),
    unique_by=lambda row: row["name"],
)


def applied(rows: Rows, changes: RowChanges) -> Rows:
    """The plainest way to do what the protocol says."""
    gone = {*changes.removed, *(row["name"] for _, row in changes.placed)}
    result = [row for row in rows if row["name"] not in gone]
    for after, row in changes.placed:
        place = next((i + 1 for i, r in enumerate(result) if r["name"] == after), None)
        assert place is not None or after is None
        result.insert(place or 0, row)
    return result


@given(ROWS, ROWS)
def test_what_is_told_gives_the_newer_list_P68(older: Rows, newer: Rows) -> None:
    changes = changes_between(index_of(older), newer)
    assert applied(older, changes) == newer
    assert digest_of(applied(older, changes)) == digest_of(newer)


@given(ROWS)
def test_what_did_not_change_is_not_told_P68(rows: Rows) -> None:
    assert changes_between(index_of(rows), rows) == RowChanges((), ())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner)
        ),
        max_leaves=8,
    )
)
def test_plain_values_have_the_same_digest_by_the_short_way_P69(value: Any) -> None:
    assert digest_of_plain(value) == digest_of(value)


def test_one_row_that_moves_is_one_row_P68() -> None:
    rows = [{"name": str(number)} for number in range(100)]
    changes = changes_between(index_of(rows), [rows[-1], *rows[:-1]])
    assert changes == RowChanges((), ((None, {"name": "99"}),))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([{"b": 1, "a": 'é\u2028\t"\\'}], '[{"a":"é\u2028\\t\\"\\\\","b":1}]'),
        ([True, None, -0.0, 5.0, 0.5, 12345.678], "[true,null,0,5,0.5,12345.678]"),
        ([1e21, 1e-7, 0.00001, -0.000012, 1.5e300], "[1e+21,1e-7,0.00001,-0.000012,1.5e+300]"),
        ({"\U0001f600": 1, "\ufb33": 2}, '{"\U0001f600":1,"\ufb33":2}'),
    ],
)
def test_the_text_of_a_digest_is_that_of_rfc_8785_P68(value: Any, text: str) -> None:
    assert canonical(value) == text
    assert json.loads(text) == value
