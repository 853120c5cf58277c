"""The height of the sun by the equations of the NOAA solar calculator (Meeus, ch. 25), no refraction.

An implementation apart from the form's short series, to hold the series against.
"""

from datetime import UTC, datetime
from math import asin, cos, degrees, radians, sin, tan

J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def height(when: datetime, latitude: float, longitude: float) -> float:
    """Degrees above the horizon of the centre of the sun."""
    century = (when - J2000).total_seconds() / 86_400 / 36_525
    mean_longitude = (280.46646 + century * (36_000.76983 + century * 0.0003032)) % 360
    anomaly = radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = (
        sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + sin(3 * anomaly) * 0.000289
    )
    node = radians(125.04 - 1934.136 * century)
    apparent = radians(mean_longitude + centre - 0.00569 - 0.00478 * sin(node))
    obliquity = radians(23.4392911 - 0.0130042 * century + 0.00256 * cos(node))
    declination = asin(sin(obliquity) * sin(apparent))
    y = tan(obliquity / 2) ** 2
    doubled = 2 * radians(mean_longitude)
    equation = 4 * degrees(
        y * sin(doubled)
        - 2 * eccentricity * sin(anomaly)
        + 4 * eccentricity * y * sin(anomaly) * cos(doubled)
        - 0.5 * y * y * sin(2 * doubled)
        - 1.25 * eccentricity**2 * sin(2 * anomaly)
    )
    utc = when.astimezone(UTC)
    minutes = utc.hour * 60 + utc.minute + utc.second / 60
    angle = radians((minutes + equation + 4 * longitude) / 4 - 180)
    up = radians(latitude)
    return degrees(asin(sin(up) * sin(declination) + cos(up) * cos(declination) * cos(angle)))
