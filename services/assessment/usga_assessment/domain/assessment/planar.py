"""Plane geometry, whose library is loaded when it is first needed: at rest a service has none."""

from collections.abc import Mapping
from typing import Any


def shape_of(geometry: Mapping[str, Any]) -> Any:
    """The shapely geometry of a GeoJSON one; raises what shapely raises."""
    from shapely.geometry import shape  # noqa: PLC0415 - 25 MiB with numpy

    return shape(geometry)


def covers(area: Any, *, longitude: float, latitude: float) -> bool:
    """Whether a place lies in an area or on its edge."""
    from shapely.geometry import Point  # noqa: PLC0415

    return bool(area.covers(Point(longitude, latitude)))


def is_valid(geometry: Mapping[str, Any]) -> bool:
    """Whether a GeoJSON geometry has an inside; shapely's reason would carry a coordinate."""
    from shapely.errors import ShapelyError  # noqa: PLC0415

    try:
        return bool(shape_of(geometry).is_valid)
    except (ShapelyError, ValueError, TypeError):
        return False
