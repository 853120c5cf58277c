"""Placing pushes: order-free, idempotent, nothing lost."""

import itertools
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from usga_assessment.domain.submission.ledger import Arrival, Ledger, Verdict
from usga_shared.wire.vocabulary import SubmissionState

_counter = itertools.count(1)


def arrival(id_: int, revises: int | None = None, content: int = 0, install: int = 0) -> Arrival:
    return Arrival(
        UUID(int=next(_counter)), UUID(int=id_), bytes([id_, content]) * 16,
        UUID(int=revises) if revises else None, install=UUID(int=install),
    )  # fmt: skip


@st.composite
def chains(draw: st.DrawFn) -> list[tuple[int, int | None]]:
    """Interviews whose revisions form chains (no rivals), in any order, with repeats."""
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    pushes: list[tuple[int, int | None]] = []
    for n, length in enumerate(lengths):
        pushes += [(10 * n + k + 1, 10 * n + k if k else None) for k in range(length)]
    repeated = draw(st.lists(st.sampled_from(pushes), max_size=6))
    return draw(st.permutations([*pushes, *repeated]))


def final(ledger: Ledger) -> set[tuple[int, int, str, bool]]:
    return {(r.id.int, r.root.int, r.state.value, r.is_head) for r in ledger.contents.values()}


@given(chains())
def test_chains_converge_in_any_order_I5(pushes: list[tuple[int, int | None]]) -> None:
    ledger, ordered = Ledger(), Ledger()
    for push in pushes:
        ledger.place(arrival(*push))
    for push in sorted(set(pushes)):
        ordered.place(arrival(*push))
    assert final(ledger) == final(ordered)
    assert all(r.state is SubmissionState.STORED for r in ledger.contents.values())


@st.composite
def anything(draw: st.DrawFn) -> list[tuple[int, int | None, int]]:
    """Pushes of few ids with all that can go wrong: rivals, conflicts, circles, any order."""
    # The parent of an id is the same in all its contents: an id edits one thing.
    parents = {n: draw(st.sampled_from([None, *range(1, 7)])) for n in range(1, 7)}
    pushes = draw(
        st.lists(st.tuples(st.integers(1, 6), st.integers(0, 2)), min_size=1, max_size=25)
    )
    return [(id_, parents[id_], content) for id_, content in pushes]


@given(anything())
def test_every_content_is_held_once_and_each_family_has_one_head_I3_I4_I7(
    pushes: list[tuple[int, int | None, int]],
) -> None:
    ledger = Ledger()
    seen: dict[int, bytes] = {}
    for id_, revises, content in pushes:
        push = arrival(id_, revises, content)
        verdict = ledger.place(push).verdict
        first = seen.setdefault(id_, push.digest)
        if first != push.digest:
            assert verdict is Verdict.CONFLICT
        else:
            assert ledger.place(arrival(id_, revises, content)).verdict is Verdict.DUPLICATE
    assert {(k[0].int, k[1]) for k in ledger.contents} == {
        (id_, arrival(id_, revises, content).digest) for id_, revises, content in pushes
    }
    for root, family in ledger.families.items():
        if family:
            assert [r.is_head for r in family].count(True) == 1
            assert all(r.root == root for r in family)


@given(anything())
def test_one_parent_has_at_most_one_standing_edit_I7(
    pushes: list[tuple[int, int | None, int]],
) -> None:
    ledger = Ledger()
    for push in pushes:
        ledger.place(arrival(*push))
    standing = [
        r.revises
        for r in ledger.standing.values()
        if r.revises is not None and r.state is SubmissionState.STORED
    ]
    assert len(standing) == len(set(standing))


@given(anything(), st.lists(st.integers(1, 2), min_size=6, max_size=6))
def test_what_stands_comes_from_the_install_of_its_original_I7(
    pushes: list[tuple[int, int | None, int]], installs: list[int]
) -> None:
    ledger = Ledger()
    for id_, revises, _ in pushes:
        ledger.place(arrival(id_, revises, install=installs[id_ - 1]))
    for root, family in ledger.families.items():
        if family:
            (head,) = [r for r in family if r.is_head]
            original = ledger.standing.get(root)
            assert original is None or head.install == original.install
