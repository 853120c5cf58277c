"""Rendered answers are remembered within bounds, whoever asks for what."""

from usga_indicators.operations.read_observations import ObservationReader, Query, Rendered
from usga_indicators.storage.observations import Selection


def query(number: int) -> Query:
    return Query(Selection("r", indicator=f"X-{number}"), None, "json", 10, None)


def answer(size: int) -> Rendered:
    return Rendered(b"x" * size, '"e"', None, published=True, lasting=True)


def reader(memory: int) -> ObservationReader:
    return ObservationReader(None, None, memory=memory)  # type: ignore[arg-type]


def test_the_same_answer_rendered_twice_at_once_counts_once() -> None:
    kept = reader(80_000)
    for _ in range(100):
        kept._keep(query(1), answer(5_000))
    kept._keep(query(2), answer(5_000))
    assert [*kept._kept] == [query(1), query(2)]


def test_empty_answers_to_endless_questions_cost_memory_too() -> None:
    kept = reader(100_000)
    for number in range(1_000):
        kept._keep(query(number), answer(24))
    assert 0 < len(kept._kept) < 50
    assert [*kept._kept][-1] == query(999)


def test_a_large_answer_is_not_kept() -> None:
    kept = reader(80_000)
    kept._keep(query(1), answer(10_000))
    assert not kept._kept
