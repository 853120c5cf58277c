"""Where an interview was held, as far as fieldwork is judged by it: inside its area, how far."""

import hmac
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from usga_assessment.domain.assessment.planar import covers, shape_of

#: Mean radius of the earth in metres (IUGG).
EARTH_M = 6_371_008.8
#: Distances are told to the nearest metres: a position is no better, and no more is needed.
_NEAREST_M = 10
#: Two positions nearer than this are the same spot; squares are twice as wide.
_SAME_SPOT_M = 5.0
_METRES_A_DEGREE = math.radians(1.0) * EARTH_M
_DEGREES_AN_HOUR = 15.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Whether outside the area, metres to its centre; None without a position."""

    outside: bool | None
    distance_m: float | None


def place_in(geometry: Mapping[str, Any], answers: Iterable[Any]) -> Placed:
    """Judge the first geopoint (`latitude longitude altitude accuracy`) among the answers."""
    for answer in answers:
        point = _point(answer)
        if point is not None:
            area = shape_of(geometry)
            centre = area.centroid
            distance = _great_circle_m(point, (centre.y, centre.x))
            return Placed(
                not covers(area, longitude=point[1], latitude=point[0]),
                float(round(distance / _NEAREST_M) * _NEAREST_M),
            )
    return Placed(None, None)


def spots_of(geometry: Mapping[str, Any], answers: Iterable[Any], key: bytes) -> list[str]:
    """Keyed names of the squares that the first geopoint lies in, one in each of four grids.

    The grids are shifted by half a square, so that two positions within five metres share a name;
    without the key a name tells no place.
    """
    point = next((p for answer in answers if (p := _point(answer)) is not None), None)
    if point is None:
        return []
    east = point[1] * _METRES_A_DEGREE * math.cos(math.radians(shape_of(geometry).centroid.y))
    north, side = point[0] * _METRES_A_DEGREE, 2 * _SAME_SPOT_M
    names = []
    for dx in (0.0, _SAME_SPOT_M):
        for dy in (0.0, _SAME_SPOT_M):
            x, y = math.floor((east + dx) / side), math.floor((north + dy) / side)
            square = f"spot {dx} {dy} {x} {y}"
            names.append(hmac.digest(key, square.encode(), "sha256").hex()[:16])
    return names


def sun_hour(geometry: Mapping[str, Any], at: datetime | None) -> int | None:
    """The hour of a moment by the sun over an area: no time zone has to be known."""
    if at is None:
        return None
    moment = at.astimezone(UTC)
    east: float = shape_of(geometry).centroid.x
    hours = moment.hour + moment.minute / 60 + east / _DEGREES_AN_HOUR
    return math.floor(hours) % 24


def _point(answer: Any) -> tuple[float, float] | None:
    parts = answer.split() if isinstance(answer, str) and ";" not in answer else []
    try:
        latitude, longitude = float(parts[0]), float(parts[1])
    except (IndexError, ValueError):
        return None
    inside = abs(latitude) <= 90.0 and abs(longitude) <= 180.0  # noqa: PLR2004 - degrees
    return (latitude, longitude) if inside else None


def _great_circle_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Haversine distance in metres."""
    (lat1, lon1), (lat2, lon2) = (map(math.radians, point) for point in (one, other))
    root = math.sqrt(
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(min(1.0, root))
