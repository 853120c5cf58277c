"""Which releases may stand beside one another (rule D-04)."""

from dataclasses import replace
from typing import Any

import pytest
from usga_indicators.domain.codebook import codebook_of
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.disclosure import Basis, fewest_apart, too_close
from usga_indicators.storage.extract_differences import Snapshot, people_apart
from usga_indicators.storage.extract_tables import empty_tables, merge
from usga_shared.wire.extract import ExtractItem

from tests.support.indicators import extract_items, outline

OLD = Basis("s1", 600)
NAMES = ("sex", "age", "safe_night", "in_loss", "inc_loss", "sv_5y")


@pytest.mark.parametrize(
    ("new", "differing", "close"),
    [
        (Basis("s1", 600), None, False),  # the same interviews
        (Basis("s2", 600), 0, False),  # nobody differs: weights or definitions alone
        (Basis("s2", 600), 1, True),
        (Basis("s2", 600), 2, True),  # one left and one came
        (Basis("s2", 600), 9, True),
        (Basis("s2", 600), 10, False),
        (Basis("s2", 591), 9, True),
        (Basis("s2", 600), None, True),  # equal numbers say nothing about who was counted
        (Basis("s2", 591), None, True),
        (Basis("s2", 590), None, False),
        (Basis("s2", 610), None, False),
    ],
)
def test_one_to_nine_people_apart_is_too_close_D04(
    new: Basis, differing: int | None, close: bool
) -> None:
    assert too_close(new, OLD, differing=differing) is close
    assert too_close(OLD, new, differing=differing) is close


def test_nobodys_snapshot_is_that_of_a_release_D04() -> None:
    assert too_close(Basis(None, 600), Basis(None, 600), differing=None)


@pytest.mark.parametrize(
    ("surveys", "others", "fewest"),
    [
        ([], [], 0),
        ([0, 0], [0], 0),
        ([12, 1], [], 1),  # many of one form do not hide one of another
        ([0, 12], [3], 12),
        ([0, 0], [0, 3, 20], 3),
    ],
)
def test_a_few_of_one_survey_are_not_hidden_by_many_of_another(
    surveys: list[int], others: list[int], fewest: int
) -> None:
    assert fewest_apart(surveys, others) == fewest


def _snapshot(items: list[dict[str, Any]], names: tuple[str, ...] = NAMES) -> Snapshot:
    layout = Layout.of(codebook_of([outline()]), names)
    read = [ExtractItem.model_validate(item) for item in items]
    return Snapshot(layout, merge(empty_tables(layout), layout, read))


def _apart(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> int | None:
    found = people_apart(_snapshot(one), _snapshot(other), NAMES, weighted=True)
    assert found == people_apart(_snapshot(other), _snapshot(one), NAMES, weighted=True)
    return found


def _edited(item: dict[str, Any], **answers: Any) -> dict[str, Any]:
    return {**item, "answers": {**item["answers"], **answers}}


class TestWhoDiffers:
    """People that count: added, removed, edited."""

    def test_the_same_people_in_another_order_are_nobody(self) -> None:
        items = extract_items(40)
        assert _apart(items, items[::-1]) == 0

    def test_one_swapped_is_two(self) -> None:
        items = extract_items(40)
        assert _apart(items[:-1], items[1:]) == 2

    @pytest.mark.parametrize(
        "wrong", [{"w_person": None, "w_household": None}, {"disposition": "2.1"}]
    )
    def test_who_enters_no_estimate_is_nobody(self, wrong: dict[str, Any]) -> None:
        items = extract_items(40)
        assert _apart(items[:-1], [*items[:-1], {**items[-1], **wrong}]) == 0

    def test_an_edit_of_an_answer_is_a_person_once(self) -> None:
        items = extract_items(40)
        edited = [_edited(items[0], age=99, safe_night="other"), *items[1:]]
        assert _apart(items, edited) == 1

    def test_an_edit_behind_the_seal_is_a_person(self) -> None:
        items = extract_items(40)
        edited = [{**items[0], "s3": {**items[0]["s3"], "sv_5y": "edited"}}, *items[1:]]
        assert _apart(items, edited) == 1

    def test_an_edit_in_a_row_of_a_repeat_is_a_person(self) -> None:
        items = extract_items(40)
        at = next(n for n, item in enumerate(items) if item["answers"]["inc"])
        rows = items[at]["answers"]["inc"]
        for told in ([{**rows[0], "inc_loss": 7}, *rows[1:]], rows[1:], [*rows, rows[0]]):
            edited = [*items[:at], _edited(items[at], inc=told), *items[at + 1 :]]
            assert _apart(items, edited) == 1

    def test_an_answer_that_no_definition_reads_is_nobodys(self) -> None:
        items = extract_items(40)
        assert _apart(items, [_edited(items[0], tr_court="other"), *items[1:]]) == 0

    def test_other_questions_and_weights_do_not_hide_one_who_differs(self) -> None:
        """Neither a new question, nor what was left open of it, nor weights make people differ."""
        items = extract_items(40)
        later = [
            {**item, "unanswered": ["tr_court"], "w_person": item["w_person"] * 2}
            for item in items
        ]
        one, names = _snapshot(items), (*NAMES, "tr_court")
        assert people_apart(one, _snapshot(later, names), names, weighted=True) == 0
        swapped = _snapshot(later[1:], names)
        assert people_apart(one, swapped, names, weighted=True) == 1

    def test_what_was_left_open_of_the_same_questions_counts(self) -> None:
        items = extract_items(40)
        assert _apart(items, [{**items[0], "unanswered": ["age"]}, *items[1:]]) == 1

    def test_a_person_in_another_stratum_or_newly_weighted_differs(self) -> None:
        items = extract_items(40)
        assert _apart(items, [{**items[0], "stratum": "s09"}, *items[1:]]) == 1
        assert _apart(items, [{**items[0], "w_person": None}, *items[1:]]) == 1

    def test_who_differs_is_not_known_once_a_question_has_another_type(self) -> None:
        one = _snapshot(extract_items(40))
        retyped = tuple(
            replace(v, type="text") if v.name == "age" else v for v in one.layout.variables
        )
        other = Snapshot(Layout(one.layout.instrument, retyped), one.tables)
        assert people_apart(one, other, NAMES, weighted=True) is None
        assert people_apart(one, other, ("sex",), weighted=True) == 0
