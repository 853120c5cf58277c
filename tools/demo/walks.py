"""Safety audit walks: invented points in each village, seen by day and after dark."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from usga_expressions.instrument import Instrument
from usga_tablet.drafts import make_draft
from usga_tablet.habits import Habits
from usga_tablet.respondent import Respondent, Situation

from tools.demo.area import Village

FORM = "saw"
POINTS = 4
"""In each village."""
_NAIROBI = timezone(timedelta(hours=3))
_HOURS = {"day": 10, "dark": 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place to stand at, and the street that it stands for."""

    name: str
    area: str
    place: tuple[float, float]
    """Latitude and longitude."""
    length: int
    """Of the street, in metres."""


def points_of(villages: Iterable[Village], seed: int) -> list[Point]:
    """The points of every village, the same for the same seed."""
    rng = random.Random(f"{seed}/points")  # noqa: S311 - synthetic data
    return [
        Point(
            name=f"{village.area}-{number}",
            area=village.area,
            place=(
                round(village.centre[0] + rng.uniform(-0.001, 0.001), 6),
                round(village.centre[1] + rng.uniform(-0.001, 0.001), 6),
            ),
            length=rng.randint(40, 180),
        )
        for village in villages
        for number in range(1, POINTS + 1)
    ]


def as_list(points: Iterable[Point]) -> list[dict[str, str]]:
    """The list `points.csv` of the form."""
    return [
        {
            "name": point.name,
            "label": f"Synthetic point {point.name}",
            "geometry": f"{point.place[0]} {point.place[1]} 0 0",
            "length": str(point.length),
            "area": point.area,
        }
        for point in points
    ]


def drafts(
    points: Sequence[Point],
    *,
    assessment: str,
    document: Mapping[str, Any],
    lists: Mapping[str, Any],
    habits: Habits,
    seed: int,
    first: int,
    first_day: datetime,
) -> Iterator[dict[str, Any]]:
    """Each point by day and after dark, one a day; `first` numbers the answers of the first."""
    instrument = Instrument.load(document)
    for turn, point in enumerate(points):
        for half, (time, hour) in enumerate(_HOURS.items()):
            number = first + 2 * turn + half
            seen = first_day.astimezone(_NAIROBI).replace(hour=hour, minute=15)
            seen += timedelta(days=turn)
            situation = Situation(
                cluster=point.area,
                started=seen,
                minutes=12,
                place=point.place,
                device="synthetic-walk",
                fixed={
                    "assess_code": assessment,
                    "w_point": point.name,
                    "w_time": time,
                    "w_dt": seen.isoformat(timespec="seconds"),
                    "w_loc": f"{point.place[0]} {point.place[1]} 0 5",
                },
            )
            yield make_draft(
                assessment=assessment,
                document=document,
                instrument=instrument,
                respondent=Respondent(habits, seed=seed, number=number),
                situation=situation,
                case=None,
                language="en",
                lists=lists,
            )
