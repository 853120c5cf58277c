"""Who floods waits for himself."""

from usga_assessment.domain.sync.turns import Turns, in_turns, pause_for


def test_each_owner_in_turn_each_in_his_order() -> None:
    waiting = ["a1", "a2", "a3", "b1", "c1", "b2"]
    assert list(in_turns(waiting, lambda each: each[0])) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_device_has_so_much_in_work_and_no_more_P24() -> None:
    turns = Turns(requests=3, interviews=10)
    assert turns.enter("a", 50), "one push is taken whatever its size"
    assert not turns.enter("a", 1)
    assert turns.enter("b", 4), "another device is not concerned"
    assert turns.enter("b", 6)
    assert not turns.enter("b", 1)
    turns.leave("b", 6)
    turns.leave("a", 50)
    assert turns.enter("a", 1)
    assert turns.enter("b", 1)
    assert turns.enter("b", 1)
    assert not turns.enter("b", 1), "three requests are enough"


def test_pauses_are_spread() -> None:
    pauses = [pause_for(f"device-{n}", 1) for n in range(400)]
    assert min(pauses) >= 5
    assert max(pauses) <= 20
    assert len(set(pauses)) == 16
