"""The demonstration's sample is a probability sample, the same in every run, and synthetic."""

from collections import Counter

from tools.demo import SEED
from tools.demo.area import feature_collection, villages
from tools.demo.sample import Size, as_csv, draw, psus, select_proportional


def test_twelve_strata_and_192_psus_with_12_or_13_interviews_each() -> None:
    sample = draw(villages(SEED), SEED)
    assert len({h.stratum for h in sample}) == 12
    assert len(psus(sample, villages(SEED))) == 192
    interviews = Counter(h.psu for h in sample if h.disposition == "1.1")
    assert set(interviews.values()) == {12, 13}
    assert 2350 <= interviews.total() <= 2450
    assert len({h.case for h in sample}) == len(sample)
    assert len({h.disposition for h in sample}) > 8


def test_every_probability_is_one() -> None:
    for household in draw(villages(SEED), SEED):
        assert 0 < household.pi1 <= 1
        assert 0 < household.pi2 <= 1
        assert household.fpc_psu > 16


def test_household_weights_estimate_the_listed_households_of_each_stratum() -> None:
    for stratum in ("s01", "s07"):
        total = sum(
            1 / (h.pi1 * h.pi2) for h in draw(villages(SEED), SEED) if h.stratum == stratum
        )
        assert 48 * 80 * 0.8 < total < 72 * 150 * 1.2


def test_the_same_seed_gives_the_same_file_and_another_one_does_not() -> None:
    first = as_csv(draw(villages(1), 1))
    assert first == as_csv(draw(villages(1), 1))
    assert first != as_csv(draw(villages(2), 2))


def test_systematic_selection_takes_large_units_more_often() -> None:
    assert select_proportional([10, 10, 10, 10], 2, 0.0) == [0, 2]
    assert select_proportional([10, 10, 10, 10], 2, 0.99) == [1, 3]
    assert select_proportional([1, 97, 2], 1, 0.5) == [1]


def test_villages_share_borders_and_say_that_they_are_invented() -> None:
    collection = feature_collection(villages(SEED))
    rings = [f["geometry"]["coordinates"][0] for f in collection["features"][1:]]
    corners = Counter(tuple(point) for ring in rings for point in ring[:-1])
    assert max(corners.values()) == 4
    assert all(ring[0] == ring[-1] for ring in rings)
    for feature in collection["features"]:
        assert "synthetic" in feature["properties"]["title"]["en"]


def test_a_small_demonstration_is_a_sample_too() -> None:
    size = Size(villages=5, psus=4, interviews=(12,), tablets=4)
    sample = draw(villages(SEED)[: size.villages], SEED, size)
    assert sum(household.disposition == "1.1" for household in sample) == 240
    assert len(psus(sample, villages(SEED))) == 20
