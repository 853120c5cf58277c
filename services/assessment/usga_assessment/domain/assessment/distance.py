"""Where an interview was held, as far as fieldwork is judged by it: inside its area, how far."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry import Point, shape

#: Mean radius of the earth in metres (IUGG).
EARTH_M = 6_371_008.8
#: Distances are told to the nearest metres: a position is no better, and no more is needed.
_NEAREST_M = 10


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
            area = shape(geometry)
            centre = area.centroid
            distance = _great_circle_m(point, (centre.y, centre.x))
            return Placed(
                not area.covers(Point(point[1], point[0])),
                float(round(distance / _NEAREST_M) * _NEAREST_M),
            )
    return Placed(None, None)


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
