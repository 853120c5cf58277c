"""Left open, not asked, not in the version: three reasons, counted apart."""

import numpy as np
import pytest
from usga_indicators.domain.codebook import Codebook, RawInterviews, RawText, SkipRules, Variable
from usga_indicators.domain.codebook.column import Kind
from usga_indicators.domain.codebook.frame import frame_of
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.storage.extract_tables import empty_tables, interviews_of, merge
from usga_shared.wire.extract import ExtractItem

BOTH = frozenset({"1", "2"})
VARIABLES = {
    "sex": Variable("sex", "select_one", versions=BOTH),
    "hit": Variable("hit", "select_one", sensitivity=3, field_class="s3", versions=BOTH),
    "new": Variable("new", "select_one", versions=frozenset({"2"})),
}
CODEBOOK = Codebook("f", VARIABLES, ("2", "1"))
RULES = SkipRules({}, frozenset())


def item(unit: str, **more: object) -> ExtractItem:
    given = {"unit": unit, "revision": unit, "status": "included", "instrument": "f",
             "version": "2", "disposition": "1.1", "w_person": 1.0, "w_household": 1.0}  # fmt: skip
    return ExtractItem.model_validate({**given, **more})


def kinds(items: list[ExtractItem]) -> dict[str, list[Kind]]:
    layout = Layout.of(CODEBOOK, VARIABLES)
    raw = interviews_of(merge(empty_tables(layout), layout, items), layout)
    frame = frame_of(raw, CODEBOOK, list(VARIABLES), RULES)
    return {name: [Kind(k) for k in column.kinds] for name, column in frame.columns.items()}


def test_each_reason_is_its_own() -> None:
    found = kinds(
        [
            item("a", answers={"sex": "female"}, unanswered=["new"], s3_unanswered=["hit"]),
            item("b", unanswered=["sex"]),
            item("c", version="1", answers={"sex": "dk"}, s3={"hit": "ref"}),
        ]
    )
    assert found == {
        "sex": [Kind.ASKED, Kind.NO_ANSWER, Kind.DK],
        "hit": [Kind.NO_ANSWER, Kind.NOT_ASKED, Kind.REF],
        "new": [Kind.NO_ANSWER, Kind.NOT_ASKED, Kind.NOT_IN_VERSION],
    }


def test_what_was_left_open_of_s3_stands_in_the_sealed_table_alone() -> None:
    layout = Layout.of(CODEBOOK, VARIABLES)
    tables = merge(empty_tables(layout), layout, [item("a", s3_unanswered=["hit"])])
    assert tables["interviews"]["#unanswered"].to_pylist() == [None]
    assert tables["interviews.s3"]["#unanswered"].to_pylist() == ["hit"]


INSIDE = {
    "told": Variable("told", "select_one", repeat="inc", versions=BOTH),
    "late": Variable("late", "integer", repeat="inc", versions=frozenset({"2"})),
    "harm": Variable(
        "harm", "select_one", repeat="inc", sensitivity=3, field_class="s3", versions=BOTH
    ),
}


class TestRepeats:
    def kinds(self, items: list[ExtractItem]) -> dict[str, list[Kind]]:
        book = Codebook("f", INSIDE, ("2", "1"))
        layout = Layout.of(book, INSIDE)
        raw = interviews_of(merge(empty_tables(layout), layout, items), layout)
        found = frame_of(raw, book, list(INSIDE), RULES).repeats["inc"].columns
        return {name: [Kind(k) for k in column.kinds] for name, column in found.items()}

    def test_each_row_has_its_own_reasons(self) -> None:
        rows = {"answers": {"inc": [{"told": "yes"}, {}]}, "s3": {"inc": [{}, {"harm": "no"}]}}
        found = self.kinds(
            [
                item("a", **rows, unanswered=["inc/1/told", "inc/0/late"],
                     s3_unanswered=["inc/0/harm"]),
                item("b", version="1", answers={"inc": [{"told": "dk"}]}),
            ]
        )  # fmt: skip
        assert found == {
            "told": [Kind.ASKED, Kind.NO_ANSWER, Kind.DK],
            "late": [Kind.NO_ANSWER, Kind.NOT_ASKED, Kind.NOT_IN_VERSION],
            "harm": [Kind.NO_ANSWER, Kind.ASKED, Kind.NOT_ASKED],
        }


@pytest.mark.parametrize("texts", [(), ("a b", "b")])
def test_names_are_found_in_their_interviews(texts: tuple[str, ...]) -> None:
    nothing = np.zeros(3)
    codes = np.array([0, -1, 1]) if texts else np.array([-1, -1, -1])
    empty = RawText(np.full(3, -1), ())
    raw = RawInterviews(
        3, empty, empty, empty, nothing, nothing, {}, unanswered=[RawText(codes, texts)]
    )
    found = {name: rows.tolist() for name, rows in raw.left_open().items()}
    assert found == ({"a": [True, False, False], "b": [True, False, True]} if texts else {})
