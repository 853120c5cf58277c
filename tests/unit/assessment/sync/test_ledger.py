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

ONE, TWO, OTHER = (UUID(int=n) for n in (1, 2, 3))


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
