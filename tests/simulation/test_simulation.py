"""Seeds in which everything goes wrong and nothing is lost; planted bugs that are all found."""

from functools import cache

import pytest

from tests.simulation.bugs import BUGS
from tests.simulation.rare import never, table
from tests.simulation.season import Outcome, simulate

FEW, SOME, MANY, TRIES = 5, 12, 500, 60


@cache
def outcome(seed: int) -> Outcome:
    return simulate(seed)


@pytest.mark.parametrize("seed", range(FEW))
def test_a_season_loses_and_doubles_nothing(seed: int) -> None:
    found = outcome(seed)
    assert found.violation is None, f"{found.violation}; replay: make simulate SEED={seed}"


@pytest.mark.parametrize("seed", [4, pytest.param(9, marks=pytest.mark.slow, id="files by hubs")])
def test_a_seed_repeats_exactly(seed: int) -> None:
    first, again = outcome(seed), simulate(seed)
    assert again.log == first.log
    assert again.digest == first.digest


@pytest.mark.slow
def test_the_rare_things_happen() -> None:
    outcomes = [outcome(seed) for seed in range(SOME)]
    assert len(never(outcomes)) <= 3, table(outcomes)


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    with BUGS[bug]():
        assert any(simulate(seed).violation for seed in range(TRIES))


@pytest.mark.slow
def test_many_seasons_lose_and_double_nothing() -> None:
    outcomes = [outcome(seed) for seed in range(MANY)]
    assert not [(found.seed, found.violation) for found in outcomes if found.violation]
    assert not never(outcomes), table(outcomes)
