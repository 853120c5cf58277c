"""Neighbours from outlines, beside what a person sees on the map."""

from typing import Any

import numpy as np
import pytest
from usga_indicators.domain.spatial import (
    MAX_LINKS,
    Neighbouring,
    Rule,
    TooManyNeighbours,
    Weights,
)

METRE = 1.0 / 111_195.08
"""Of latitude, in degrees."""


def box(x: float, y: float, width: float = 1.0, height: float = 1.0) -> dict[str, Any]:
    """A rectangle in hundredths of a degree, near Nairobi."""
    west, south = 36.8 + x / 100, -1.3 + y / 100
    east, north = west + width / 100, south + height / 100
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def shifted(shape: dict[str, Any], metres: float) -> dict[str, Any]:
    """To the north."""
    (ring,) = shape["coordinates"]
    return {**shape, "coordinates": [[[x, y + metres * METRE] for x, y in ring]]}


def lists(weights: Weights) -> list[list[int]]:
    return [sorted(weights.binary[[i]].indices.tolist()) for i in range(weights.binary.shape[0])]


class TestQueen:
    def test_squares_that_share_a_side_or_a_corner_are_neighbours(self) -> None:
        grid = [box(x, y) for y in range(3) for x in range(3)]
        found = lists(Neighbouring().weights(grid))
        for at, near in enumerate(found):
            y, x = divmod(at, 3)
            around = {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)} - {(x, y)}
            expected = [b * 3 + a for a, b in around if 0 <= a < 3 and 0 <= b < 3]
            assert near == sorted(expected)

    def test_a_side_is_shared_without_a_common_corner(self) -> None:
        """One long side meets two short ones: the middle corner is on the long side alone."""
        found = Neighbouring().weights([box(0, 0, 2, 1), box(0.3, 1, 1, 1), box(5, 5)])
        assert lists(found) == [[1], [0], []]
        assert found.islands == [2]

    @pytest.mark.parametrize(("gap", "touch"), [(0.5, True), (3.0, False)])
    def test_outlines_touch_within_a_metre(self, gap: float, touch: bool) -> None:
        found = Neighbouring().weights([box(0, 0), shifted(box(0, 1), gap)])
        assert lists(found) == ([[1], [0]] if touch else [[], []])

    def test_an_area_of_several_parts_has_the_neighbours_of_each(self) -> None:
        parts = {
            "type": "MultiPolygon",
            "coordinates": [box(0, 0)["coordinates"], box(9, 9)["coordinates"]],
        }
        assert lists(Neighbouring().weights([parts, box(1, 0), box(9, 8)]))[0] == [1, 2]


class TestCentroids:
    def test_the_nearest_are_by_distance_on_the_ground(self) -> None:
        """At 60 degrees north a degree of longitude is half as far as one of latitude."""
        areas = [box(0, 6130), box(1.6, 6130), box(0, 6131), box(40, 6130)]
        found = Neighbouring(Rule.KNN, k=1).weights(areas)
        assert lists(found)[0] == [1]

    def test_k_is_at_most_all_others(self) -> None:
        found = Neighbouring(Rule.KNN, k=20).weights([box(x, 0) for x in range(4)])
        assert found.degree.tolist() == [3.0] * 4

    @pytest.mark.parametrize(("metres", "links"), [(1100, 0), (1120, 6), (2250, 10)])
    def test_a_band_is_in_metres(self, metres: float, links: int) -> None:
        areas = [box(x, 130) for x in range(4)]  # on the equator, 1112 m apart
        found = Neighbouring(Rule.BAND, metres=metres).weights(areas)
        assert found.degree.sum() == links

    def test_a_band_around_everything_is_refused_before_it_is_made(self) -> None:
        side = int(MAX_LINKS**0.5) + 2
        areas = [box(x / 1e4, 0) for x in range(side)]
        with pytest.raises(TooManyNeighbours):
            Neighbouring(Rule.BAND, metres=1e6).weights(areas)


def test_where_an_area_is_does_not_matter_to_who_touches_whom() -> None:
    areas = [box(x, y) for y in range(3) for x in range(4)]
    order = np.random.default_rng(5).permutation(len(areas)).tolist()
    plain = Neighbouring().weights(areas).binary.toarray()
    mixed = Neighbouring().weights([areas[i] for i in order]).binary.toarray()
    assert (mixed == plain[np.ix_(order, order)]).all()
