"""The demonstration's walks: invented points, seen by day and after dark, valid interviews."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from usga_assessment.domain.catalogue.instruments import form_bytes
from usga_expressions.environment import Table
from usga_expressions.instrument import Instrument
from usga_tablet.habits import Habits

from tests.support import forms
from tools.demo import SEED
from tools.demo.area import villages
from tools.demo.fieldwork import HABITS
from tools.demo.walks import FORM, POINTS, as_list, drafts, points_of

FIRST = datetime(2026, 3, 2, 6, tzinfo=UTC)


@cache
def document() -> Any:
    return forms.compiled(form_bytes(FORM)).document


def test_every_point_has_a_place_and_a_street_and_says_that_it_is_invented() -> None:
    points = points_of(villages(SEED), SEED)
    assert len(points) == 12 * POINTS
    assert points == points_of(villages(SEED), SEED)
    for row in as_list(points):
        assert "Synthetic" in row["label"]
        assert float(row["length"]) > 0
        assert row["area"] in {village.area for village in villages(SEED)}
        assert len(row["geometry"].split()) == 4


def test_each_point_is_seen_by_day_and_after_dark_and_brings_the_length_of_its_street() -> None:
    points = points_of(villages(SEED)[:1], SEED)
    lists = {"points": Table(as_list(points)), "enumerators": Table([{"name": "e01"}])}
    made = list(
        drafts(
            points,
            assessment="KE-MATHARE-2026",
            document=document(),
            lists=lists,
            habits=Habits.read(HABITS),
            seed=SEED,
            first=1900,
            first_day=FIRST,
        )
    )
    answers = [draft["answers"] for draft in made]
    assert [a["w_time"] for a in answers] == ["day", "dark"] * POINTS
    assert [float(a["w_length"]) for a in answers[::2]] == [point.length for point in points]
    assert {a["w_area"] for a in answers} == {points[0].area}
    dark = [a for a in answers if a["w_time"] == "dark"]
    assert all(float(a["w_sun"]) < -6 for a in dark)
    assert len({str(a["w_score"]) for a in answers}) > 1
    for draft in made:
        checked = Instrument.load(document()).check(draft["answers"], now=FIRST, lists=lists)
        assert checked.findings == ()
