"""Dates at the ends of the calendar, in zones to either side."""

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from usga_expressions.environment import Environment
from usga_expressions.functions import dates


@pytest.mark.parametrize("zone", ["Africa/Nairobi", "America/Mexico_City"])
@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0001-01-01", "9999-12-31"]
)
def test_a_moment_that_another_zone_cannot_write_is_none(zone: str, text: str) -> None:
    environment = Environment(now=datetime(2026, 1, 1, tzinfo=UTC), zone=ZoneInfo(zone))
    assert dates.date_of(environment, text) == ""
    assert dates.date_time_of(environment, text) == ""
    assert dates.format_date(environment, text, "%Y") == ""
    assert math.isnan(dates.number(environment, text))
