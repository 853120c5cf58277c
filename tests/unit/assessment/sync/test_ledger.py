"""First revisions that do not simply stand."""

from uuid import UUID

import pytest
from usga_assessment.domain.submission.ledger import (
    FOREIGN_INSTALL,
    Arrival,
    Ledger,
    Verdict,
)
from usga_shared.wire.vocabulary import SubmissionState

ONE, TWO, OTHER, LAST = (UUID(int=n) for n in (1, 2, 3, 4))
TABLET, ANOTHER = UUID(int=100), UUID(int=101)


def arrival(pk: int = 9, id_: UUID = ONE, **rest: object) -> Arrival:
    return Arrival(UUID(int=pk), id_, b"digest", rest.pop("revises", None), **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "state"), [(None, "stored"), ("E-09", "quarantined")])
def test_a_first_revision_stands_as_head(code: str | None, state: str) -> None:
    placed = Ledger().place(arrival(code=code))
    assert (placed.verdict, placed.head) == (Verdict.STORED, None)
    made = placed.revision
    assert (made.state, made.is_head, made.version, made.root) == (state, True, 0, ONE)


def test_one_whose_code_was_used_is_withdrawn() -> None:
    assert Ledger().place(arrival(withdrawn=True)).verdict is Verdict.WITHDRAWN


def test_one_in_the_name_of_a_foreign_install_stands_beside() -> None:
    ledger = Ledger()
    beside = ledger.place(arrival(foreign=True)).revision
    assert (beside.state, beside.code) == (SubmissionState.QUARANTINED, FOREIGN_INSTALL)
    assert (beside.is_head, beside.version) == (False, 1)
    own = ledger.place(arrival(pk=10)).revision
    assert (own.is_head, own.version, own.state) == (True, 0, SubmissionState.STORED)


def test_one_that_an_edit_waits_for_comes_under_it() -> None:
    ledger = Ledger()
    edit = ledger.place(arrival(pk=10, id_=TWO, revises=ONE)).revision
    first = ledger.place(arrival(pk=11)).revision
    assert (edit.is_head, first.is_head) == (True, False)
    assert edit.root == first.root == ONE


@pytest.mark.parametrize("state", [SubmissionState.STORED, SubmissionState.APPROVED])
def test_what_waited_for_a_branch_is_one_and_its_unit_is_told_P13_P14(
    state: SubmissionState,
) -> None:
    ledger = Ledger()
    ledger.place(arrival())
    head = ledger.place(arrival(pk=10, id_=TWO, revises=ONE)).revision
    waited = ledger.place(arrival(pk=11, id_=LAST, revises=OTHER)).revision
    waited.state = state
    head.changed = False
    link = ledger.place(arrival(pk=12, id_=OTHER, revises=ONE))
    assert (link.verdict, link.head) == (Verdict.BRANCHED, TWO)
    assert (waited.root, waited.is_head, waited.state) == (ONE, False, SubmissionState.BRANCHED)
    assert (head.is_head, head.former, head.changed) == (True, (OTHER,), True)


def test_an_original_that_another_installs_edit_gives_way_to_tells_its_unit_P19() -> None:
    ledger = Ledger()
    ledger.place(arrival(install=TABLET))
    waited = ledger.place(arrival(pk=11, id_=LAST, revises=OTHER, install=ANOTHER)).revision
    link = ledger.place(arrival(pk=12, id_=OTHER, revises=ONE, install=TABLET)).revision
    assert (link.is_head, link.former, waited.is_head) == (True, (OTHER,), False)


def test_an_interview_that_waited_for_a_withdrawn_one_has_one_head_P17() -> None:
    ledger = Ledger()
    gone = ledger.place(arrival(withdrawn=True)).revision
    waited = ledger.place(arrival(pk=11, id_=LAST, revises=OTHER)).revision
    ledger.place(arrival(pk=12, id_=OTHER, revises=ONE))
    assert [r.id for r in ledger.families[ONE] if r.is_head] == [ONE]
    assert waited.state is SubmissionState.WITHDRAWN
    assert gone.former == (OTHER,)
