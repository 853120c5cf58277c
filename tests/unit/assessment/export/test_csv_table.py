"""The text of a CSV: every value as the csv module writes it, and no formula among them."""

import csv
import hmac
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usga_assessment.domain.export import csv_table
from usga_assessment.domain.export.csv_table import CsvWriter, safe
from usga_assessment.domain.export.pseudonym import pseudonyms

TEXTS = st.text(st.sampled_from("ab=,\"\r\n '-+@é\uff1d0"), max_size=5)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | TEXTS
    | st.text(max_size=60)
    | st.lists(TEXTS, max_size=2)
    | st.dictionaries(TEXTS, TEXTS, max_size=2)
)
ROWS = st.lists(st.lists(VALUES, min_size=2, max_size=4), max_size=6)


def written(*rows: list[Any]) -> str:
    writer = CsvWriter()
    for row in rows:
        writer.row(row)
    return writer.take().decode()


@settings(deadline=None)
@given(ROWS)
def test_rows_stand_as_the_csv_module_writes_them_T14(rows: list[list[Any]]) -> None:
    buffer = io.StringIO()
    plain = csv.writer(buffer, lineterminator="\r\n")
    plain.writerows([safe(value) for value in row] for row in [*rows, *rows])
    assert written(*rows, *rows) == buffer.getvalue()


def test_equal_keys_of_different_types_stay_apart() -> None:
    values = [1, 1.0, True, "1", 0, False, "", None, "True"]
    text = "1,1.0,True,1,0,False,,,True\r\n"
    assert written(values, values[::-1], values) == text + "True,,,False,0,1,True,1.0,1\r\n" + text


def test_a_formula_is_safe_whenever_it_comes_T14() -> None:
    assert written(["=1+1", "x"], ["x", "=1+1"]) == "'=1+1,x\r\nx,'=1+1\r\n"


def test_what_is_kept_ready_is_bounded_and_stays_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "_MOST", 8)
    writer = CsvWriter()
    for number in range(50):
        writer.row(["often", f"=once {number}", "x" * 100])
        assert len(writer.kept) <= 8
    lines = writer.take().decode().splitlines()
    assert lines == [f"often,'=once {number},{'x' * 100}" for number in range(50)]


def test_pieces_follow_each_other() -> None:
    writer = CsvWriter()
    writer.header(["a", "-b"])
    assert writer.take() == b"a,'-b\r\n"
    writer.row(["é", None])
    assert writer.take() == "é,\r\n".encode()
    assert writer.take() == b""


@pytest.mark.parametrize("key", [b"", b"k" * 32, b"k" * 64])
def test_a_pseudonym_is_half_an_hmac(key: bytes) -> None:
    root = bytes(range(16))
    assert pseudonyms(key)(root) == hmac.digest(key, root, "sha256").hex()[:32]
