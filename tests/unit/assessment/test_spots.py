"""The same spot, told without telling where; and the hour by the sun."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from usga_assessment.domain.assessment.distance import spots_of, sun_hour

KEY, OTHER = b"k" * 32, b"o" * 32
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[36.0, -1.0], [36.02, -1.0], [36.02, -0.98], [36.0, -0.98], [36.0, -1.0]]],
}
_DEGREE = math.radians(1.0) * 6_371_008.8


def spots(north_m: float, east_m: float, key: bytes = KEY) -> set[str]:
    latitude = -0.99 + north_m / _DEGREE
    longitude = 36.01 + east_m / _DEGREE / math.cos(math.radians(-0.99))
    return set(spots_of(SQUARE, [f"{latitude} {longitude} 0 5"], key))


@pytest.mark.parametrize("angle", range(0, 360, 20))
@pytest.mark.parametrize("start", [0.0, 2.4, 4.9, 7.3])
def test_positions_within_five_metres_share_a_name(start: float, angle: int) -> None:
    turned = math.radians(angle)
    near = spots(start + 4.9 * math.sin(turned), start + 4.9 * math.cos(turned))
    assert spots(start, start) & near


@pytest.mark.parametrize("metres", [15.0, 40.0, 3000.0])
def test_positions_farther_than_fifteen_metres_share_none(metres: float) -> None:
    for step in range(10):
        assert not spots(step, step) & spots(step + metres, step)


def test_a_name_tells_no_place_without_the_key() -> None:
    assert not spots(0, 0) & spots(0, 0, OTHER)
    assert all(len(name) == 16 for name in spots(0, 0))
    assert spots_of(SQUARE, ["", "nowhere"], KEY) == []


@pytest.mark.parametrize(("utc", "hour"), [(6, 8), (21, 23), (22, 0)])
def test_the_hour_is_that_of_the_sun_over_the_area(utc: int, hour: int) -> None:
    """At 36 degrees east the sun is two hours and 24 minutes early."""
    assert sun_hour(SQUARE, datetime(2026, 5, 4, utc, 10, tzinfo=UTC)) == hour
    east = timezone(timedelta(hours=3))
    assert sun_hour(SQUARE, datetime(2026, 5, 4, utc, 10, tzinfo=UTC).astimezone(east)) == hour
    assert sun_hour(SQUARE, None) is None
